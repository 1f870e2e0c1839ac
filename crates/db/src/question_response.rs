//! Answers that texters record.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// One answer.
#[derive(Debug, Clone, QueryableByName)]
pub struct QuestionResponseRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_contact_id: i64,
    #[diesel(sql_type = BigInt)]
    pub interaction_step_id: i64,
    #[diesel(sql_type = Text)]
    pub value: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Answers of these contacts, oldest first.
pub async fn of_contacts(conn: &mut Conn, contact_ids: &[i64]) -> QueryResult<Vec<QuestionResponseRow>> {
    sql_query("SELECT * FROM question_response WHERE campaign_contact_id = ANY($1) ORDER BY campaign_contact_id, id")
        .bind::<Array<BigInt>, _>(contact_ids)
        .cached()
        .load(conn)
        .await
}

/// Makes these the contact's answers, all of them: what is not named is taken back. One statement.
pub async fn replace(
    conn: &mut Conn,
    contact_id: i64,
    step_ids: &[i64],
    values: &[&str],
) -> QueryResult<usize> {
    sql_query(
        "WITH wanted AS (SELECT * FROM unnest($2::bigint[], $3::text[]) AS w (step_id, value)),
         dropped AS (DELETE FROM question_response q WHERE q.campaign_contact_id = $1
             AND q.interaction_step_id <> ALL($2))
         INSERT INTO question_response (campaign_contact_id, interaction_step_id, value)
         SELECT $1, w.step_id, w.value FROM wanted w
         ON CONFLICT (campaign_contact_id, interaction_step_id) DO UPDATE SET value = excluded.value, created_at = now()
             WHERE question_response.value <> excluded.value",
    )
    .bind::<BigInt, _>(contact_id)
    .bind::<Array<BigInt>, _>(step_ids)
    .bind::<Array<Text>, _>(values)
    .cached()
    .execute(conn)
    .await
}

/// How often an answer was given.
#[derive(Debug, Clone, QueryableByName)]
pub struct AnswerCount {
    #[diesel(sql_type = BigInt)]
    pub interaction_step_id: i64,
    #[diesel(sql_type = Text)]
    pub value: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Answers to these steps, counted by the index on (step, value).
pub async fn counts(conn: &mut Conn, step_ids: &[i64]) -> QueryResult<Vec<AnswerCount>> {
    sql_query(
        "SELECT interaction_step_id, value, count(*) AS count FROM question_response
         WHERE interaction_step_id = ANY($1) GROUP BY 1, 2",
    )
    .bind::<Array<BigInt>, _>(step_ids)
    .cached()
    .load(conn)
    .await
}

/// Contacts who gave an answer, by id.
pub async fn responders(conn: &mut Conn, step_id: i64, value: &str, limit: i64) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        campaign_contact_id: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT campaign_contact_id FROM question_response WHERE interaction_step_id = $1 AND value = $2
         ORDER BY campaign_contact_id LIMIT $3",
    )
    .bind::<BigInt, _>(step_id)
    .bind::<Text, _>(value)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.campaign_contact_id).collect())
}

/// Takes back a contact's answers to these questions.
pub async fn delete(conn: &mut Conn, contact_id: i64, step_ids: &[i64]) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM question_response WHERE campaign_contact_id = $1 AND interaction_step_id = ANY($2)",
    )
    .bind::<BigInt, _>(contact_id)
    .bind::<Array<BigInt>, _>(step_ids)
    .cached()
    .execute(conn)
    .await
}
