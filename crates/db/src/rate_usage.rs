//! What people and addresses spent in the present minute, in all processes (S10).

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// What somebody spent in a window.
#[derive(Debug, QueryableByName)]
pub struct RateUsageRow {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = BigInt)]
    pub cost: i64,
}

/// Adds to a window and answers its new sums; drops windows that are over.
pub async fn add(
    conn: &mut Conn,
    window: i64,
    keys: &[String],
    costs: &[i64],
) -> QueryResult<Vec<RateUsageRow>> {
    sql_query(
        "WITH old AS (DELETE FROM rate_usage WHERE window_number < $1 - 1)
         INSERT INTO rate_usage AS r (window_number, key, cost)
         SELECT $1, k, c FROM unnest($2::text[], $3::bigint[]) AS t (k, c) ORDER BY k
         ON CONFLICT (window_number, key) DO UPDATE SET cost = r.cost + excluded.cost
         RETURNING r.key, r.cost",
    )
    .bind::<BigInt, _>(window)
    .bind::<Array<Text>, _>(keys)
    .bind::<Array<BigInt>, _>(costs)
    .cached()
    .load(conn)
    .await
}
