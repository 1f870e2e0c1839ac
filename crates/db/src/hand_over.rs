//! Contacts from hand to hand: batches for texters, giving back, reassigning. Contacts are locked by id, as everywhere.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{
    Conn, QueryResult, assignment::AssignmentRow, cached::CachedExt, contact_list::ContactOfCampaign,
};

/// An assignment under lock, with what decides whether its texter gets more.
#[derive(Debug, Clone, QueryableByName)]
pub struct LockedAssignment {
    #[diesel(embed)]
    pub assignment: AssignmentRow,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The texter's role in the organization.
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<String>,
    /// Contacts that the texter holds.
    #[diesel(sql_type = BigInt)]
    pub held: i64,
    /// Of these, not texted yet.
    #[diesel(sql_type = BigInt)]
    pub unsent: i64,
}

/// Locks an assignment, so that two requests of its texter come one after the other.
pub async fn lock_assignment(conn: &mut Conn, id: i64) -> QueryResult<Option<LockedAssignment>> {
    sql_query("SELECT id FROM assignment WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<BigInt, _>(id)
        .cached()
        .execute(conn)
        .await?;
    // A statement of its own: it sees what was committed while the lock was waited for.
    sql_query(
        "SELECT a.*, ca.organization_id, uo.role,
             (SELECT count(*) FROM campaign_contact cc WHERE cc.assignment_id = a.id) AS held,
             (SELECT count(*) FROM campaign_contact cc WHERE cc.assignment_id = a.id
                 AND cc.message_status = 'needsMessage' AND NOT cc.is_opted_out) AS unsent
         FROM assignment a JOIN campaign ca ON ca.id = a.campaign_id
         LEFT JOIN user_organization uo ON uo.user_id = a.user_id AND uo.organization_id = ca.organization_id
         WHERE a.id = $1",
    )
    .bind::<BigInt, _>(id)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Gives contacts that nobody has and that were not texted to an assignment; returns their ids. Others who ask at the
/// same time get others.
pub async fn take_unsent(
    conn: &mut Conn,
    assignment: &AssignmentRow,
    limit: i64,
    only_open: bool,
    now: DateTime<Utc>,
) -> QueryResult<Vec<i64>> {
    let rows: Vec<IdRow> = sql_query(
        "UPDATE campaign_contact SET assignment_id = $1, updated_at = now() WHERE id IN (
             SELECT cc.id FROM campaign_contact cc JOIN campaign ca ON ca.id = cc.campaign_id
             JOIN organization o ON o.id = ca.organization_id
             CROSS JOIN LATERAL texting_window(cc.time_zone, cc.state, ca, o, $5) w
             WHERE cc.campaign_id = $2 AND cc.assignment_id IS NULL AND cc.message_status = 'needsMessage'
                 AND NOT cc.is_opted_out AND (NOT $4 OR w.opens_at IS NULL)
             ORDER BY cc.id LIMIT $3 FOR NO KEY UPDATE OF cc SKIP LOCKED)
         RETURNING id",
    )
    .bind::<BigInt, _>(assignment.id)
    .bind::<BigInt, _>(assignment.campaign_id)
    .bind::<BigInt, _>(limit)
    .bind::<Bool, _>(only_open)
    .bind::<Timestamptz, _>(now)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Gives conversations that nobody has to an assignment, those that wait for a reply first; returns their ids.
pub async fn take_conversations(
    conn: &mut Conn,
    assignment: &AssignmentRow,
    limit: i64,
) -> QueryResult<Vec<i64>> {
    let rows: Vec<IdRow> = sql_query(
        "UPDATE campaign_contact SET assignment_id = $1 WHERE id IN (
             SELECT cc.id FROM campaign_contact cc
             WHERE cc.campaign_id = $2 AND cc.assignment_id IS NULL AND NOT cc.is_opted_out
                 AND cc.message_status IN ('needsResponse', 'convo', 'closed')
             ORDER BY cc.message_status <> 'needsResponse', cc.updated_at LIMIT $3
             FOR NO KEY UPDATE OF cc SKIP LOCKED)
         RETURNING id",
    )
    .bind::<BigInt, _>(assignment.id)
    .bind::<BigInt, _>(assignment.campaign_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Gives replies that have waited since before `waiting_since` to an assignment, newest first, whoever has them.
/// Their wait begins anew an hour after that instant, so that the next visitor does not take them away again.
pub async fn take_waiting_replies(
    conn: &mut Conn,
    assignment: &AssignmentRow,
    waiting_since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Moved>> {
    sql_query(
        "WITH waiting AS (
             SELECT cc.id, cc.assignment_id AS old FROM campaign_contact cc
             WHERE cc.campaign_id = $2 AND cc.message_status = 'needsResponse' AND NOT cc.is_opted_out
                 AND cc.updated_at < $3 AND cc.assignment_id IS DISTINCT FROM $1
             ORDER BY cc.updated_at DESC, cc.id LIMIT $4 FOR NO KEY UPDATE OF cc SKIP LOCKED
         ) UPDATE campaign_contact cc SET assignment_id = $1, updated_at = $3 + interval '1 hour'
         FROM waiting WHERE cc.id = waiting.id
         RETURNING cc.id, cc.campaign_id, waiting.old",
    )
    .bind::<BigInt, _>(assignment.id)
    .bind::<BigInt, _>(assignment.campaign_id)
    .bind::<Timestamptz, _>(waiting_since)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Takes contacts from an assignment: those not texted, or all. Returns their ids.
pub async fn release(conn: &mut Conn, assignment_id: i64, conversations_too: bool) -> QueryResult<Vec<i64>> {
    let rows: Vec<IdRow> = sql_query(
        "WITH held AS (
             SELECT id FROM campaign_contact
             WHERE assignment_id = $1 AND ($2 OR message_status = 'needsMessage') ORDER BY id FOR NO KEY UPDATE
         ) UPDATE campaign_contact cc SET assignment_id = NULL FROM held WHERE cc.id = held.id RETURNING cc.id",
    )
    .bind::<BigInt, _>(assignment_id)
    .bind::<Bool, _>(conversations_too)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A contact that changed hands.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Moved {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// Whose it was.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub old: Option<i64>,
}

/// Locks contacts of an organization by id; those that are not there are left out.
pub async fn lock_contacts(
    conn: &mut Conn,
    organization_id: i64,
    ids: &[i64],
) -> QueryResult<Vec<ContactOfCampaign>> {
    sql_query(
        "SELECT id, campaign_id FROM campaign_contact WHERE organization_id = $1 AND id = ANY($2)
         ORDER BY id FOR NO KEY UPDATE",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

/// A person's assignment in each of these campaigns, made where there is none.
pub async fn assignments_of(
    conn: &mut Conn,
    user_id: i64,
    campaign_ids: &[i64],
    max_contacts: Option<i32>,
) -> QueryResult<Vec<AssignmentRow>> {
    sql_query(
        "INSERT INTO assignment (user_id, campaign_id, max_contacts) SELECT $1, c, $3 FROM unnest($2::bigint[]) c
         ORDER BY c ON CONFLICT (user_id, campaign_id) DO NOTHING",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Array<BigInt>, _>(campaign_ids)
    .bind::<Nullable<Integer>, _>(max_contacts)
    .cached()
    .execute(conn)
    .await?;
    sql_query("SELECT * FROM assignment WHERE user_id = $1 AND campaign_id = ANY($2) ORDER BY campaign_id")
        .bind::<BigInt, _>(user_id)
        .bind::<Array<BigInt>, _>(campaign_ids)
        .cached()
        .load(conn)
        .await
}

/// Gives contacts of one campaign, locked before, to an assignment, or to nobody.
pub async fn reassign(
    conn: &mut Conn,
    campaign_id: i64,
    ids: &[i64],
    assignment_id: Option<i64>,
) -> QueryResult<Vec<Moved>> {
    sql_query(
        "WITH old AS (
             SELECT id, assignment_id FROM campaign_contact WHERE campaign_id = $1 AND id = ANY($2)
         ) UPDATE campaign_contact cc SET assignment_id = $3 FROM old
         WHERE cc.id = old.id AND cc.assignment_id IS DISTINCT FROM $3
         RETURNING cc.id, cc.campaign_id, old.assignment_id AS old",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(assignment_id)
    .cached()
    .load(conn)
    .await
}

/// Contacts of a campaign that nobody has.
#[derive(Debug, Clone, Default, QueryableByName)]
pub struct Unassigned {
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// All of them.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Not texted.
    #[diesel(sql_type = BigInt)]
    pub unsent: i64,
    /// Not texted, and their texting hours are open.
    #[diesel(sql_type = BigInt)]
    pub unsent_now: i64,
    /// Conversations.
    #[diesel(sql_type = BigInt)]
    pub conversations: i64,
}

/// Contacts of these campaigns that nobody has, from the kept counts.
pub async fn unassigned(
    conn: &mut Conn,
    campaign_ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<Vec<Unassigned>> {
    sql_query(
        "SELECT c.campaign_id, sum(c.total)::bigint AS total, sum(c.needs_message)::bigint AS unsent,
             coalesce(sum(c.needs_message) FILTER (WHERE w.opens_at IS NULL), 0)::bigint AS unsent_now,
             sum(c.needs_response + c.convo + c.closed)::bigint AS conversations
         FROM (SELECT campaign_id, time_zone, state, sum(total) AS total, sum(needs_message) AS needs_message,
                 sum(needs_response) AS needs_response, sum(convo) AS convo, sum(closed) AS closed
             FROM contact_count WHERE assignment_id = 0 AND campaign_id = ANY($1) GROUP BY 1, 2, 3) c
         JOIN campaign ca ON ca.id = c.campaign_id JOIN organization o ON o.id = ca.organization_id
         CROSS JOIN LATERAL texting_window(c.time_zone, c.state, ca, o, $2) w
         GROUP BY 1",
    )
    .bind::<Array<BigInt>, _>(campaign_ids)
    .bind::<Timestamptz, _>(now)
    .cached()
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}
