//! What vendors told us: stored word for word before they are answered, applied later, once.

use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, message::outbox::ChangedContact};

/// After so many attempts an event that cannot be applied is kept as failed.
pub const MAX_ATTEMPTS: i16 = 8;

/// An event to store.
#[derive(Debug, Clone)]
pub struct NewInboundEvent<'a> {
    /// The vendor.
    pub service: &'a str,
    /// `message` or `receipt`.
    pub kind: &'a str,
    /// The vendor's id of the event: repeated deliveries are one event.
    pub event_key: &'a str,
    /// Whose account it came by.
    pub organization_id: Option<i64>,
    /// What the vendor said.
    pub payload: &'a serde_json::Value,
}

/// An event that is stored and not applied.
#[derive(Debug, Clone, QueryableByName)]
pub struct PendingEvent {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The vendor.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// `message` or `receipt`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Whose account it came by.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub organization_id: Option<i64>,
    /// What the vendor said.
    #[diesel(sql_type = Jsonb)]
    pub payload: serde_json::Value,
    /// How often it was tried.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Stores an event; none when it is stored already.
pub async fn store(conn: &mut Conn, event: &NewInboundEvent<'_>) -> QueryResult<Option<i64>> {
    let rows: Vec<Id> = diesel::sql_query(
        "INSERT INTO inbound_event (service, kind, event_key, organization_id, payload) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (service, kind, event_key) DO NOTHING RETURNING id",
    )
    .bind::<Text, _>(event.service)
    .bind::<Text, _>(event.kind)
    .bind::<Text, _>(event.event_key)
    .bind::<Nullable<BigInt>, _>(event.organization_id)
    .bind::<Jsonb, _>(event.payload)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().next().map(|row| row.id))
}

/// Locks the oldest events of a kind that are due, for as long as the caller's transaction lasts.
pub async fn claim_pending(conn: &mut Conn, kind: &str, limit: i64) -> QueryResult<Vec<PendingEvent>> {
    diesel::sql_query(
        "SELECT e.id, e.service, e.kind, e.organization_id, e.payload, e.attempts FROM inbound_event e \
         WHERE e.processed_at IS NULL AND e.available_at <= now() AND e.kind = $1 \
         ORDER BY e.id LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind::<Text, _>(kind)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Locks one event that is not applied yet; none when it is, or another holds it.
pub async fn claim_one(conn: &mut Conn, id: i64) -> QueryResult<Option<PendingEvent>> {
    let rows: Vec<PendingEvent> = diesel::sql_query(
        "SELECT e.id, e.service, e.kind, e.organization_id, e.payload, e.attempts FROM inbound_event e \
         WHERE e.id = $1 AND e.processed_at IS NULL FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(id)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().next())
}

/// A text from a contact, read from an event.
#[derive(Debug, Clone)]
pub struct ReceivedMessage<'a> {
    /// The event that brought it.
    pub event_id: i64,
    /// The vendor.
    pub service: &'a str,
    /// The vendor's id of the text.
    pub service_id: &'a str,
    /// Whose account it came by.
    pub organization_id: Option<i64>,
    /// The contact's cell.
    pub contact_number: &'a str,
    /// The organization's number.
    pub user_number: &'a str,
    /// What it says.
    pub text: &'a str,
    /// Pictures and the like.
    pub media: Option<&'a serde_json::Value>,
    /// What the organization's rules make of the words: `stop`, `start`, `help` or `other`.
    pub intent: &'static str,
    /// What we say to it by itself, if it comes to that.
    pub answer: Option<String>,
}

/// What became of a text from a contact, or another contact that its STOP or START changed.
#[derive(Debug, Clone, QueryableByName)]
pub struct Received {
    /// `matched`, `unmatched` or `duplicate`.
    #[diesel(sql_type = Text)]
    pub outcome: String,
    /// The text as stored; none when it was stored before, belongs to nobody, or in rows of other contacts.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub message_id: Option<i64>,
    /// The contact.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub contact_id: Option<i64>,
    /// The contact's campaign.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_id: Option<i64>,
    /// Whose contact it is.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
}

impl Received {
    /// The contact that changed, if one did.
    pub fn changed_contact(&self) -> Option<ChangedContact> {
        Some(ChangedContact {
            campaign_id: self.campaign_id?,
            assignment_id: self.assignment_id,
            contact_id: self.contact_id?,
        })
    }
}

/// Stores a text from a contact and what follows from it; marks the event as processed. The first row is the text's.
pub async fn receive_message(conn: &mut Conn, message: &ReceivedMessage<'_>) -> QueryResult<Vec<Received>> {
    diesel::sql_query("SELECT * FROM receive_message($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind::<BigInt, _>(message.event_id)
        .bind::<Text, _>(message.service)
        .bind::<Text, _>(message.service_id)
        .bind::<Nullable<BigInt>, _>(message.organization_id)
        .bind::<Text, _>(message.contact_number)
        .bind::<Text, _>(message.user_number)
        .bind::<Text, _>(message.text)
        .bind::<Nullable<Jsonb>, _>(message.media)
        .bind::<Text, _>(message.intent)
        .bind::<Nullable<Text>, _>(message.answer.as_deref())
        .cached()
        .load(conn)
        .await
}

/// Stores many texts from contacts whose intent is `other`; one statement, and all locks in one order. By
/// what account and vendor they came, their events say. Returns the contacts that changed.
pub async fn receive_messages(
    conn: &mut Conn,
    messages: &[ReceivedMessage<'_>],
) -> QueryResult<Vec<ChangedContact>> {
    let event_ids: Vec<i64> = messages.iter().map(|message| message.event_id).collect();
    let service_ids: Vec<&str> = messages.iter().map(|message| message.service_id).collect();
    let contact_numbers: Vec<&str> = messages.iter().map(|message| message.contact_number).collect();
    let user_numbers: Vec<&str> = messages.iter().map(|message| message.user_number).collect();
    let texts: Vec<&str> = messages.iter().map(|message| message.text).collect();
    let media: Vec<Option<&serde_json::Value>> = messages.iter().map(|message| message.media).collect();
    diesel::sql_query("SELECT * FROM receive_messages($1, $2, $3, $4, $5, $6)")
        .bind::<Array<BigInt>, _>(event_ids)
        .bind::<Array<Text>, _>(service_ids)
        .bind::<Array<Text>, _>(contact_numbers)
        .bind::<Array<Text>, _>(user_numbers)
        .bind::<Array<Text>, _>(texts)
        .bind::<Array<Nullable<Jsonb>>, _>(media)
        .cached()
        .load(conn)
        .await
}

/// A delivery report, read from an event.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The event that brought it.
    pub event_id: i64,
    /// The vendor's id of the text.
    pub service_id: String,
    /// Our id of the text, where the vendor carries it along.
    pub message_id: Option<i64>,
    /// `SENT`, `DELIVERED` or `ERROR`.
    pub status: &'static str,
    /// The vendor's code.
    pub error_code: Option<i32>,
    /// The number that the text was sent from; empty where the vendor does not say.
    pub user_number: String,
    /// The segments that the vendor counted.
    pub segments: Option<i16>,
    /// What it cost, in millionths of the account's currency.
    pub cost_micros: Option<i64>,
    /// The contact's carrier.
    pub carrier: Option<String>,
}

/// Applies delivery reports and marks their events; one statement. Returns the contacts that changed.
pub async fn apply_receipts(conn: &mut Conn, receipts: &[Receipt]) -> QueryResult<Vec<ChangedContact>> {
    let event_ids: Vec<i64> = receipts.iter().map(|receipt| receipt.event_id).collect();
    let service_ids: Vec<&str> = receipts
        .iter()
        .map(|receipt| receipt.service_id.as_str())
        .collect();
    let message_ids: Vec<Option<i64>> = receipts.iter().map(|receipt| receipt.message_id).collect();
    let statuses: Vec<&str> = receipts.iter().map(|receipt| receipt.status).collect();
    let error_codes: Vec<Option<i32>> = receipts.iter().map(|receipt| receipt.error_code).collect();
    let user_numbers: Vec<&str> = receipts
        .iter()
        .map(|receipt| receipt.user_number.as_str())
        .collect();
    let segments: Vec<Option<i16>> = receipts.iter().map(|receipt| receipt.segments).collect();
    let costs: Vec<Option<i64>> = receipts.iter().map(|receipt| receipt.cost_micros).collect();
    let carriers: Vec<Option<&str>> = receipts
        .iter()
        .map(|receipt| receipt.carrier.as_deref())
        .collect();
    diesel::sql_query("SELECT * FROM apply_receipts($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind::<Array<BigInt>, _>(event_ids)
        .bind::<Array<Text>, _>(service_ids)
        .bind::<Array<Nullable<BigInt>>, _>(message_ids)
        .bind::<Array<Text>, _>(statuses)
        .bind::<Array<Nullable<Integer>>, _>(error_codes)
        .bind::<Array<Text>, _>(user_numbers)
        .bind::<Array<Nullable<SmallInt>>, _>(segments)
        .bind::<Array<Nullable<BigInt>>, _>(costs)
        .bind::<Array<Nullable<Text>>, _>(carriers)
        .cached()
        .load(conn)
        .await
}

/// Who got a text.
#[derive(Debug, Clone, QueryableByName)]
pub struct TextOfReceipt {
    /// Whose text it is.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The contact's cell.
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    /// The assignment in which it was sent.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
}

/// The text that a delivery report is about, by the same rule as [`apply_receipts`].
pub async fn text_of_receipt(
    conn: &mut Conn,
    event: &PendingEvent,
    receipt: &Receipt,
) -> QueryResult<Option<TextOfReceipt>> {
    let rows: Vec<TextOfReceipt> = diesel::sql_query(
        "SELECT m.organization_id, m.contact_number, m.assignment_id FROM message m \
         WHERE m.service = $1 AND NOT m.is_from_contact AND ($4::bigint IS NULL OR m.organization_id = $4) \
             AND (m.service_id = $2 OR (m.id = $3 AND m.service_id IS NULL)) \
         ORDER BY m.service_id IS NULL LIMIT 1",
    )
    .bind::<Text, _>(&event.service)
    .bind::<Text, _>(&receipt.service_id)
    .bind::<Nullable<BigInt>, _>(receipt.message_id)
    .bind::<Nullable<BigInt>, _>(event.organization_id)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().next())
}

/// Marks that events could not be applied: they are tried again later, and after [`MAX_ATTEMPTS`] kept as failed.
pub async fn fail(conn: &mut Conn, event_ids: &[i64], reason: &str) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE inbound_event e SET attempts = e.attempts + 1, outcome = 'failed: ' || $2, \
             processed_at = CASE WHEN e.attempts + 1 >= $3 THEN now() END, \
             available_at = now() + make_interval(secs => power(2, e.attempts)) \
         WHERE e.id = ANY ($1) AND e.processed_at IS NULL",
    )
    .bind::<Array<BigInt>, _>(event_ids)
    .bind::<Text, _>(reason)
    .bind::<SmallInt, _>(MAX_ATTEMPTS)
    .cached()
    .execute(conn)
    .await
}
