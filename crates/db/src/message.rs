//! Texts: what a conversation shows, and the order to send one. The outbox's side of it is in [`outbox`].

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

pub mod outbox;
pub mod unknown;

pub use outbox::{Claimed, Outcome, OutcomeKind, claim, record, release, still_wanted};

/// One text of a conversation, either way.
#[derive(Debug, Clone, QueryableByName)]
pub struct MessageRow {
    /// Its id; later texts have higher ones.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The conversation; none for a text from a cell that nobody texted.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_contact_id: Option<i64>,
    /// The organization.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// Who pressed the button; none for texts from contacts.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// The organization's number; empty until the vendor has chosen one.
    #[diesel(sql_type = Text)]
    pub user_number: String,
    /// The contact's cell.
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    /// Whether the contact wrote it.
    #[diesel(sql_type = Bool)]
    pub is_from_contact: bool,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub text: String,
    /// Pictures and the like, as a list of `{"type", "url"}`.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub media: Option<serde_json::Value>,
    /// A `domain::send_status::SendStatus`.
    #[diesel(sql_type = Text)]
    pub send_status: String,
    /// The vendor's code when positive, ours when negative.
    #[diesel(sql_type = Nullable<Integer>)]
    pub error_code: Option<i32>,
    /// When it was recorded.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When the vendor took it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub sent_at: Option<DateTime<Utc>>,
}

/// What a text's row is made of.
macro_rules! message_sql {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.campaign_contact_id, m.organization_id, m.user_id, m.user_number, m.contact_number,
                 m.is_from_contact, m.text, m.media, m.send_status, m.error_code, m.created_at, m.sent_at
             FROM message m ",
            $rest
        )
    };
}

/// The texts of these contacts, by contact, oldest first.
pub async fn for_contacts(conn: &mut Conn, contact_ids: &[i64]) -> QueryResult<Vec<MessageRow>> {
    diesel::sql_query(message_sql!(
        "WHERE m.campaign_contact_id = ANY ($1) ORDER BY m.campaign_contact_id, m.id"
    ))
    .bind::<Array<BigInt>, _>(contact_ids)
    .cached()
    .load(conn)
    .await
}

/// A page of a contact's texts, oldest first, from after one on.
pub async fn page(
    conn: &mut Conn,
    contact_id: i64,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<MessageRow>> {
    diesel::sql_query(message_sql!(
        "WHERE m.campaign_contact_id = $1 AND m.id > coalesce($2, 0) ORDER BY m.id LIMIT $3"
    ))
    .bind::<BigInt, _>(contact_id)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// A text by its id.
pub async fn by_id(conn: &mut Conn, id: i64) -> QueryResult<Option<MessageRow>> {
    use diesel::OptionalExtension;
    diesel::sql_query(message_sql!("WHERE m.id = $1"))
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// A text that a person asks to send.
#[derive(Debug, Clone, Copy)]
pub struct SendMessage<'a> {
    /// Who asks.
    pub actor: i64,
    /// To whom.
    pub contact: i64,
    /// The assignment in which the asker saw the contact.
    pub assignment: Option<i64>,
    /// What to say; none to have a first message rendered from the script.
    pub text: Option<&'a str>,
    /// The version of the script that the asker saw: only a first message of that version is sent.
    pub script_version: Option<i32>,
    /// The same key from the same person is the same text, however often it is asked for.
    pub idempotency_key: Option<&'a str>,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// Longest text, in characters.
    pub max_length: i32,
    /// The service of organizations that name none.
    pub default_service: &'a str,
}

/// What became of a [`SendMessage`]: queued, or refused with nothing changed.
#[derive(Debug, Clone, QueryableByName)]
pub struct SendResult {
    /// Why not: a `domain::error_codes::ErrorCode`.
    #[diesel(sql_type = Nullable<Text>)]
    pub refusal: Option<String>,
    /// The text, when it is queued (also when it was queued before, under the same key).
    #[diesel(sql_type = Nullable<BigInt>)]
    pub message_id: Option<i64>,
    /// The contact.
    #[diesel(sql_type = BigInt)]
    pub contact_id: i64,
    /// The contact's campaign; none when there is no such contact. After a refusal, for our own use only.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_id: Option<i64>,
    /// Whose contact it is now.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// The conversation's status now: a `domain::message_status::MessageStatus`.
    #[diesel(sql_type = Nullable<Text>)]
    pub message_status: Option<String>,
}

/// Queues one text, or says why not: one statement, all rules under the contact's row lock.
pub async fn send(conn: &mut Conn, message: &SendMessage<'_>) -> QueryResult<SendResult> {
    diesel::sql_query("SELECT * FROM send_message($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind::<BigInt, _>(message.actor)
        .bind::<BigInt, _>(message.contact)
        .bind::<Nullable<BigInt>, _>(message.assignment)
        .bind::<Nullable<Text>, _>(message.text)
        .bind::<Nullable<Integer>, _>(message.script_version)
        .bind::<Nullable<Text>, _>(message.idempotency_key)
        .bind::<Timestamptz, _>(message.now)
        .bind::<Integer, _>(message.max_length)
        .bind::<Text, _>(message.default_service)
        .cached()
        .get_result(conn)
        .await
}
