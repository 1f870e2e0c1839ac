//! Who said stop: a fact per organization and cell.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, message::outbox::ChangedContact};

/// An opt-out as a contact of its organization shows it.
#[derive(Debug, Clone, QueryableByName)]
pub struct OptOutRow {
    /// The contact that was asked for; 0 when none was.
    #[diesel(sql_type = BigInt)]
    pub contact_id: i64,
    /// The opt-out.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The cell.
    #[diesel(sql_type = Text)]
    pub cell: String,
    /// The assignment in which it was said.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Who said or did it: `contact`, `texter`, `vendor`, `import`, `admin` or `unknown`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// Why, in the words that were given.
    #[diesel(sql_type = Text)]
    pub reason_code: String,
    /// The account that did it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
}

/// Who or what opts a cell out, or lifts an opt-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The contact's own text.
    Contact,
    /// A texter, in a conversation.
    Texter,
    /// The vendor or the carrier, by an error code.
    Vendor,
    /// A list.
    Import,
    /// An admin, by hand.
    Admin,
}

impl Source {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Texter => "texter",
            Self::Vendor => "vendor",
            Self::Import => "import",
            Self::Admin => "admin",
        }
    }
}

/// Whom to opt out, and who says so.
#[derive(Debug, Clone, Copy)]
pub struct NewOptOut<'a> {
    /// The organization that is not to text the cell.
    pub organization_id: i64,
    /// The cell, E.164.
    pub cell: &'a str,
    /// The assignment in which it was said.
    pub assignment_id: Option<i64>,
    /// Why.
    pub reason: &'a str,
    /// Who says so.
    pub source: Source,
    /// The account that does it.
    pub user_id: Option<i64>,
    /// The one text, queued already, that may still leave: the confirmation.
    pub keep_message: Option<i64>,
}

/// The opt-outs of these contacts; contacts without one are left out.
pub async fn for_contacts(conn: &mut Conn, contact_ids: &[i64]) -> QueryResult<Vec<OptOutRow>> {
    diesel::sql_query(
        "SELECT cc.id AS contact_id, oo.id, oo.organization_id, oo.cell, oo.assignment_id, oo.created_at, oo.source, oo.reason_code, \
             oo.user_id FROM campaign_contact cc \
         JOIN LATERAL (SELECT * FROM opt_out own WHERE own.cell = cc.cell AND (own.organization_id = cc.organization_id \
                 OR (SELECT s.opt_outs_shared FROM instance_setting s WHERE s.only_one)) \
             ORDER BY own.organization_id = cc.organization_id DESC, own.id LIMIT 1) oo ON true \
         WHERE cc.id = ANY ($1) ORDER BY cc.id",
    )
    .bind::<Array<BigInt>, _>(contact_ids)
    .cached()
    .load(conn)
    .await
}

/// A page of an organization's opt-outs, newest first, from after one on.
pub async fn page(
    conn: &mut Conn,
    organization_id: i64,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<OptOutRow>> {
    diesel::sql_query(
        "SELECT 0::bigint AS contact_id, id, organization_id, cell, assignment_id, created_at, source, reason_code, user_id \
         FROM opt_out \
         WHERE organization_id = $1 AND id < coalesce($2, 9223372036854775807) ORDER BY id DESC LIMIT $3",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// Whether a cell has opted out of an organization, or of any where opt-outs are shared.
pub async fn is_opted_out(conn: &mut Conn, organization_id: i64, cell: &str) -> QueryResult<bool> {
    let row: Answer = diesel::sql_query("SELECT is_opted_out($1, $2) AS answer")
        .bind::<BigInt, _>(organization_id)
        .bind::<Text, _>(cell)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.answer)
}

/// Opts a cell out: stores the fact and notes it in the history, marks its contacts, takes back what waits to be sent,
/// but for `keep_message`. Returns the contacts that were not opted out before.
///
/// Locks all contacts with that cell by id. In a transaction that has locked one of them already (by sending a
/// confirmation), call [`lock_cell`] first of all, or two such transactions can wait for each other.
pub async fn opt_out(conn: &mut Conn, new: &NewOptOut<'_>) -> QueryResult<Vec<ChangedContact>> {
    diesel::sql_query("SELECT * FROM opt_out_cell($1, $2, $3, $4, $5, $6, $7)")
        .bind::<BigInt, _>(new.organization_id)
        .bind::<Text, _>(new.cell)
        .bind::<Nullable<BigInt>, _>(new.assignment_id)
        .bind::<Text, _>(new.reason)
        .bind::<Nullable<BigInt>, _>(new.keep_message)
        .bind::<Text, _>(new.source.as_str())
        .bind::<Nullable<BigInt>, _>(new.user_id)
        .cached()
        .load(conn)
        .await
}

/// [`opt_out`], as told by a vendor.
pub async fn opt_out_cell(
    conn: &mut Conn,
    organization_id: i64,
    cell: &str,
    assignment_id: Option<i64>,
    reason_code: &str,
    keep_message: Option<i64>,
) -> QueryResult<Vec<ChangedContact>> {
    let new = NewOptOut {
        organization_id,
        cell,
        assignment_id,
        reason: reason_code,
        source: Source::Vendor,
        user_id: None,
        keep_message,
    };
    opt_out(conn, &new).await
}

/// Takes an opt-out of an organization back, by an admin; where opt-outs are shared and `everywhere`, those of all
/// organizations. Returns the contacts that are free again.
pub async fn lift(
    conn: &mut Conn,
    organization_id: i64,
    cell: &str,
    user_id: i64,
    reason: &str,
    everywhere: bool,
) -> QueryResult<Vec<ChangedContact>> {
    diesel::sql_query("SELECT * FROM lift_opt_out($1, $2, 'admin', $3, $4, NULL, $5)")
        .bind::<BigInt, _>(organization_id)
        .bind::<Text, _>(cell)
        .bind::<BigInt, _>(user_id)
        .bind::<Text, _>(reason)
        .bind::<Bool, _>(everywhere)
        .cached()
        .load(conn)
        .await
}

/// Whether the organization has opted a cell out, and whether another has whose opt-out counts for it too.
pub async fn holders(conn: &mut Conn, organization_id: i64, cell: &str) -> QueryResult<(bool, bool)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        own: bool,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT oo.organization_id = $1 AS own FROM opt_out oo \
         WHERE oo.cell = $2 AND (oo.organization_id = $1 OR opt_outs_shared())",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(cell)
    .cached()
    .load(conn)
    .await?;
    Ok((rows.iter().any(|row| row.own), rows.iter().any(|row| !row.own)))
}

/// Locks all contacts that share this contact's cell, by id, until the transaction ends: of its organization, or of
/// all where opt-outs are shared.
pub async fn lock_cell(conn: &mut Conn, contact_id: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "SELECT cc.id FROM campaign_contact cc JOIN campaign_contact asked ON asked.id = $1 \
             AND (cc.organization_id = asked.organization_id OR opt_outs_shared()) AND cc.cell = asked.cell \
         ORDER BY cc.id FOR NO KEY UPDATE OF cc",
    )
    .bind::<BigInt, _>(contact_id)
    .cached()
    .execute(conn)
    .await
}
