//! The steps of a script.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A step: what to say, what to ask, and under which answer of its parent it stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct InteractionStepRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub parent_interaction_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub question: String,
    #[diesel(sql_type = Text)]
    pub script: String,
    #[diesel(sql_type = Text)]
    pub answer_option: String,
    #[diesel(sql_type = Text)]
    pub answer_actions: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub answer_actions_data: Option<String>,
    #[diesel(sql_type = Integer)]
    pub position: i32,
    #[diesel(sql_type = Bool)]
    pub is_deleted: bool,
}

/// What a step says, to make or change one.
pub struct StepText<'a> {
    /// The step it stands under; none for the first message.
    pub parent_id: Option<i64>,
    /// Prompt for the texter.
    pub question: &'a str,
    /// Text for the contact.
    pub script: &'a str,
    /// The answer of the parent's question that leads here.
    pub answer_option: &'a str,
    /// Name of an action handler, or nothing.
    pub answer_actions: &'a str,
    /// Its data.
    pub answer_actions_data: Option<&'a str>,
    /// Order among its siblings.
    pub position: i32,
}

/// The steps of these campaigns that are not deleted, parents before siblings in their order.
pub async fn of_campaigns(conn: &mut Conn, campaign_ids: &[i64]) -> QueryResult<Vec<InteractionStepRow>> {
    sql_query(
        "SELECT * FROM interaction_step WHERE campaign_id = ANY($1) AND NOT is_deleted
         ORDER BY campaign_id, parent_interaction_id NULLS FIRST, position, id",
    )
    .bind::<Array<BigInt>, _>(campaign_ids)
    .cached()
    .load(conn)
    .await
}

impl StepText<'_> {
    /// Adds a step.
    pub async fn insert(&self, conn: &mut Conn, campaign_id: i64) -> QueryResult<InteractionStepRow> {
        sql_query(
            "INSERT INTO interaction_step (campaign_id, parent_interaction_id, question, script, answer_option,
                 answer_actions, answer_actions_data, position)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
        )
        .bind::<BigInt, _>(campaign_id)
        .bind::<Nullable<BigInt>, _>(self.parent_id)
        .bind::<Text, _>(self.question)
        .bind::<Text, _>(self.script)
        .bind::<Text, _>(self.answer_option)
        .bind::<Text, _>(self.answer_actions)
        .bind::<Nullable<Text>, _>(self.answer_actions_data)
        .bind::<Integer, _>(self.position)
        .cached()
        .get_result(conn)
        .await
    }

    /// Changes a step of this campaign; 0 when there is none of that id.
    pub async fn update(&self, conn: &mut Conn, campaign_id: i64, id: i64) -> QueryResult<usize> {
        sql_query(
            "UPDATE interaction_step SET parent_interaction_id = $3, question = $4, script = $5, answer_option = $6,
                 answer_actions = $7, answer_actions_data = $8, position = $9
             WHERE campaign_id = $1 AND id = $2 AND NOT is_deleted",
        )
        .bind::<BigInt, _>(campaign_id)
        .bind::<BigInt, _>(id)
        .bind::<Nullable<BigInt>, _>(self.parent_id)
        .bind::<Text, _>(self.question)
        .bind::<Text, _>(self.script)
        .bind::<Text, _>(self.answer_option)
        .bind::<Text, _>(self.answer_actions)
        .bind::<Nullable<Text>, _>(self.answer_actions_data)
        .bind::<Integer, _>(self.position)
        .cached()
        .execute(conn)
        .await
    }
}

/// Marks a step and all under it as deleted; answers stay. 0 when there is none of that id.
pub async fn delete(conn: &mut Conn, campaign_id: i64, id: i64) -> QueryResult<usize> {
    sql_query(
        "WITH RECURSIVE under AS (
             SELECT id FROM interaction_step WHERE campaign_id = $1 AND id = $2
             UNION ALL SELECT s.id FROM interaction_step s JOIN under u ON s.parent_interaction_id = u.id
         ) UPDATE interaction_step SET is_deleted = true WHERE id IN (SELECT id FROM under) AND NOT is_deleted",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(id)
    .cached()
    .execute(conn)
    .await
}
