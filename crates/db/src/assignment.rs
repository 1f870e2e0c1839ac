//! Who texts in which campaign.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, contact_count::ContactCounts};

/// A texter in a campaign.
#[derive(Debug, Clone, QueryableByName)]
pub struct AssignmentRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    pub max_contacts: Option<i32>,
}

/// An assignment with what a permission check needs.
#[derive(Debug, Clone, QueryableByName)]
pub struct OwnedAssignment {
    #[diesel(embed)]
    pub assignment: AssignmentRow,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
}

/// A to-do of a texter: the assignment, its campaign's name and its counts.
#[derive(Debug, Clone, QueryableByName)]
pub struct TodoRow {
    #[diesel(sql_type = BigInt)]
    pub assignment_id: i64,
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    pub max_contacts: Option<i32>,
    #[diesel(embed)]
    pub campaign: crate::campaign::CampaignRow,
    #[diesel(sql_type = BigInt)]
    pub count_total: i64,
    #[diesel(sql_type = BigInt)]
    pub count_needs_message: i64,
    #[diesel(sql_type = BigInt)]
    pub count_needs_message_now: i64,
    #[diesel(sql_type = BigInt)]
    pub count_messaged: i64,
    #[diesel(sql_type = BigInt)]
    pub count_needs_response: i64,
    #[diesel(sql_type = BigInt)]
    pub count_needs_response_now: i64,
    #[diesel(sql_type = BigInt)]
    pub count_convo: i64,
    #[diesel(sql_type = BigInt)]
    pub count_closed: i64,
    #[diesel(sql_type = BigInt)]
    pub count_messaged_now: i64,
    #[diesel(sql_type = BigInt)]
    pub count_convo_now: i64,
    #[diesel(sql_type = BigInt)]
    pub count_closed_now: i64,
    #[diesel(sql_type = BigInt)]
    pub count_opted_out: i64,
    #[diesel(sql_type = BigInt)]
    pub count_failed: i64,
    #[diesel(sql_type = BigInt)]
    pub count_messages_sent: i64,
    #[diesel(sql_type = BigInt)]
    pub count_messages_received: i64,
}

impl TodoRow {
    /// The assignment, its campaign and its counts.
    pub fn split(self) -> (AssignmentRow, crate::campaign::CampaignRow, ContactCounts) {
        let assignment = AssignmentRow {
            id: self.assignment_id,
            user_id: self.user_id,
            campaign_id: self.campaign.id,
            max_contacts: self.max_contacts,
        };
        let counts = ContactCounts {
            id: self.assignment_id,
            total: self.count_total,
            needs_message: self.count_needs_message,
            needs_message_now: self.count_needs_message_now,
            messaged: self.count_messaged,
            needs_response: self.count_needs_response,
            needs_response_now: self.count_needs_response_now,
            convo: self.count_convo,
            closed: self.count_closed,
            messaged_now: self.count_messaged_now,
            convo_now: self.count_convo_now,
            closed_now: self.count_closed_now,
            opted_out: self.count_opted_out,
            failed: self.count_failed,
            messages_sent: self.count_messages_sent,
            messages_received: self.count_messages_received,
        };
        (assignment, self.campaign, counts)
    }
}

/// A texter's to-dos in one organization or all: assignments of started campaigns that are not archived, in one
/// statement, whose cost grows with the number of assignments and never with that of contacts.
pub async fn todos(
    conn: &mut Conn,
    user_id: i64,
    organization_id: Option<i64>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<TodoRow>> {
    sql_query(
        "SELECT a.id AS assignment_id, a.user_id, a.max_contacts, ca.*,
             coalesce(t.total, 0)::bigint AS count_total,
             coalesce(t.needs_message, 0)::bigint AS count_needs_message,
             coalesce(t.needs_message_now, 0)::bigint AS count_needs_message_now,
             coalesce(t.messaged, 0)::bigint AS count_messaged,
             coalesce(t.needs_response, 0)::bigint AS count_needs_response,
             coalesce(t.needs_response_now, 0)::bigint AS count_needs_response_now,
             coalesce(t.convo, 0)::bigint AS count_convo, coalesce(t.closed, 0)::bigint AS count_closed,
             coalesce(t.messaged_now, 0)::bigint AS count_messaged_now,
             coalesce(t.convo_now, 0)::bigint AS count_convo_now,
             coalesce(t.closed_now, 0)::bigint AS count_closed_now,
             coalesce(t.opted_out, 0)::bigint AS count_opted_out, coalesce(t.failed, 0)::bigint AS count_failed,
             coalesce(t.messages_sent, 0)::bigint AS count_messages_sent,
             coalesce(t.messages_received, 0)::bigint AS count_messages_received
         FROM assignment a
         JOIN campaign ca ON ca.id = a.campaign_id AND ca.is_started AND NOT ca.is_archived
         JOIN organization o ON o.id = ca.organization_id
         JOIN user_organization uo ON uo.organization_id = o.id AND uo.user_id = a.user_id AND uo.role <> 'SUSPENDED'
         LEFT JOIN LATERAL (
             SELECT sum(c.total) AS total, sum(c.needs_message) AS needs_message,
                 sum(c.needs_message) FILTER (WHERE w.opens_at IS NULL
                     AND (ca.due_by IS NULL OR $3 <= ca.due_by + interval '24 hours')) AS needs_message_now,
                 sum(c.messaged) AS messaged, sum(c.needs_response) AS needs_response,
                 sum(c.needs_response) FILTER (WHERE w.opens_at IS NULL) AS needs_response_now,
                 sum(c.convo) AS convo, sum(c.closed) AS closed, sum(c.opted_out) AS opted_out,
                 sum(c.closed) FILTER (WHERE w.opens_at IS NULL) AS closed_now,
                 sum(c.convo) FILTER (WHERE w.opens_at IS NULL) AS convo_now,
                 sum(c.messaged) FILTER (WHERE w.opens_at IS NULL) AS messaged_now,
                 sum(c.failed) AS failed, sum(c.messages_sent) AS messages_sent,
                 sum(c.messages_received) AS messages_received
             FROM contact_count c
             CROSS JOIN LATERAL texting_window(c.time_zone, c.state, ca, o, $3) w
             WHERE c.assignment_id = a.id
         ) t ON true
         WHERE a.user_id = $1 AND ($2::bigint IS NULL OR ca.organization_id = $2)
         ORDER BY a.id",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Nullable<BigInt>, _>(organization_id)
    .bind::<Timestamptz, _>(now)
    .cached()
    .load(conn)
    .await
}

/// An assignment and its organization.
pub async fn owned(conn: &mut Conn, id: i64) -> QueryResult<Option<OwnedAssignment>> {
    sql_query(
        "SELECT a.*, ca.organization_id FROM assignment a JOIN campaign ca ON ca.id = a.campaign_id WHERE a.id = $1",
    )
    .bind::<BigInt, _>(id)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// The assignments with these ids and their organizations, in no order.
pub async fn owned_by_ids(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<OwnedAssignment>> {
    sql_query(
        "SELECT a.*, ca.organization_id FROM assignment a JOIN campaign ca ON ca.id = a.campaign_id WHERE a.id = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

/// A texter's assignments with replies that came after they last looked and wait for an answer; from now on they have
/// looked. By the database's clock, which is the one that dates texts.
pub async fn take_notifications(
    conn: &mut Conn,
    user_id: i64,
    organization_id: Option<i64>,
) -> QueryResult<Vec<OwnedAssignment>> {
    sql_query(
        "WITH told AS (
             SELECT a.id, ca.organization_id FROM assignment a
             JOIN campaign ca ON ca.id = a.campaign_id AND ca.is_started AND NOT ca.is_archived
             JOIN user_organization uo ON uo.organization_id = ca.organization_id AND uo.user_id = a.user_id
                 AND uo.role <> 'SUSPENDED'
             WHERE a.user_id = $1 AND ($2::bigint IS NULL OR ca.organization_id = $2)
                 AND EXISTS (SELECT 1 FROM campaign_contact cc
                     JOIN message m ON m.campaign_contact_id = cc.id AND m.is_from_contact
                         AND m.created_at > a.replies_seen_at
                     WHERE cc.assignment_id = a.id AND cc.message_status = 'needsResponse')
             ORDER BY a.id FOR NO KEY UPDATE OF a
         ), seen AS (
             UPDATE assignment a SET replies_seen_at = now() FROM told WHERE a.id = told.id
             RETURNING a.*, told.organization_id
         )
         SELECT * FROM seen ORDER BY id",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Nullable<BigInt>, _>(organization_id)
    .cached()
    .load(conn)
    .await
}

/// The assignment that has a contact now, if any.
pub async fn of_contact(conn: &mut Conn, contact_id: i64) -> QueryResult<Option<OwnedAssignment>> {
    sql_query(
        "SELECT a.*, cc.organization_id FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id WHERE cc.id = $1",
    )
    .bind::<BigInt, _>(contact_id)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Assignments of these campaigns, in the order they were made.
pub async fn of_campaigns(conn: &mut Conn, campaign_ids: &[i64]) -> QueryResult<Vec<AssignmentRow>> {
    sql_query("SELECT * FROM assignment WHERE campaign_id = ANY($1) ORDER BY campaign_id, id")
        .bind::<Array<BigInt>, _>(campaign_ids)
        .cached()
        .load(conn)
        .await
}

/// Assignments of these people in these campaigns, pair by pair.
pub async fn of_pairs(
    conn: &mut Conn,
    user_ids: &[i64],
    campaign_ids: &[i64],
) -> QueryResult<Vec<AssignmentRow>> {
    sql_query(
        "SELECT a.* FROM unnest($1::bigint[], $2::bigint[]) AS p (user_id, campaign_id)
         JOIN assignment a ON a.user_id = p.user_id AND a.campaign_id = p.campaign_id",
    )
    .bind::<Array<BigInt>, _>(user_ids)
    .bind::<Array<BigInt>, _>(campaign_ids)
    .cached()
    .load(conn)
    .await
}

/// A person's assignment in a campaign.
pub async fn of_user(conn: &mut Conn, user_id: i64, campaign_id: i64) -> QueryResult<Option<AssignmentRow>> {
    sql_query("SELECT * FROM assignment WHERE user_id = $1 AND campaign_id = $2")
        .bind::<BigInt, _>(user_id)
        .bind::<BigInt, _>(campaign_id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}
