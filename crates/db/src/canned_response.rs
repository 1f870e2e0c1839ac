//! Saved replies.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A saved reply of a campaign, or a texter's own.
#[derive(Debug, Clone, QueryableByName)]
pub struct CannedResponseRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
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
    /// Tags that it puts on the contact.
    #[diesel(sql_type = Array<BigInt>)]
    pub tag_ids: Vec<i64>,
}

/// What a saved reply says.
#[derive(Debug, Clone, Default)]
pub struct CannedResponseText<'a> {
    /// Its name in lists.
    pub title: &'a str,
    /// Its words.
    pub text: &'a str,
    /// Name of an action handler.
    pub answer_actions: Option<&'a str>,
    /// Its data.
    pub answer_actions_data: Option<&'a str>,
    /// Tags that it puts on the contact; the caller has checked whose they are.
    pub tag_ids: &'a [i64],
}

macro_rules! canned_sql {
    ($rest:literal) => {
        concat!(
            "SELECT c.*, ARRAY(SELECT t.tag_id FROM tag_canned_response t WHERE t.canned_response_id = c.id
                 ORDER BY t.tag_id) AS tag_ids FROM canned_response c ",
            $rest
        )
    };
}

/// Saved replies of these campaigns, without texters' own.
pub async fn of_campaigns(conn: &mut Conn, campaign_ids: &[i64]) -> QueryResult<Vec<CannedResponseRow>> {
    sql_query(canned_sql!(
        "WHERE c.campaign_id = ANY($1) AND c.user_id IS NULL ORDER BY c.campaign_id, c.id"
    ))
    .bind::<Array<BigInt>, _>(campaign_ids)
    .cached()
    .load(conn)
    .await
}

/// A texter's own saved replies in a campaign.
pub async fn of_user(conn: &mut Conn, campaign_id: i64, user_id: i64) -> QueryResult<Vec<CannedResponseRow>> {
    sql_query(canned_sql!(
        "WHERE c.campaign_id = $1 AND c.user_id = $2 ORDER BY c.id"
    ))
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(user_id)
    .cached()
    .load(conn)
    .await
}

/// A saved reply by its id.
pub async fn by_id(conn: &mut Conn, id: i64) -> QueryResult<Option<CannedResponseRow>> {
    sql_query(canned_sql!("WHERE c.id = $1"))
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

impl CannedResponseText<'_> {
    /// Adds a saved reply; with a user it is that texter's own.
    pub async fn insert(
        &self,
        conn: &mut Conn,
        campaign_id: i64,
        user_id: Option<i64>,
    ) -> QueryResult<CannedResponseRow> {
        sql_query(
            "WITH made AS (
                 INSERT INTO canned_response (campaign_id, user_id, title, text, answer_actions, answer_actions_data)
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING *
             ), tagged AS (
                 INSERT INTO tag_canned_response (canned_response_id, tag_id) SELECT made.id, t FROM made, unnest($7) t
             ) SELECT made.*, $7 AS tag_ids FROM made",
        )
        .bind::<BigInt, _>(campaign_id)
        .bind::<Nullable<BigInt>, _>(user_id)
        .bind::<Text, _>(self.title)
        .bind::<Text, _>(self.text)
        .bind::<Nullable<Text>, _>(self.answer_actions)
        .bind::<Nullable<Text>, _>(self.answer_actions_data)
        .bind::<Array<BigInt>, _>(self.tag_ids)
        .cached()
        .get_result(conn)
        .await
    }

    /// Changes a reply of the campaign itself; 0 when there is none of that id.
    pub async fn update(&self, conn: &mut Conn, campaign_id: i64, id: i64) -> QueryResult<usize> {
        sql_query(
            "WITH changed AS (
                 UPDATE canned_response SET title = $3, text = $4, answer_actions = $5, answer_actions_data = $6
                 WHERE campaign_id = $1 AND id = $2 AND user_id IS NULL RETURNING id
             ), gone AS (
                 DELETE FROM tag_canned_response t USING changed
                 WHERE t.canned_response_id = changed.id AND NOT t.tag_id = ANY($7)
             ), tagged AS (
                 INSERT INTO tag_canned_response (canned_response_id, tag_id)
                 SELECT changed.id, t FROM changed, unnest($7) t ON CONFLICT DO NOTHING
             ) SELECT id FROM changed",
        )
        .bind::<BigInt, _>(campaign_id)
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(self.title)
        .bind::<Text, _>(self.text)
        .bind::<Nullable<Text>, _>(self.answer_actions)
        .bind::<Nullable<Text>, _>(self.answer_actions_data)
        .bind::<Array<BigInt>, _>(self.tag_ids)
        .cached()
        .execute(conn)
        .await
    }
}

/// Deletes the campaign's own replies but for these; texters' own stay.
pub async fn delete_others(conn: &mut Conn, campaign_id: i64, kept: &[i64]) -> QueryResult<usize> {
    sql_query("DELETE FROM canned_response WHERE campaign_id = $1 AND user_id IS NULL AND NOT id = ANY($2)")
        .bind::<BigInt, _>(campaign_id)
        .bind::<Array<BigInt>, _>(kept)
        .cached()
        .execute(conn)
        .await
}
