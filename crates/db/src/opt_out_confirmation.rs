//! The one text that an opted-out contact may still get: the confirmation that was sent just before.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// The newest text to a contact, when this person sent it within the last minute, with exactly these words, and it
/// still waits to be sent.
pub async fn waiting(
    conn: &mut Conn,
    contact_id: i64,
    user_id: i64,
    words: &str,
) -> QueryResult<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let row: Option<Row> = sql_query(
        "SELECT last.id FROM (SELECT m.* FROM message m WHERE m.campaign_contact_id = $1 ORDER BY m.id DESC LIMIT 1) last
         WHERE last.user_id = $2 AND last.text = $3 AND last.send_status IN ('QUEUED', 'SENDING')
             AND last.created_at > now() - interval '1 minute'",
    )
    .bind::<BigInt, _>(contact_id)
    .bind::<BigInt, _>(user_id)
    .bind::<Text, _>(words)
    .cached()
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}
