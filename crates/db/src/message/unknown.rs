//! Texts of which nobody knows whether they left: the vendor is asked, and what it says is written down.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName,
    sql_types::{BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use super::outbox::ChangedContact;
use crate::{Conn, QueryResult, cached::CachedExt};

/// A text in state UNKNOWN.
#[derive(Debug, Clone, QueryableByName)]
pub struct UnknownText {
    /// The text.
    #[diesel(sql_type = BigInt)]
    pub message_id: i64,
    /// The organization.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The contact's cell.
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// The vendor.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// When the vendor was asked first to send it.
    #[diesel(sql_type = Timestamptz)]
    pub asked_at: DateTime<Utc>,
    /// Seconds since its last attempt was given up.
    #[diesel(sql_type = Double)]
    pub age_seconds: f64,
    /// How often the vendor was asked what became of it, this time included.
    #[diesel(sql_type = SmallInt)]
    pub settle_attempts: i16,
}

/// Takes up to `limit` of them that are due; they are due again after `lease_seconds`.
pub async fn claim(conn: &mut Conn, limit: i32, lease_seconds: f64) -> QueryResult<Vec<UnknownText>> {
    diesel::sql_query("SELECT * FROM claim_unknown($1, make_interval(secs => $2))")
        .bind::<Integer, _>(limit)
        .bind::<Double, _>(lease_seconds)
        .cached()
        .load(conn)
        .await
}

/// Of these ids of a vendor, those that texts of ours have already.
pub async fn known_service_ids(
    conn: &mut Conn,
    service: &str,
    service_ids: &[String],
) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        service_id: String,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT m.service_id FROM message m WHERE m.service_id = ANY ($1) AND m.service = $2",
    )
    .bind::<diesel::sql_types::Array<Text>, _>(service_ids)
    .bind::<Text, _>(service)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.service_id).collect())
}

/// What the vendor has of a text.
#[derive(Debug, Clone)]
pub struct SentText<'a> {
    /// The vendor's id of it.
    pub service_id: &'a str,
    /// The number that it was sent from; empty when it is not known.
    pub user_number: &'a str,
    /// `SENT`, `DELIVERED` or `ERROR`.
    pub status: &'a str,
    /// The vendor's code.
    pub error_code: Option<i32>,
}

/// The vendor has it: written down as if the answer had come in time. None: it was settled meanwhile.
pub async fn settle_sent(
    conn: &mut Conn,
    message_id: i64,
    sent: &SentText<'_>,
) -> QueryResult<Option<ChangedContact>> {
    diesel::sql_query("SELECT * FROM settle_sent($1, $2, $3, $4, $5)")
        .bind::<BigInt, _>(message_id)
        .bind::<Text, _>(sent.service_id)
        .bind::<Text, _>(sent.user_number)
        .bind::<Text, _>(sent.status)
        .bind::<Nullable<Integer>, _>(sent.error_code)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// The vendor does not have it: for certain, so that it is queued again, `most` times at most; or nobody can be asked,
/// so that it stays as it is until a report or a person settles it. Returns whether it is queued again.
pub async fn settle_unsent(
    conn: &mut Conn,
    message_id: i64,
    is_certain: bool,
    most: i16,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Bool>)]
        queued: Option<bool>,
    }
    let row: Row = diesel::sql_query("SELECT settle_unsent($1, $2, $3) AS queued")
        .bind::<BigInt, _>(message_id)
        .bind::<Bool, _>(is_certain)
        .bind::<SmallInt, _>(most)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.queued.unwrap_or(false))
}

/// Asks again later.
pub async fn put_off(conn: &mut Conn, message_id: i64, seconds: f64) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE message m SET available_at = now() + make_interval(secs => $2) \
         WHERE m.id = $1 AND m.send_status = 'UNKNOWN'",
    )
    .bind::<BigInt, _>(message_id)
    .bind::<Double, _>(seconds)
    .cached()
    .execute(conn)
    .await
}
