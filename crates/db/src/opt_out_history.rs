//! What became of cells: who opted them out and who took that back, in order. Rows are added by the database itself
//! and never change.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Something that became of a cell.
#[derive(Debug, Clone, QueryableByName)]
pub struct OptOutEventRow {
    /// Its id; later ones are greater.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Of which organization.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The cell, E.164.
    #[diesel(sql_type = Text)]
    pub cell: String,
    /// `OPTED_OUT` or `LIFTED`.
    #[diesel(sql_type = Text)]
    pub what: String,
    /// `contact`, `texter`, `vendor`, `import`, `admin` or `unknown`.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// The account that did it; it may be gone.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// Why, in the words that were given.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// The text that said it; it may be gone.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub message_id: Option<i64>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A page of an organization's history, newest first: of one cell, or of all.
pub async fn page(
    conn: &mut Conn,
    organization_id: i64,
    cell: Option<&str>,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<OptOutEventRow>> {
    // Two statements, so that each goes by its own index.
    let rule = match cell {
        Some(_) => "organization_id = $1 AND cell = $2",
        None => "organization_id = $1 AND $2::text IS NULL",
    };
    sql_query(format!(
        "SELECT * FROM opt_out_event WHERE {rule} AND id < coalesce($3, 9223372036854775807) ORDER BY id DESC LIMIT $4"
    ))
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<Text>, _>(cell)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}
