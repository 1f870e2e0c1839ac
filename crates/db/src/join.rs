//! Who came by a join link.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, organization::OrganizationRow};

/// The campaign of a join link.
#[derive(Debug, Clone, QueryableByName)]
pub struct JoinableCampaign {
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = Bool)]
    pub is_started: bool,
    #[diesel(sql_type = Bool)]
    pub is_archived: bool,
    #[diesel(sql_type = Bool)]
    pub use_dynamic_assignment: bool,
}

/// The organization whose join link has this secret.
pub async fn organization(conn: &mut Conn, uuid: &str) -> QueryResult<Option<OrganizationRow>> {
    sql_query("SELECT * FROM organization WHERE uuid = $1")
        .bind::<Text, _>(uuid)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// The campaign whose join link has this secret, locked until the transaction ends, so that texters join one by one.
pub async fn lock_campaign(
    conn: &mut Conn,
    campaign_id: i64,
    join_token: &str,
) -> QueryResult<Option<JoinableCampaign>> {
    sql_query(
        "SELECT organization_id, is_started, is_archived, use_dynamic_assignment FROM campaign
         WHERE id = $1 AND join_token = $2 FOR NO KEY UPDATE",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(join_token)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Makes a membership where there is none; an existing role stays. Returns whether one was made.
pub async fn add_member(
    conn: &mut Conn,
    user_id: i64,
    organization_id: i64,
    role: &str,
) -> QueryResult<bool> {
    let made = sql_query(
        "INSERT INTO user_organization (user_id, organization_id, role) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, organization_id) DO NOTHING",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(role)
    .cached()
    .execute(conn)
    .await?;
    Ok(made > 0)
}

/// Texters of a campaign.
pub async fn texters(conn: &mut Conn, campaign_id: i64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        texters: i64,
    }
    let row: Row = sql_query("SELECT count(*) AS texters FROM assignment WHERE campaign_id = $1")
        .bind::<BigInt, _>(campaign_id)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.texters)
}

/// Makes an assignment where there is none.
pub async fn add_texter(
    conn: &mut Conn,
    user_id: i64,
    campaign_id: i64,
    max_contacts: Option<i32>,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO assignment (user_id, campaign_id, max_contacts) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, campaign_id) DO NOTHING",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<Nullable<Integer>, _>(max_contacts)
    .cached()
    .execute(conn)
    .await
}
