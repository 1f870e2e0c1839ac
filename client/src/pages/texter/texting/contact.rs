use std::collections::BTreeMap;

use bellwether_domain::script::{self, capitalize_name};
use serde_json::Value;

use super::{
    get_assignment_contacts::{
        GetAssignmentContactsGetAssignmentContacts as ApiContact,
        GetAssignmentContactsGetAssignmentContactsMessages as ApiMessage,
    },
    survey::Answers,
};

/// A contact as the texting screen needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// The contact's id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The number to text, E.164.
    pub cell: String,
    /// ZIP code.
    pub zip: String,
    /// Id in the organization's own lists.
    pub external_id: String,
    /// What else the uploaded file said.
    pub custom_fields: BTreeMap<String, String>,
    /// Where the conversation is.
    pub status: String,
    /// The first message, rendered by the server; nothing once it was sent.
    pub initial_text: Option<String>,
    /// The version of the script behind it.
    pub script_version: i64,
    /// Whether it is within texting hours there.
    pub can_text_now: bool,
    /// Whether the contact has opted out.
    pub opted_out: bool,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The answers recorded so far.
    pub answers: Answers,
}

/// One text of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub created_at: String,
    /// Whether the contact wrote it.
    pub from_contact: bool,
    /// Where it is on its way.
    pub send_status: String,
    /// Why it failed.
    pub error_code: Option<i64>,
}

/// The names that a texter signs with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texter {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The name used instead of the first name, if any.
    pub alias: Option<String>,
}

impl Contact {
    /// First and last name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
            .trim()
            .to_owned()
    }

    /// Whether the first message may go out now.
    pub fn awaits_first_message(&self) -> bool {
        self.status == "needsMessage" && !self.opted_out && self.can_text_now && self.initial_text.is_some()
    }

    /// A script with this contact's and the texter's data filled in.
    pub fn render(&self, script: &str, texter: &Texter) -> String {
        script::parse(script).render(|token| self.value(token, texter))
    }

    fn value(&self, token: &str, texter: &Texter) -> Option<String> {
        match token {
            "firstName" => Some(capitalize_name(&self.first_name)),
            "lastName" => Some(capitalize_name(&self.last_name)),
            "cell" => Some(self.cell.clone()),
            "zip" => Some(self.zip.clone()),
            "external_id" => Some(self.external_id.clone()),
            "contactId" => Some(self.id.clone()),
            "texterFirstName" => Some(capitalize_name(&texter.first_name)),
            "texterLastName" => Some(capitalize_name(&texter.last_name)),
            "texterAliasOrFirstName" => Some(capitalize_name(
                texter.alias.as_deref().unwrap_or(&texter.first_name),
            )),
            other => self.custom_fields.get(other).cloned(),
        }
    }
}

impl From<ApiContact> for Contact {
    fn from(api: ApiContact) -> Self {
        Self {
            id: api.id.unwrap_or_default(),
            first_name: api.first_name.unwrap_or_default(),
            last_name: api.last_name.unwrap_or_default(),
            cell: api.cell.unwrap_or_default(),
            zip: api.zip.unwrap_or_default(),
            external_id: api.external_id.unwrap_or_default(),
            custom_fields: custom_fields(api.custom_fields),
            status: api.message_status.unwrap_or_default(),
            initial_text: api.initial_text,
            script_version: 0,
            can_text_now: api.can_text_now,
            opted_out: api.is_opted_out,
            time_zone: api.time_zone,
            messages: api
                .messages
                .into_iter()
                .flatten()
                .flatten()
                .map(Message::from)
                .collect(),
            answers: api
                .question_response_values
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|answer| Some((answer.interaction_step_id?.to_string(), answer.value?)))
                .collect(),
        }
    }
}

impl From<ApiMessage> for Message {
    fn from(api: ApiMessage) -> Self {
        Self {
            id: api.id.unwrap_or_default(),
            text: api.text.unwrap_or_default(),
            created_at: api.created_at.unwrap_or_default(),
            from_contact: api.is_from_contact.unwrap_or_default(),
            send_status: api.send_status,
            error_code: api.error_code,
        }
    }
}

/// Custom fields come as an object, or, as in Spoke, as the text of one.
fn custom_fields(value: Option<Value>) -> BTreeMap<String, String> {
    let value = match value {
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::Null),
        Some(value) => value,
        None => Value::Null,
    };
    let Value::Object(fields) = value else {
        return BTreeMap::new();
    };
    fields
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            Value::Null => (name, String::new()),
            other => (name, other.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fills_scripts_with_contact_and_texter() {
        let contact = Contact {
            first_name: "ANNA".to_owned(),
            custom_fields: BTreeMap::from([("pet".to_owned(), "cat".to_owned())]),
            ..Contact::default()
        };
        let texter = Texter {
            first_name: "sam".to_owned(),
            alias: Some("Lee".to_owned()),
            ..Texter::default()
        };
        let text = contact.render(
            "Hi {firstName}, {texterAliasOrFirstName} ({texterFirstName}). Your {pet}? {x}",
            &texter,
        );
        assert_eq!(text, "Hi Anna, Lee (Sam). Your cat? ");
    }

    #[test]
    fn reads_custom_fields_in_both_forms() {
        let expected = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(custom_fields(Some(json!({"a": "1"}))), expected);
        assert_eq!(custom_fields(Some(json!("{\"a\":1}"))), expected);
        assert!(custom_fields(Some(json!("nonsense"))).is_empty());
        assert!(custom_fields(None).is_empty());
    }
}
