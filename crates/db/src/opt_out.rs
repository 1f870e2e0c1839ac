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
    /// The cell.
    #[diesel(sql_type = Text)]
    pub cell: String,
    /// The assignment in which it was said.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// The opt-outs of these contacts; contacts without one are left out.
pub async fn for_contacts(conn: &mut Conn, contact_ids: &[i64]) -> QueryResult<Vec<OptOutRow>> {
    diesel::sql_query(
        "SELECT cc.id AS contact_id, oo.id, oo.cell, oo.assignment_id, oo.created_at FROM campaign_contact cc \
         JOIN opt_out oo ON oo.organization_id = cc.organization_id AND oo.cell = cc.cell \
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
        "SELECT 0::bigint AS contact_id, id, cell, assignment_id, created_at FROM opt_out \
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

/// Whether a cell has opted out of an organization.
pub async fn is_opted_out(conn: &mut Conn, organization_id: i64, cell: &str) -> QueryResult<bool> {
    let row: Answer = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM opt_out WHERE organization_id = $1 AND cell = $2) AS answer",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(cell)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.answer)
}

/// Opts a cell out: stores the fact, marks its contacts, takes back what waits to be sent, but for `keep_message`,
/// the confirmation. Returns the contacts that were not opted out before.
///
/// Locks all contacts with that cell by id. In a transaction that has locked one of them already (by sending a
/// confirmation), call [`lock_cell`] first of all, or two such transactions can wait for each other.
pub async fn opt_out_cell(
    conn: &mut Conn,
    organization_id: i64,
    cell: &str,
    assignment_id: Option<i64>,
    reason_code: &str,
    keep_message: Option<i64>,
) -> QueryResult<Vec<ChangedContact>> {
    diesel::sql_query("SELECT * FROM opt_out_cell($1, $2, $3, $4, $5)")
        .bind::<BigInt, _>(organization_id)
        .bind::<Text, _>(cell)
        .bind::<Nullable<BigInt>, _>(assignment_id)
        .bind::<Text, _>(reason_code)
        .bind::<Nullable<BigInt>, _>(keep_message)
        .cached()
        .load(conn)
        .await
}

/// Locks all contacts of an organization that share this contact's cell, by id, until the transaction ends.
pub async fn lock_cell(conn: &mut Conn, contact_id: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "SELECT cc.id FROM campaign_contact cc JOIN campaign_contact asked ON asked.id = $1 \
             AND cc.organization_id = asked.organization_id AND cc.cell = asked.cell \
         ORDER BY cc.id FOR NO KEY UPDATE OF cc",
    )
    .bind::<BigInt, _>(contact_id)
    .cached()
    .execute(conn)
    .await
}
