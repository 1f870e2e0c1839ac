//! The confirmation of an opt-out, per organization and state.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// An organization's text for a state, if it has one.
pub async fn find(conn: &mut Conn, organization_id: i64, state: &str) -> QueryResult<Option<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        message: String,
    }
    let row: Option<Row> =
        sql_query("SELECT message FROM opt_out_message WHERE organization_id = $1 AND state = $2")
            .bind::<BigInt, _>(organization_id)
            .bind::<Text, _>(state)
            .cached()
            .get_result(conn)
            .await
            .optional()?;
    Ok(row.map(|row| row.message))
}
