//! How fast texts may go, for whom: limits that people set, and what vendors taught us.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

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
