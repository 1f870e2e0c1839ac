//! Texts that belong to no conversation, until somebody has seen to them.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, message::outbox::ChangedContact};

/// A text that belonged to no conversation when it came.
#[derive(Debug, Clone, QueryableByName)]
pub struct UnmatchedTextRow {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is; none: nobody knows.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub organization_id: Option<i64>,
    /// The cell that sent it.
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    /// The number that it came to.
    #[diesel(sql_type = Text)]
    pub user_number: String,
    /// The vendor.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// What it says.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// Pictures and the like.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub media: Option<serde_json::Value>,
    /// Whether it was a request to stop.
    #[diesel(sql_type = Bool)]
    pub is_stop: bool,
    /// When it came.
    #[diesel(sql_type = Timestamptz)]
    pub received_at: DateTime<Utc>,
    /// `ATTACHED`, `DISMISSED` or `OPTED_OUT`; none: nobody has seen to it.
    #[diesel(sql_type = Nullable<Text>)]
    pub resolution: Option<String>,
    /// When somebody saw to it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who; none: the server itself, or an account that is gone.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub resolved_by: Option<i64>,
    /// The contact that it was given to.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_contact_id: Option<i64>,
}

const COLUMNS: &str = "SELECT t.id, t.organization_id, t.contact_number, t.user_number, t.service,
        coalesce(t.body, m.text, '') AS body, coalesce(t.media, m.media) AS media, t.is_stop, t.received_at,
        t.resolution, t.resolved_at, t.resolved_by, t.campaign_contact_id
    FROM unmatched_text t LEFT JOIN message m ON m.id = t.message_id";

/// A page, newest first: of an organization, or of none for those that nobody can place. `is_open`: only those that
/// nobody has seen to.
pub async fn page(
    conn: &mut Conn,
    organization_id: Option<i64>,
    is_open: bool,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<UnmatchedTextRow>> {
    sql_query(format!(
        "{COLUMNS} WHERE (t.organization_id = $1 OR ($1 IS NULL AND t.organization_id IS NULL))
             AND (NOT $2 OR t.resolution IS NULL) AND t.id < coalesce($3, 9223372036854775807)
         ORDER BY t.id DESC LIMIT $4"
    ))
    .bind::<Nullable<BigInt>, _>(organization_id)
    .bind::<Bool, _>(is_open)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// One of them.
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Option<UnmatchedTextRow>> {
    sql_query(format!("{COLUMNS} WHERE t.id = $1"))
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// What became of an attempt to attach a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// It is in the conversation; these contacts changed.
    Done(Vec<ChangedContact>),
    /// Somebody had seen to it before.
    Gone,
    /// There is no such text, or no such contact of its organization.
    NotFound,
}

/// Moves a text into the conversation of a contact of its organization; the contact waits for an answer then. A STOP
/// that nobody could place opts its cell out of the contact's organization.
pub async fn attach(conn: &mut Conn, id: i64, contact_id: i64, user_id: i64) -> QueryResult<Attached> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        outcome: String,
        #[diesel(sql_type = Nullable<BigInt>)]
        contact_id: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        campaign_id: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        assignment_id: Option<i64>,
    }
    let rows: Vec<Row> = sql_query("SELECT * FROM attach_unmatched_text($1, $2, $3)")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(contact_id)
        .bind::<BigInt, _>(user_id)
        .cached()
        .load(conn)
        .await?;
    let changed = rows.iter().filter_map(|row| {
        Some(ChangedContact {
            campaign_id: row.campaign_id?,
            assignment_id: row.assignment_id,
            contact_id: row.contact_id?,
        })
    });
    Ok(match rows.as_slice().first().map(|row| row.outcome.as_str()) {
        Some("ATTACHED") => Attached::Done(changed.collect()),
        Some("GONE") => Attached::Gone,
        _ => Attached::NotFound,
    })
}

/// Notes that a text needs nothing. False: somebody had seen to it before.
pub async fn dismiss(conn: &mut Conn, id: i64, user_id: i64) -> QueryResult<bool> {
    let dismissed = sql_query(
        "UPDATE unmatched_text SET resolution = 'DISMISSED', resolved_at = now(), resolved_by = $2
         WHERE id = $1 AND resolution IS NULL",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(user_id)
    .cached()
    .execute(conn)
    .await?;
    Ok(dismissed > 0)
}
