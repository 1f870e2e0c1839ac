//! Pieces of texts from contacts, until they are put together.

use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Double, Jsonb, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A piece that waits.
#[derive(Debug, Clone, QueryableByName)]
pub struct PendingPart {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub organization_id: Option<i64>,
    /// The vendor's words.
    #[diesel(sql_type = Jsonb)]
    pub payload: serde_json::Value,
    /// Seconds since it came.
    #[diesel(sql_type = Double)]
    pub age_seconds: f64,
}

/// Pieces that wait, oldest first. Locks nothing: putting them together twice is once.
pub async fn pending(conn: &mut Conn, limit: i64) -> QueryResult<Vec<PendingPart>> {
    diesel::sql_query(
        "SELECT e.id, e.service, e.organization_id, e.payload, \
             extract(epoch FROM now() - e.received_at)::float8 AS age_seconds \
         FROM inbound_event e WHERE e.kind = 'part' AND e.processed_at IS NULL ORDER BY e.id LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Writes down what became of pieces.
pub async fn finish(conn: &mut Conn, ids: &[i64], outcome: &str) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE inbound_event e SET processed_at = now(), outcome = $2 \
         WHERE e.id = ANY ($1) AND e.kind = 'part' AND e.processed_at IS NULL",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Text, _>(outcome)
    .cached()
    .execute(conn)
    .await
}
