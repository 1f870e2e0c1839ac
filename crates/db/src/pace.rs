//! How fast texts may go, for whom: limits that people set, and what vendors taught us.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Where a day of limits ends when nobody says: T-Mobile's cap, the strictest of the carriers', is reset at midnight
/// Pacific (<https://support.bandwidth.com/hc/en-us/articles/1500002422242>; rules.md 2b).
pub const DEFAULT_DAY_ZONE: &str = "America/Los_Angeles";

/// A limit, and how it stands.
#[derive(Debug, Clone, QueryableByName)]
pub struct PaceRow {
    /// `account`, `service`, `number` or `carrier`.
    #[diesel(sql_type = Text)]
    pub scope: String,
    /// Which messaging service, number or carrier; empty: the usual one.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// Texts per second that a person allows.
    #[diesel(sql_type = Nullable<Double>)]
    pub per_second: Option<f64>,
    /// Texts per day that a person allows.
    #[diesel(sql_type = Nullable<Integer>)]
    pub per_day: Option<i32>,
    /// Where that day ends.
    #[diesel(sql_type = Text)]
    pub day_zone: String,
    /// Texts that went on that day.
    #[diesel(sql_type = Integer)]
    pub sent_today: i32,
    /// Texts per second that are allowed now, all told; none: as many as there are.
    #[diesel(sql_type = Nullable<Double>)]
    pub rate: Option<f64>,
    /// Nothing goes before.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub blocked_until: Option<DateTime<Utc>>,
    /// The vendor's code that taught it.
    #[diesel(sql_type = Nullable<Integer>)]
    pub code: Option<i32>,
    /// Why nothing goes, in words.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// Whether the vendor does not serve the account.
    #[diesel(sql_type = Bool)]
    pub is_refused: bool,
}

/// The limits of an organization.
pub async fn for_organization(conn: &mut Conn, organization_id: i64) -> QueryResult<Vec<PaceRow>> {
    diesel::sql_query(
        "SELECT p.scope, p.key, p.per_second, p.per_day, p.day_zone, p.code, p.reason, p.refusals > 0 AS is_refused, \
             CASE WHEN p.day = (now() AT TIME ZONE p.day_zone)::date THEN p.day_count ELSE 0 END AS sent_today, \
             pace_rate(p) AS rate, CASE WHEN p.blocked_until > now() THEN p.blocked_until END AS blocked_until \
         FROM pace p WHERE p.organization_id = $1 ORDER BY p.scope, p.key",
    )
    .bind::<BigInt, _>(organization_id)
    .cached()
    .load(conn)
    .await
}

/// Sets or lifts a person's limits. The zone is one that PostgreSQL knows.
pub async fn set_limits(
    conn: &mut Conn,
    organization_id: i64,
    scope: &str,
    key: &str,
    per_second: Option<f64>,
    per_day: Option<i32>,
    day_zone: &str,
) -> QueryResult<usize> {
    diesel::sql_query(
        "INSERT INTO pace (organization_id, scope, key, per_second, per_day, day_zone) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (organization_id, scope, key) DO UPDATE SET per_second = excluded.per_second, \
             per_day = excluded.per_day, day_zone = excluded.day_zone",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(scope)
    .bind::<Text, _>(key)
    .bind::<Nullable<Double>, _>(per_second)
    .bind::<Nullable<Integer>, _>(per_day)
    .bind::<Text, _>(day_zone)
    .cached()
    .execute(conn)
    .await
}

/// The vendor asked for patience: nothing goes for `wait_seconds`, and then at half of `rate`.
pub async fn slow_down(
    conn: &mut Conn,
    organization_id: i64,
    scope: &str,
    key: &str,
    wait_seconds: f64,
    rate: f64,
    code: i32,
) -> QueryResult<usize> {
    diesel::sql_query("SELECT slow_down($1, $2, $3, make_interval(secs => $4), $5, $6)")
        .bind::<BigInt, _>(organization_id)
        .bind::<Text, _>(scope)
        .bind::<Text, _>(key)
        .bind::<Double, _>(wait_seconds)
        .bind::<Double, _>(rate)
        .bind::<Integer, _>(code)
        .cached()
        .execute(conn)
        .await
}

/// The vendor does not serve the account: nothing goes for a while (R16). Returns whether that is news.
pub async fn account_refused(
    conn: &mut Conn,
    organization_id: i64,
    code: i32,
    reason: &str,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_news: bool,
    }
    let row: Row = diesel::sql_query("SELECT account_refused($1, $2, $3) AS is_news")
        .bind::<BigInt, _>(organization_id)
        .bind::<Integer, _>(code)
        .bind::<Text, _>(reason)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.is_news)
}

/// The vendor serves the account again, or a person says so.
pub async fn account_accepted(conn: &mut Conn, organization_id: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE pace SET refusals = 0, reason = '', code = NULL, blocked_until = NULL \
         WHERE organization_id = $1 AND scope = 'account' AND refusals > 0",
    )
    .bind::<BigInt, _>(organization_id)
    .cached()
    .execute(conn)
    .await
}

/// A report that said that too much goes at once, or went today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttled {
    /// The vendor.
    pub service: String,
    /// Its id of the text.
    pub service_id: String,
    /// Its code.
    pub code: i32,
    /// The carrier whose day is used up; none: the organization's texts go too fast.
    pub carrier: Option<&'static str>,
}

/// Heeds reports of throttled texts: their organizations slow down, or send no more to a carrier until its day ends,
/// which is at midnight Pacific ([`DEFAULT_DAY_ZONE`]). The report tells the carrier of the contact's cell, too. Many
/// reports about one organization count once. One statement.
pub async fn heed_reports(conn: &mut Conn, reports: &[Throttled], wait_seconds: f64) -> QueryResult<usize> {
    let services: Vec<&str> = reports.iter().map(|report| report.service.as_str()).collect();
    let ids: Vec<&str> = reports.iter().map(|report| report.service_id.as_str()).collect();
    let codes: Vec<i32> = reports.iter().map(|report| report.code).collect();
    let carriers: Vec<Option<&str>> = reports.iter().map(|report| report.carrier).collect();
    diesel::sql_query(
        "WITH told AS MATERIALIZED (SELECT m.organization_id, m.contact_number, r.code, r.carrier \
             FROM unnest($1, $2, $3, $4) AS r (service, service_id, code, carrier) \
             JOIN message m ON m.service = r.service AND m.service_id = r.service_id AND NOT m.is_from_contact), \
         known AS (INSERT INTO cell_carrier AS k (cell, carrier) \
             SELECT DISTINCT t.contact_number, t.carrier FROM told t WHERE t.carrier IS NOT NULL ORDER BY 1 \
             ON CONFLICT (cell) DO UPDATE SET carrier = excluded.carrier, updated_at = now() \
             WHERE k.carrier <> excluded.carrier) \
         SELECT slow_down(d.organization_id, d.scope, d.key, \
             CASE WHEN d.scope = 'carrier' THEN ((date_trunc('day', now() AT TIME ZONE $6) + interval '1 day') \
                 AT TIME ZONE $6) - now() ELSE make_interval(secs => $5) END, coalesce(s.rate, 10), d.code) \
         FROM (SELECT DISTINCT ON (t.organization_id, t.carrier) t.organization_id, t.code, \
                 CASE WHEN t.carrier IS NULL THEN 'account' ELSE 'carrier' END AS scope, coalesce(t.carrier, '') AS key \
             FROM told t ORDER BY t.organization_id, t.carrier, t.code) d \
         CROSS JOIN LATERAL (SELECT max(b.texts / greatest(least(extract(epoch FROM now() - b.bucket), 300), 10))::float8 \
                 AS rate \
             FROM (SELECT x.bucket, sum(x.texts) AS texts FROM delivery_stat x \
                 WHERE x.organization_id = d.organization_id AND x.status = 'SENT' \
                     AND x.bucket > now() - interval '10 minutes' GROUP BY 1) b) s",
    )
    .bind::<Array<Text>, _>(services)
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Integer>, _>(codes)
    .bind::<Array<Nullable<Text>>, _>(carriers)
    .bind::<Double, _>(wait_seconds)
    .bind::<Text, _>(DEFAULT_DAY_ZONE)
    .cached()
    .execute(conn)
    .await
}
