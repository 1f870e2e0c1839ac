//! Handing contacts to texters.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Which of these people are not active members of the organization.
pub async fn strangers(conn: &mut Conn, organization_id: i64, user_ids: &[i64]) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT w.id FROM unnest($2::bigint[]) AS w (id) WHERE NOT EXISTS (
             SELECT 1 FROM user_organization m
             WHERE m.user_id = w.id AND m.organization_id = $1 AND m.role <> 'SUSPENDED') ORDER BY 1",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Array<BigInt>, _>(user_ids)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Contacts of a campaign without a first message, whoever has them, from the kept counts.
pub async fn needs_message_count(conn: &mut Conn, campaign_id: i64) -> QueryResult<i64> {
    let row: Count = sql_query(
        "SELECT coalesce(sum(needs_message), 0)::bigint AS n FROM contact_count WHERE campaign_id = $1",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.n)
}

/// An assignment with its kept counts.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct AssignmentLoad {
    /// The assignment.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its texter.
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    /// All contacts.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Those without a first message.
    #[diesel(sql_type = BigInt)]
    pub needs_message: i64,
}

/// The assignments of a campaign with their counts.
pub async fn assignment_loads(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<AssignmentLoad>> {
    sql_query(
        "SELECT a.id, a.user_id, coalesce(sum(c.total), 0)::bigint AS total,
             coalesce(sum(c.needs_message), 0)::bigint AS needs_message
         FROM assignment a LEFT JOIN contact_count c ON c.assignment_id = a.id
         WHERE a.campaign_id = $1 GROUP BY a.id ORDER BY a.id",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .load(conn)
    .await
}

/// Makes or changes a texter's assignment and tells its counts.
pub async fn ensure_assignment(
    conn: &mut Conn,
    campaign_id: i64,
    user_id: i64,
    max_contacts: Option<i32>,
) -> QueryResult<AssignmentLoad> {
    sql_query(
        "WITH made AS (
             INSERT INTO assignment (user_id, campaign_id, max_contacts) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, campaign_id) DO UPDATE SET max_contacts = excluded.max_contacts
             RETURNING id, user_id
         ) SELECT m.id, m.user_id,
             coalesce((SELECT sum(c.total) FROM contact_count c WHERE c.assignment_id = m.id), 0)::bigint AS total,
             coalesce((SELECT sum(c.needs_message) FROM contact_count c WHERE c.assignment_id = m.id), 0)::bigint
                 AS needs_message
         FROM made m",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<Nullable<Integer>, _>(max_contacts)
    .cached()
    .get_result(conn)
    .await
}

/// Gives up to `count` contacts without a first message back, last ones first. One that is being texted at this
/// moment is left alone.
pub async fn give_back(conn: &mut Conn, assignment_id: i64, count: i64) -> QueryResult<usize> {
    sql_query(
        "UPDATE campaign_contact SET assignment_id = NULL, updated_at = now() WHERE id IN (
             SELECT id FROM campaign_contact
             WHERE assignment_id = $1 AND message_status = 'needsMessage' AND NOT is_opted_out
             ORDER BY id DESC LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<BigInt, _>(assignment_id)
    .bind::<BigInt, _>(count)
    .cached()
    .execute(conn)
    .await
}

/// Takes up to `count` contacts that nobody has, first ones first, leaving out what another takes at this moment.
pub async fn take_unassigned(
    conn: &mut Conn,
    campaign_id: i64,
    assignment_id: i64,
    count: i64,
) -> QueryResult<usize> {
    sql_query(
        "UPDATE campaign_contact SET assignment_id = $2, updated_at = now() WHERE id IN (
             SELECT id FROM campaign_contact
             WHERE campaign_id = $1 AND assignment_id IS NULL AND message_status = 'needsMessage' AND NOT is_opted_out
             ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(assignment_id)
    .bind::<BigInt, _>(count)
    .cached()
    .execute(conn)
    .await
}

/// Deletes assignments of a campaign that have no contacts.
pub async fn delete_empty_assignments(conn: &mut Conn, campaign_id: i64) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM assignment a WHERE a.campaign_id = $1
             AND NOT EXISTS (SELECT 1 FROM campaign_contact cc WHERE cc.assignment_id = a.id)",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .execute(conn)
    .await
}
