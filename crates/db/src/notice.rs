//! LISTEN and NOTIFY. What arrives is read from the connection's own `notifications_stream`.

use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Has a connection receive a channel's notices from now on. The name must be a constant.
pub async fn listen(conn: &mut Conn, channel: &'static str) -> QueryResult<()> {
    diesel::sql_query(format!("LISTEN \"{channel}\""))
        .execute(conn)
        .await?;
    Ok(())
}

/// Sends notices. Not inside a transaction that writes: NOTIFY makes commits wait for each other.
pub async fn send(conn: &mut Conn, channel: &str, payloads: &[String]) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_notify($1, p.payload) FROM unnest($2) AS p (payload)")
        .bind::<Text, _>(channel)
        .bind::<Array<Text>, _>(payloads)
        .cached()
        .execute(conn)
        .await?;
    Ok(())
}

/// Finds out whether a connection is still sound.
pub async fn ping(conn: &mut Conn) -> QueryResult<()> {
    diesel::sql_query("SELECT 1").cached().execute(conn).await?;
    Ok(())
}
