//! What is asked of the server.

use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::{
    http,
    seed::{Contact, SCRIPT_VERSION, Texter},
};

/// Contacts that a texter's client loads at a time.
pub const CONTACTS_LOADED: usize = 200;

const SEND: &str = "mutation ($message: MessageInput!, $contact: String!) \
    { sendMessage(message: $message, campaignContactId: $contact) { id messageStatus } }";
const LOAD: &str = "mutation ($assignment: String, $contacts: [String]) \
    { getAssignmentContacts(assignmentId: $assignment, contactIds: $contacts) \
    { id firstName lastName cell zip customFields messageStatus \
    messages { id text isFromContact createdAt sendStatus } } }";
const LOAD_INITIAL: &str = "mutation ($assignment: String, $contacts: [String]) \
    { getAssignmentContacts(assignmentId: $assignment, contactIds: $contacts) \
    { id firstName lastName cell zip customFields messageStatus initialText } }";
const TODOS: &str = "query ($organization: String) { currentUser { todos(organizationId: $organization) \
    { id campaign { id title } counts { needsMessage needsMessageNow needsResponse convo } } } }";

/// The own client's form: the server renders the text.
pub fn send_message(out: &mut Vec<u8>, cookie: &str, assignment: i64, contact: i64) {
    let body = json!({ "query": SEND, "variables": {
        "message": {
            "assignmentId": assignment.to_string(),
            "scriptVersion": SCRIPT_VERSION,
            "idempotencyKey": format!("bench-{contact}"),
        },
        "contact": contact.to_string(),
    }});
    http::post(out, "/graphql", cookie, body.to_string().as_bytes());
}

/// The first contacts of a texter with the first messages that they would get.
pub fn get_initial_contacts(texter: &Texter) -> Vec<u8> {
    load(LOAD_INITIAL, texter)
}

/// The first contacts of a texter with their texts.
pub fn get_assignment_contacts(texter: &Texter) -> Vec<u8> {
    load(LOAD, texter)
}

fn load(query: &str, texter: &Texter) -> Vec<u8> {
    let ids: Vec<String> = texter
        .contacts
        .iter()
        .take(CONTACTS_LOADED)
        .map(|contact| contact.id.to_string())
        .collect();
    let body = json!({ "query": query, "variables": { "assignment": texter.assignment.to_string(), "contacts": ids }});
    graphql(texter, &body)
}

/// What a texter has to do.
pub fn todos(texter: &Texter, organization: i64) -> Vec<u8> {
    graphql(
        texter,
        &json!({ "query": TODOS, "variables": { "organization": organization.to_string() }}),
    )
}

fn graphql(texter: &Texter, body: &serde_json::Value) -> Vec<u8> {
    let mut out = Vec::new();
    http::post(&mut out, "/graphql", &texter.cookie, body.to_string().as_bytes());
    out
}

/// Signs webhooks of the fake service.
#[derive(Clone)]
pub struct Signer(Vec<u8>);

impl Signer {
    /// The same key as in server/src/http/webhooks.rs.
    pub fn new(secret: &str) -> Self {
        Self(authenticate(
            secret.as_bytes(),
            b"bellwether fakeservice webhook 1",
        ))
    }

    fn sign(&self, body: &[u8]) -> String {
        authenticate(&self.0, body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// A text from a contact.
    pub fn inbound_text(&self, out: &mut Vec<u8>, organization: i64, id: &str, contact: &Contact) {
        let body =
            json!({ "id": id, "from": contact.cell, "to": "+15005550001", "text": "Yes, count on me!" });
        let body = body.to_string();
        let header = format!("X-Fakeservice-Signature: {}", self.sign(body.as_bytes()));
        http::post(
            out,
            &format!("/fakeservice/{organization}"),
            &header,
            body.as_bytes(),
        );
    }
}

fn authenticate(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; the error that the type allows cannot come.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_depends_on_secret_and_body() {
        let signer = Signer::new("secret");
        assert_eq!(signer.sign(b"{}").len(), 64);
        assert_ne!(signer.sign(b"{}"), signer.sign(b"{ }"));
        assert_ne!(signer.sign(b"{}"), Signer::new("other").sign(b"{}"));
    }
}
