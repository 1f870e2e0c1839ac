//! What became of texts: figures over time, what waits, and what never left.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, message::outbox::ChangedContact};

/// Waiting texts are counted up to here.
pub const MAX_COUNTED: i64 = 200_000;

/// What waits to be sent in a campaign.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Backlog {
    /// Texts that wait, [`MAX_COUNTED`] at most.
    #[diesel(sql_type = BigInt)]
    pub queued: i64,
    /// Of these, those that must not go yet: texting hours, the day's limits, a vendor that asked for patience.
    #[diesel(sql_type = BigInt)]
    pub held: i64,
    /// When the first of those may go.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub held_until: Option<DateTime<Utc>>,
    /// Texts that the vendor took in the last ten minutes.
    #[diesel(sql_type = BigInt)]
    pub sent_lately: i64,
    /// Texts that wait in all of the organization before these are through, [`MAX_COUNTED`] at most.
    #[diesel(sql_type = BigInt)]
    pub organization_queued: i64,
    /// Texts that the vendor took of all of the organization in the last ten minutes.
    #[diesel(sql_type = BigInt)]
    pub organization_sent_lately: i64,
    /// Texts per second that the organization may send; none: no limit.
    #[diesel(sql_type = Nullable<Double>)]
    pub rate: Option<f64>,
    /// Nothing of the organization goes before.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub blocked_until: Option<DateTime<Utc>>,
}

/// What waits to be sent in a campaign; one statement.
pub async fn backlog(conn: &mut Conn, organization_id: i64, campaign_id: i64) -> QueryResult<Backlog> {
    diesel::sql_query(
        "SELECT q.queued, q.held, q.held_until, s.own AS sent_lately, oq.queued AS organization_queued, \
             s.whole AS organization_sent_lately, p.rate, p.blocked_until \
         FROM (SELECT count(*) AS queued, count(*) FILTER (WHERE w.available_at > now()) AS held, \
                 min(w.available_at) FILTER (WHERE w.available_at > now()) AS held_until \
             FROM (SELECT m.available_at FROM unnest(ARRAY[false, true]) AS lane (is_initial) CROSS JOIN LATERAL ( \
                 SELECT m.available_at FROM message m WHERE m.send_status = 'QUEUED' \
                     AND (m.initial_pass IS NOT NULL) = lane.is_initial AND m.organization_id = $1 \
                     AND coalesce(m.campaign_id, 0) = $2 LIMIT $3) m) w) q \
         CROSS JOIN (SELECT count(*) AS queued FROM (SELECT 1 FROM unnest(ARRAY[false, true]) AS lane (is_initial) \
             CROSS JOIN LATERAL (SELECT 1 FROM message m WHERE m.send_status = 'QUEUED' \
                 AND (m.initial_pass IS NOT NULL) = lane.is_initial AND m.organization_id = $1 LIMIT $3) m) w) oq \
         CROSS JOIN (SELECT coalesce(sum(d.texts) FILTER (WHERE d.campaign_id = $2), 0)::bigint AS own, \
                 coalesce(sum(d.texts), 0)::bigint AS whole \
             FROM delivery_stat d WHERE d.organization_id = $1 AND d.status = 'SENT' \
                 AND d.bucket >= now() - interval '10 minutes') s \
         LEFT JOIN (SELECT pace_rate(p) AS rate, CASE WHEN p.blocked_until > now() THEN p.blocked_until END \
             AS blocked_until FROM pace p WHERE p.organization_id = $1 AND p.scope = 'account' AND p.key = '') p ON true",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(MAX_COUNTED)
    .cached()
    .get_result(conn)
    .await
}

/// Sums of a campaign.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Totals {
    /// Taken by the vendor.
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
    /// Arrived.
    #[diesel(sql_type = BigInt)]
    pub delivered: i64,
    /// Refused or not arrived.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Not sent, because their turn came outside texting hours and the campaign drops those.
    #[diesel(sql_type = BigInt)]
    pub dropped: i64,
    /// Segments of those sent.
    #[diesel(sql_type = BigInt)]
    pub segments: i64,
    /// What they cost by the vendor's reports, in millionths of the account's currency.
    #[diesel(sql_type = BigInt)]
    pub cost_micros: i64,
}

/// Sums of a campaign since it began.
pub async fn totals(conn: &mut Conn, organization_id: i64, campaign_id: i64) -> QueryResult<Totals> {
    diesel::sql_query(
        "SELECT coalesce(sum(d.texts) FILTER (WHERE d.status = 'SENT'), 0)::bigint AS sent, \
             coalesce(sum(d.texts) FILTER (WHERE d.status = 'DELIVERED'), 0)::bigint AS delivered, \
             coalesce(sum(d.texts) FILTER (WHERE d.status = 'ERROR'), 0)::bigint AS failed, \
             coalesce(sum(d.texts) FILTER (WHERE d.status = 'DROPPED'), 0)::bigint AS dropped, \
             coalesce(sum(d.segments), 0)::bigint AS segments, coalesce(sum(d.cost_micros), 0)::bigint AS cost_micros \
         FROM delivery_stat d WHERE d.organization_id = $1 AND d.campaign_id = $2",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .get_result(conn)
    .await
}

/// How errors are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorGroup {
    /// By code alone.
    Code,
    /// And by the number they were sent from.
    Number,
    /// And by the contact's carrier.
    Carrier,
    /// And by the hour.
    Hour,
    /// And by campaign.
    Campaign,
}

/// Failed texts of one kind.
#[derive(Debug, Clone, QueryableByName)]
pub struct ErrorCount {
    /// The vendor.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// The code.
    #[diesel(sql_type = Integer)]
    pub error_code: i32,
    /// The number, carrier, hour or campaign; empty when all are together or it is not known.
    #[diesel(sql_type = Text)]
    pub group_key: String,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub texts: i64,
    /// Of all texts of the same group that the vendor took or refused, this part; 0 to 100.
    #[diesel(sql_type = Double)]
    pub percent: f64,
}

/// Failed texts between two instants, most first, `limit` kinds at most.
pub async fn errors(
    conn: &mut Conn,
    organization_id: i64,
    campaign_id: Option<i64>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    group: ErrorGroup,
    limit: i64,
) -> QueryResult<Vec<ErrorCount>> {
    let key = match group {
        ErrorGroup::Code => "''",
        ErrorGroup::Number => "d.user_number",
        ErrorGroup::Carrier => "d.carrier",
        ErrorGroup::Hour => {
            "to_char(date_trunc('hour', d.bucket AT TIME ZONE 'UTC'), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        }
        ErrorGroup::Campaign => "d.campaign_id::text",
    };
    diesel::sql_query(format!(
        "SELECT e.service, e.error_code, e.group_key, e.texts, \
             (100.0 * e.texts / greatest(sum(e.texts) OVER (PARTITION BY e.group_key), e.tried, 1))::float8 AS percent \
         FROM (SELECT d.service, d.error_code, {key} AS group_key, sum(d.texts)::bigint AS texts, d.status, \
                 sum(sum(d.texts)) FILTER (WHERE d.status = 'SENT') OVER (PARTITION BY {key}) AS tried \
             FROM delivery_stat d WHERE d.organization_id = $1 AND ($2::bigint IS NULL OR d.campaign_id = $2) \
                 AND d.bucket >= $3 AND d.bucket < $4 AND d.status IN ('SENT', 'ERROR') \
             GROUP BY 1, 2, 3, d.status) e \
         WHERE e.status = 'ERROR' ORDER BY e.texts DESC, e.error_code, e.group_key LIMIT $5"
    ))
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<BigInt>, _>(campaign_id)
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Errors of one code in a campaign lately.
#[derive(Debug, Clone, QueryableByName)]
pub struct RecentErrors {
    /// The campaign.
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// The code.
    #[diesel(sql_type = Integer)]
    pub error_code: i32,
    /// Failed with it.
    #[diesel(sql_type = BigInt)]
    pub texts: i64,
    /// All that were tried.
    #[diesel(sql_type = BigInt)]
    pub tried: i64,
}

/// Errors of an organization's running campaigns in the last minutes, by campaign and code.
pub async fn recent_errors(
    conn: &mut Conn,
    organization_id: i64,
    minutes: i32,
) -> QueryResult<Vec<RecentErrors>> {
    diesel::sql_query(
        "SELECT e.campaign_id, e.error_code, e.texts, greatest(e.sent, e.ended, 1)::bigint AS tried \
         FROM (SELECT d.campaign_id, d.error_code, d.status, sum(d.texts)::bigint AS texts, \
                 sum(sum(d.texts) FILTER (WHERE d.status = 'SENT')) OVER (PARTITION BY d.campaign_id) AS sent, \
                 sum(sum(d.texts) FILTER (WHERE d.status IN ('DELIVERED', 'ERROR'))) \
                     OVER (PARTITION BY d.campaign_id) AS ended \
             FROM delivery_stat d JOIN campaign ca ON ca.id = d.campaign_id AND NOT ca.is_archived AND NOT ca.is_paused \
             WHERE d.organization_id = $1 AND d.bucket >= now() - make_interval(mins => $2) GROUP BY 1, 2, 3) e \
         WHERE e.status = 'ERROR'",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Integer, _>(minutes)
    .cached()
    .load(conn)
    .await
}

/// Organizations that had errors in the last minutes.
pub async fn organizations_with_errors(conn: &mut Conn, minutes: i32) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        organization_id: i64,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT o.id AS organization_id FROM organization o WHERE EXISTS (SELECT 1 FROM campaign ca \
             JOIN delivery_stat d ON d.organization_id = o.id AND d.campaign_id = ca.id \
                 AND d.bucket >= now() - make_interval(mins => $1) AND d.status = 'ERROR' \
             WHERE ca.organization_id = o.id AND NOT ca.is_archived AND NOT ca.is_paused) ORDER BY o.id",
    )
    .bind::<Integer, _>(minutes)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.organization_id).collect())
}

/// Who sent something by which service in the last hours.
pub async fn senders(conn: &mut Conn, hours: i32) -> QueryResult<Vec<(i64, String)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        organization_id: i64,
        #[diesel(sql_type = Text)]
        service: String,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT DISTINCT d.organization_id, d.service FROM delivery_stat d \
         WHERE d.bucket >= now() - make_interval(hours => $1) ORDER BY 1, 2",
    )
    .bind::<Integer, _>(hours)
    .cached()
    .load(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organization_id, row.service))
        .collect())
}

/// Something that a rule on errors noticed.
#[derive(Debug, Clone, QueryableByName)]
pub struct AlertRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// 0: any.
    #[diesel(sql_type = Integer)]
    pub error_code: i32,
    #[diesel(sql_type = Double)]
    pub percent: f64,
    /// Texts that were tried in that time.
    #[diesel(sql_type = Integer)]
    pub texts: i32,
    #[diesel(sql_type = Integer)]
    pub minutes: i32,
    #[diesel(sql_type = Bool)]
    pub did_pause: bool,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Writes an alert down, unless the same was noticed within its own time; and pauses the campaign if it is to. Returns
/// whether it is news. One transaction, in which the campaign is locked, so that two processes notice once.
pub async fn alert(
    conn: &mut Conn,
    organization_id: i64,
    found: &RecentErrors,
    percent: f64,
    minutes: i32,
    pause_reason: Option<&str>,
) -> QueryResult<bool> {
    let inserted = diesel::sql_query(
        "WITH locked AS MATERIALIZED (SELECT ca.id FROM campaign ca WHERE ca.id = $2 AND NOT ca.is_paused \
             FOR NO KEY UPDATE), \
         noted AS (INSERT INTO delivery_alert (organization_id, campaign_id, error_code, percent, texts, minutes, did_pause) \
             SELECT $1, l.id, $3, $4, $5, $6, $7::text IS NOT NULL FROM locked l WHERE NOT EXISTS ( \
                 SELECT 1 FROM delivery_alert a WHERE a.organization_id = $1 AND a.campaign_id = $2 \
                     AND a.error_code = $3 AND a.created_at > now() - make_interval(mins => $6)) RETURNING campaign_id), \
         paused AS (UPDATE campaign ca SET is_paused = true, pause_reason = $7 FROM noted n \
             WHERE ca.id = n.campaign_id AND $7::text IS NOT NULL) \
         SELECT campaign_id AS id FROM noted",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(found.campaign_id)
    .bind::<Integer, _>(found.error_code)
    .bind::<Double, _>(percent)
    .bind::<Integer, _>(i32::try_from(found.tried).unwrap_or(i32::MAX))
    .bind::<Integer, _>(minutes)
    .bind::<Nullable<Text>, _>(pause_reason)
    .cached()
    .execute(conn)
    .await?;
    Ok(inserted > 0)
}

/// An organization's alerts, newest first.
pub async fn alerts(conn: &mut Conn, organization_id: i64, limit: i64) -> QueryResult<Vec<AlertRow>> {
    diesel::sql_query(
        "SELECT a.id, a.campaign_id, a.error_code, a.percent, a.texts, a.minutes, a.did_pause, a.created_at \
         FROM delivery_alert a WHERE a.organization_id = $1 ORDER BY a.id DESC LIMIT $2",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// A text that never left, or may not have.
#[derive(Debug, Clone, QueryableByName)]
pub struct DeadLetter {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its contact; none when it has none.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub contact_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Text)]
    pub service: String,
    /// `UNKNOWN` or `ERROR`.
    #[diesel(sql_type = Text)]
    pub send_status: String,
    #[diesel(sql_type = Nullable<Integer>)]
    pub error_code: Option<i32>,
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was tried last.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub tried_at: Option<DateTime<Utc>>,
}

/// Texts that never left, or may not have, and that nobody has dropped, by id.
pub async fn dead_letters(
    conn: &mut Conn,
    organization_id: i64,
    campaign_id: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<DeadLetter>> {
    diesel::sql_query(
        "SELECT m.id, m.campaign_contact_id AS contact_id, m.campaign_id, m.contact_number, m.text, m.service, \
             m.send_status, m.error_code, m.attempts, m.created_at, m.service_response_at AS tried_at \
         FROM message m WHERE m.organization_id = $1 AND m.id > coalesce($3, 0) \
             AND (m.send_status = 'UNKNOWN' OR (m.send_status = 'ERROR' AND m.sent_at IS NULL)) \
             AND m.dropped_at IS NULL AND ($2::bigint IS NULL OR m.campaign_id = $2) ORDER BY m.id LIMIT $4",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<BigInt>, _>(campaign_id)
    .bind::<Nullable<BigInt>, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// What a person wants done with dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Send them after all; of those that may have left too.
    Retry,
    /// No more of them.
    Drop,
}

/// Retries or drops an organization's dead letters; those of other organizations and other texts stay as they are.
/// Contacts first and by id, as everywhere. What is retried is judged again like any queued text.
pub async fn decide(
    conn: &mut Conn,
    organization_id: i64,
    message_ids: &[i64],
    decision: Decision,
) -> QueryResult<Vec<ChangedContact>> {
    diesel::sql_query(
        "WITH locked AS MATERIALIZED (SELECT cc.id FROM campaign_contact cc WHERE cc.id IN ( \
             SELECT m.campaign_contact_id FROM message m WHERE m.id = ANY ($2) AND m.organization_id = $1) \
             ORDER BY cc.id FOR NO KEY UPDATE), \
         chosen AS MATERIALIZED (SELECT m.id FROM message m WHERE m.id = ANY ($2) AND m.organization_id = $1 \
             AND (SELECT count(*) FROM locked) >= 0 ORDER BY m.id FOR NO KEY UPDATE), \
         changed AS (UPDATE message m SET \
             send_status = CASE WHEN $3 THEN 'QUEUED' WHEN m.send_status = 'UNKNOWN' THEN 'UNKNOWN' ELSE 'NOT_ATTEMPTED' END, \
             error_code = CASE WHEN $3 OR m.send_status = 'UNKNOWN' THEN m.error_code ELSE -103 END, \
             dropped_at = CASE WHEN $3 THEN NULL ELSE now() END, \
             available_at = CASE WHEN $3 THEN now() ELSE 'infinity' END, failures = 0, settle_attempts = 0 \
             FROM chosen c WHERE m.id = c.id AND m.dropped_at IS NULL \
                 AND (m.send_status = 'UNKNOWN' OR (m.send_status = 'ERROR' AND m.sent_at IS NULL)) \
             RETURNING m.campaign_contact_id), \
         cleared AS (UPDATE campaign_contact cc SET error_code = NULL FROM changed ch \
             WHERE cc.id = ch.campaign_contact_id AND cc.error_code IS NOT NULL AND $3) \
         SELECT cc.campaign_id, cc.assignment_id, cc.id AS contact_id \
         FROM changed ch JOIN campaign_contact cc ON cc.id = ch.campaign_contact_id",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Array<BigInt>, _>(message_ids)
    .bind::<Bool, _>(decision == Decision::Retry)
    .cached()
    .load(conn)
    .await
}

/// First messages as they would go to some of a campaign's contacts, at most `limit`, spread over all of them.
pub async fn sample_texts(
    conn: &mut Conn,
    campaign_id: i64,
    texter: (&str, &str),
    limit: i64,
) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT trim_space(render_script(ca.initial_script, cc, $2, $3, NULL)) AS text FROM campaign ca \
         CROSS JOIN LATERAL ((SELECT cc.* FROM campaign_contact cc WHERE cc.campaign_id = ca.id ORDER BY cc.id LIMIT $4) \
             UNION (SELECT cc.* FROM campaign_contact cc WHERE cc.campaign_id = ca.id ORDER BY cc.id DESC LIMIT $4)) cc \
         WHERE ca.id = $1",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(texter.0)
    .bind::<Text, _>(texter.1)
    .bind::<BigInt, _>(limit / 2)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}
