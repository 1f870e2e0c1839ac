//! Who has a campaign open in the builder.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Notes that somebody edits.
pub async fn note(conn: &mut Conn, campaign_id: i64, user_id: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO campaign_editor (campaign_id, user_id, edited_at) VALUES ($1, $2, $3)
         ON CONFLICT (campaign_id, user_id) DO UPDATE SET edited_at = excluded.edited_at",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(user_id)
    .bind::<Timestamptz, _>(now)
    .cached()
    .execute(conn)
    .await
}

/// Names of the others who edited since then.
pub async fn others_since(
    conn: &mut Conn,
    campaign_id: i64,
    user_id: i64,
    since: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT trim_space(u.first_name || ' ' || u.last_name) AS name
         FROM campaign_editor e JOIN \"user\" u ON u.id = e.user_id
         WHERE e.campaign_id = $1 AND e.user_id <> $2 AND e.edited_at >= $3 ORDER BY e.edited_at DESC, u.id",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(user_id)
    .bind::<Timestamptz, _>(since)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
