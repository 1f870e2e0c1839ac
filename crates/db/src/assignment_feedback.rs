//! What supervisors tell texters of an assignment.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Feedback on an assignment.
#[derive(Debug, Clone, QueryableByName)]
pub struct FeedbackRow {
    #[diesel(sql_type = BigInt)]
    pub assignment_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub creator_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub creator_name: Option<String>,
    /// message, issueCounts, skillCounts, sweepComplete.
    #[diesel(sql_type = Jsonb)]
    pub feedback: serde_json::Value,
    #[diesel(sql_type = Bool)]
    pub is_acknowledged: bool,
    #[diesel(sql_type = Bool)]
    pub complete: bool,
}

/// Feedback on these assignments.
pub async fn of_assignments(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<FeedbackRow>> {
    sql_query(
        "SELECT f.*, trim_space(u.first_name || ' ' || u.last_name) AS creator_name
         FROM assignment_feedback f LEFT JOIN \"user\" u ON u.id = f.creator_id WHERE f.assignment_id = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

/// Writes the feedback on an assignment anew; the texter has not seen it then.
pub async fn save(
    conn: &mut Conn,
    assignment_id: i64,
    creator_id: i64,
    feedback: &serde_json::Value,
    complete: bool,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO assignment_feedback (assignment_id, creator_id, feedback, complete) VALUES ($1, $2, $3, $4)
         ON CONFLICT (assignment_id) DO UPDATE SET creator_id = excluded.creator_id, feedback = excluded.feedback,
             complete = excluded.complete, is_acknowledged = false, updated_at = now()",
    )
    .bind::<BigInt, _>(assignment_id)
    .bind::<BigInt, _>(creator_id)
    .bind::<Jsonb, _>(feedback)
    .bind::<Bool, _>(complete)
    .cached()
    .execute(conn)
    .await
}

/// Notes that the texter has seen it.
pub async fn acknowledge(conn: &mut Conn, assignment_id: i64) -> QueryResult<usize> {
    sql_query(
        "UPDATE assignment_feedback SET is_acknowledged = true, updated_at = now() WHERE assignment_id = $1",
    )
    .bind::<BigInt, _>(assignment_id)
    .cached()
    .execute(conn)
    .await
}
