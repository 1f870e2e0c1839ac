//! The outbox: texts are taken to be sent under a lease, and what became of each is written down.
//!
//! `attempts` doubles as the lease's token: whoever holds an older one may no longer send, and of what it learns only
//! "accepted" still counts, since that is a fact about the world.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// After so many failures a text that could not be handed over is given up.
pub const MAX_FAILURES: i16 = 12;

/// A text that was due, and what the claim made of it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Claimed {
    /// The text.
    #[diesel(sql_type = BigInt)]
    pub message_id: i64,
    /// Its contact.
    #[diesel(sql_type = BigInt)]
    pub contact_id: i64,
    /// The contact's campaign.
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// Whose contact it is.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// The organization.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The contact's cell.
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    /// The number to send from; empty lets the vendor choose.
    #[diesel(sql_type = Text)]
    pub user_number: String,
    /// The campaign's own messaging service; empty: the account's.
    #[diesel(sql_type = Text)]
    pub messaging_service: String,
    /// What to say.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// The vendor.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// This attempt's number.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    /// Must not be sent from then on.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub send_before: Option<DateTime<Utc>>,
    /// `SENDING`: the caller holds it. `QUEUED`: held until texting hours. `NOT_ATTEMPTED`, `UNKNOWN`: will not be sent.
    #[diesel(sql_type = Text)]
    pub send_status: String,
    /// Whether an earlier holder vanished, so that it may have left already.
    #[diesel(sql_type = Bool)]
    pub is_resend: bool,
    /// Whether the contact's texting hours are open; only a resend comes when they are not.
    #[diesel(sql_type = Bool)]
    pub is_open: bool,
}

impl Claimed {
    /// Whether the caller now holds it.
    pub fn is_held(&self) -> bool {
        self.send_status == "SENDING"
    }
}

/// How a claim chooses numbers to send from.
#[derive(Debug, Clone, Copy)]
pub struct NumberChoice<'a> {
    /// Services that must be told a number.
    pub services: &'a [&'a str],
    /// First messages of a number in a day, where the organization has set nothing else.
    pub daily_share: i32,
}

/// Takes up to `limit` texts whose turn it is, each under a lease of `lease_seconds`, and judges each again.
pub async fn claim(
    conn: &mut Conn,
    limit: i32,
    lease_seconds: f64,
    now: DateTime<Utc>,
    numbers: NumberChoice<'_>,
) -> QueryResult<Vec<Claimed>> {
    diesel::sql_query("SELECT * FROM claim_messages($1, make_interval(secs => $2), $3, $4, $5)")
        .bind::<Integer, _>(limit)
        .bind::<Double, _>(lease_seconds)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<Text>, _>(numbers.services)
        .bind::<Integer, _>(numbers.daily_share)
        .cached()
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Which of these `(message, attempt)` may go out right now: still held by that attempt, with at least
/// `margin_seconds` of the lease left, the contact has not opted out and the campaign was not stopped since.
pub async fn still_wanted(
    conn: &mut Conn,
    held: &[(i64, i16)],
    margin_seconds: f64,
) -> QueryResult<Vec<i64>> {
    let (ids, attempts): (Vec<i64>, Vec<i16>) = held.iter().copied().unzip();
    let rows: Vec<Id> = diesel::sql_query(
        "SELECT m.id FROM unnest($1, $2) AS h (id, attempt) JOIN message m ON m.id = h.id \
         WHERE m.send_status = 'SENDING' AND m.attempts = h.attempt \
             AND m.available_at > now() + make_interval(secs => $3) \
             AND (m.is_opt_out_confirmation OR NOT is_opted_out(m.organization_id, m.contact_number)) \
             AND NOT EXISTS (SELECT 1 FROM campaign ca \
                 WHERE ca.id = m.campaign_id AND (ca.is_archived OR ca.is_paused))",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<SmallInt>, _>(attempts)
    .bind::<Double, _>(margin_seconds)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The text.
    pub message_id: i64,
    /// The attempt's number.
    pub attempt: i16,
    /// What happened.
    pub kind: OutcomeKind,
}

/// What a vendor made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeKind {
    /// It took it.
    Accepted {
        /// The vendor's id of the text.
        service_id: Option<String>,
        /// The number that it is sent from.
        user_number: String,
        /// The segments that it counts as.
        segments: i16,
    },
    /// It will never take it.
    Failed {
        /// Why.
        code: i32,
    },
    /// It did not take it this time, for certain. After some such failures it never will.
    Retry {
        /// Why.
        code: i32,
        /// How long to wait.
        after: Duration,
    },
    /// It did not take it this time, for certain, and it has nothing to do with the text.
    Throttled {
        /// Why.
        code: i32,
        /// How long to wait.
        after: Duration,
    },
    /// Nobody can say; a delivery report may settle it, or the vendor is asked.
    Unknown {
        /// Why.
        code: i32,
        /// When the vendor is asked.
        after: Duration,
    },
}

/// A contact of which something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct ChangedContact {
    /// Its campaign.
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    /// Whose contact it is.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// The contact.
    #[diesel(sql_type = BigInt)]
    pub contact_id: i64,
}

/// Writes down what became of these attempts, in one statement. What an early delivery report has settled stays.
pub async fn record(conn: &mut Conn, outcomes: &[Outcome]) -> QueryResult<Vec<ChangedContact>> {
    let mut columns = Columns::default();
    for outcome in outcomes {
        columns.push(outcome);
    }
    diesel::sql_query("SELECT * FROM record_outcomes($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind::<Array<BigInt>, _>(columns.ids)
        .bind::<Array<SmallInt>, _>(columns.attempts)
        .bind::<Array<Text>, _>(columns.results)
        .bind::<Array<Nullable<Text>>, _>(columns.service_ids)
        .bind::<Array<Text>, _>(columns.user_numbers)
        .bind::<Array<Nullable<Integer>>, _>(columns.codes)
        .bind::<Array<Double>, _>(columns.waits)
        .bind::<Array<Nullable<SmallInt>>, _>(columns.segments)
        .bind::<SmallInt, _>(MAX_FAILURES)
        .cached()
        .load(conn)
        .await
}

#[derive(Default)]
struct Columns<'a> {
    ids: Vec<i64>,
    attempts: Vec<i16>,
    results: Vec<&'static str>,
    service_ids: Vec<Option<&'a str>>,
    user_numbers: Vec<&'a str>,
    codes: Vec<Option<i32>>,
    waits: Vec<f64>,
    segments: Vec<Option<i16>>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, outcome: &'a Outcome) {
        let (result, code, wait) = match &outcome.kind {
            OutcomeKind::Accepted { .. } => ("accepted", None, 0.0),
            OutcomeKind::Failed { code } => ("failed", Some(*code), 0.0),
            OutcomeKind::Retry { code, after } => ("retry", Some(*code), after.as_secs_f64()),
            OutcomeKind::Throttled { code, after } => ("throttled", Some(*code), after.as_secs_f64()),
            OutcomeKind::Unknown { code, after } => ("unknown", Some(*code), after.as_secs_f64()),
        };
        let (service_id, user_number, segments) = match &outcome.kind {
            OutcomeKind::Accepted {
                service_id,
                user_number,
                segments,
            } => (service_id.as_deref(), user_number.as_str(), Some(*segments)),
            _ => (None, "", None),
        };
        self.segments.push(segments);
        self.ids.push(outcome.message_id);
        self.attempts.push(outcome.attempt);
        self.results.push(result);
        self.service_ids.push(service_id);
        self.user_numbers.push(user_number);
        self.codes.push(code);
        self.waits.push(wait);
    }
}

/// Gives back claims of which nothing has begun: they are queued as before.
pub async fn release(conn: &mut Conn, held: &[(i64, i16)]) -> QueryResult<usize> {
    let (ids, attempts): (Vec<i64>, Vec<i16>) = held.iter().copied().unzip();
    diesel::sql_query(
        "UPDATE message m SET send_status = 'QUEUED', attempts = m.attempts - 1, available_at = now() \
         FROM unnest($1, $2) AS h (id, attempt) \
         WHERE m.id = h.id AND m.attempts = h.attempt AND m.send_status = 'SENDING'",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<SmallInt>, _>(attempts)
    .cached()
    .execute(conn)
    .await
}
