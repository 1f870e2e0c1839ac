//! Saved replies.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A saved reply of a campaign, or a texter's own.
#[derive(Debug, Clone, QueryableByName)]
pub struct CannedResponseRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub answer_actions: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub answer_actions_data: Option<String>,
}

/// Saved replies of a campaign, without texters' own.
pub async fn of_campaign(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<CannedResponseRow>> {
    sql_query("SELECT * FROM canned_response WHERE campaign_id = $1 AND user_id IS NULL ORDER BY id")
        .bind::<BigInt, _>(campaign_id)
        .cached()
        .load(conn)
        .await
}
