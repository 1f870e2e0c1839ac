//! Kept counts of contacts. Triggers on `campaign_contact` keep them; no other file counts.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// What there is to do, of an assignment or a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, QueryableByName)]
pub struct ContactCounts {
    /// The campaign or assignment counted.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    #[diesel(sql_type = BigInt)]
    pub needs_message: i64,
    /// Of these, whose texting hours are open.
    #[diesel(sql_type = BigInt)]
    pub needs_message_now: i64,
    #[diesel(sql_type = BigInt)]
    pub messaged: i64,
    #[diesel(sql_type = BigInt)]
    pub needs_response: i64,
    #[diesel(sql_type = BigInt)]
    pub needs_response_now: i64,
    #[diesel(sql_type = BigInt)]
    pub convo: i64,
    #[diesel(sql_type = BigInt)]
    pub closed: i64,
    /// Of those in the state messaged, whose texting hours are open.
    #[diesel(sql_type = BigInt)]
    pub messaged_now: i64,
    /// Of those in the state convo, whose texting hours are open.
    #[diesel(sql_type = BigInt)]
    pub convo_now: i64,
    /// Of those in the state closed, whose texting hours are open.
    #[diesel(sql_type = BigInt)]
    pub closed_now: i64,
    #[diesel(sql_type = BigInt)]
    pub opted_out: i64,
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    #[diesel(sql_type = BigInt)]
    pub messages_sent: i64,
    #[diesel(sql_type = BigInt)]
    pub messages_received: i64,
}

macro_rules! counts_sql {
    ($key:literal, $condition:literal) => {
        concat!(
            "SELECT c.id, sum(c.total)::bigint AS total, sum(c.needs_message)::bigint AS needs_message,
                 coalesce(sum(c.needs_message) FILTER (WHERE w.opens_at IS NULL
                     AND (ca.due_by IS NULL OR $2 <= ca.due_by + interval '24 hours')), 0)::bigint AS needs_message_now,
                 sum(c.messaged)::bigint AS messaged, sum(c.needs_response)::bigint AS needs_response,
                 coalesce(sum(c.needs_response) FILTER (WHERE w.opens_at IS NULL), 0)::bigint AS needs_response_now,
                 sum(c.convo)::bigint AS convo, sum(c.closed)::bigint AS closed, sum(c.opted_out)::bigint AS opted_out,
                 coalesce(sum(c.messaged) FILTER (WHERE w.opens_at IS NULL), 0)::bigint AS messaged_now,
                 coalesce(sum(c.convo) FILTER (WHERE w.opens_at IS NULL), 0)::bigint AS convo_now,
                 coalesce(sum(c.closed) FILTER (WHERE w.opens_at IS NULL), 0)::bigint AS closed_now,
                 sum(c.failed)::bigint AS failed, sum(c.messages_sent)::bigint AS messages_sent,
                 sum(c.messages_received)::bigint AS messages_received
             FROM (
                 -- By place first: the hours of a place are judged once, not once for each of a thousand texters.
                 SELECT ", $key, " AS id, c.campaign_id, c.time_zone, c.state, sum(c.total) AS total,
                     sum(c.needs_message) AS needs_message, sum(c.messaged) AS messaged,
                     sum(c.needs_response) AS needs_response, sum(c.convo) AS convo, sum(c.closed) AS closed,
                     sum(c.opted_out) AS opted_out, sum(c.failed) AS failed, sum(c.messages_sent) AS messages_sent,
                     sum(c.messages_received) AS messages_received
                 FROM contact_count c WHERE ", $condition, " GROUP BY 1, 2, 3, 4
             ) c JOIN campaign ca ON ca.id = c.campaign_id
             JOIN organization o ON o.id = ca.organization_id
             CROSS JOIN LATERAL texting_window(c.time_zone, c.state, ca, o, $2) w
             GROUP BY 1"
        )
    };
}

/// Counts of these assignments; one without contacts has no row.
pub async fn of_assignments(
    conn: &mut Conn,
    ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<Vec<ContactCounts>> {
    sql_query(counts_sql!("c.assignment_id", "c.assignment_id = ANY($1)"))
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .cached()
        .load(conn)
        .await
}

/// Counts of these campaigns, contacts of nobody included; one without contacts has no row.
pub async fn of_campaigns(
    conn: &mut Conn,
    ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<Vec<ContactCounts>> {
    sql_query(counts_sql!("c.campaign_id", "c.campaign_id = ANY($1)"))
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .cached()
        .load(conn)
        .await
}

/// How many rows of `contact_count` differ from a full count: 0, or a fault (R26).
pub async fn drift(conn: &mut Conn) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let row: Row = sql_query(
        "WITH truth AS (
             SELECT campaign_id, coalesce(assignment_id, 0) AS assignment_id, time_zone, state, count(*)::int AS total,
                 count(*) FILTER (WHERE message_status = 'needsMessage' AND NOT is_opted_out)::int AS needs_message,
                 count(*) FILTER (WHERE message_status = 'messaged' AND NOT is_opted_out)::int AS messaged,
                 count(*) FILTER (WHERE message_status = 'needsResponse' AND NOT is_opted_out)::int AS needs_response,
                 count(*) FILTER (WHERE message_status = 'convo' AND NOT is_opted_out)::int AS convo,
                 count(*) FILTER (WHERE message_status = 'closed' AND NOT is_opted_out)::int AS closed,
                 count(*) FILTER (WHERE is_opted_out)::int AS opted_out,
                 count(*) FILTER (WHERE error_code IS NOT NULL)::int AS failed,
                 sum(sent_count)::bigint AS messages_sent, sum(received_count)::bigint AS messages_received
             FROM campaign_contact GROUP BY 1, 2, 3, 4
         ), kept AS (
             SELECT campaign_id, assignment_id, time_zone, state, total, needs_message, messaged, needs_response, convo,
                 closed, opted_out, failed, messages_sent, messages_received
             FROM contact_count WHERE (total, opted_out, failed, messages_sent, messages_received) <> (0, 0, 0, 0, 0)
         )
         SELECT count(*) AS n FROM ((TABLE truth EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE truth)) d",
    )
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.n)
}
