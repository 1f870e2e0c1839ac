//! Writes down what became of attempts. What a vendor said must not be lost to a database that is away for a moment.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bellwether_db::{
    AsyncConnection, DatabaseErrorKind, Error,
    message::{self, Claimed, Outcome, OutcomeKind, outbox::ChangedContact},
    opt_out, pace,
};

use super::{
    attempt::{Attempt, Lesson},
    backoff,
    vendor::PaceScope,
};
use crate::{app::App, error::OpError, events::Events, failpoint};

/// How often a record is tried: for about a minute. After that the lease has long run out, and what is not written
/// ends as UNKNOWN until a delivery report settles it.
const TRIES: u32 = 20;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Records what became of these texts and gives back what was not begun. Never fails: it logs.
pub async fn record(app: &App, attempts: &[(Claimed, Attempt)], rates: &Rates) {
    let mut lessons = HashMap::new();
    let mut outcomes = Vec::new();
    let mut opt_outs = Vec::new();
    let mut not_begun = Vec::new();
    for (text, attempt) in attempts {
        match attempt {
            Attempt::NotBegun => not_begun.push((text.message_id, text.attempts)),
            Attempt::Settled(kind, lesson) => {
                if matches!(kind, OutcomeKind::Accepted { .. }) {
                    rates.add_one(text.organization_id);
                }
                if let Some(lesson) = lesson {
                    lessons.insert((text.organization_id, key_of(lesson, text)), lesson);
                }
                let outcome = Outcome {
                    message_id: text.message_id,
                    attempt: text.attempts,
                    kind: kind.clone(),
                };
                if is_opt_out(app, &text.service, kind) {
                    opt_outs.push((text, outcome));
                } else {
                    outcomes.push(outcome);
                }
            }
        }
    }
    if !outcomes.is_empty() {
        failpoint!("record-before");
    }
    record_outcomes(app, &outcomes).await;
    if !outcomes.is_empty() {
        failpoint!("record-after");
    }
    for (text, outcome) in &opt_outs {
        write(app, &Note::OptOut(text, outcome)).await;
    }
    give_back(app, &not_begun).await;
    for ((organization_id, (scope, key)), lesson) in lessons {
        learn(app, organization_id, (scope, &key), lesson, rates).await;
    }
}

/// Texts that vendors took lately, by organization: what half of the pace is, when one asks for patience.
#[derive(Default)]
pub struct Rates(Mutex<HashMap<i64, Rate>>);

struct Rate {
    since: Instant,
    texts: u32,
    last: f64,
}

/// Over so long a time a rate is measured.
const RATE_WINDOW: Duration = Duration::from_secs(2);
/// The pace that is assumed of who has sent nothing yet.
const FIRST_RATE: f64 = 10.0;

impl Rates {
    fn add_one(&self, organization_id: i64) {
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = rates.entry(organization_id).or_insert(Rate {
            since: Instant::now(),
            texts: 0,
            last: FIRST_RATE,
        });
        let elapsed = rate.since.elapsed();
        if elapsed >= RATE_WINDOW {
            rate.last = f64::from(rate.texts) / elapsed.as_secs_f64();
            rate.since = Instant::now();
            rate.texts = 0;
        }
        rate.texts += 1;
    }

    /// Texts per second of an organization, of this process.
    fn of(&self, organization_id: i64) -> f64 {
        let rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rates.get(&organization_id).map_or(FIRST_RATE, |rate| {
            let now = f64::from(rate.texts) / rate.since.elapsed().as_secs_f64().max(1.0);
            rate.last.max(now).max(1.0)
        })
    }
}

/// Whom a lesson is for: scope and key of the table `pace`.
fn key_of(lesson: &Lesson, text: &Claimed) -> (&'static str, String) {
    match lesson {
        Lesson::SlowDown {
            scope: PaceScope::Number,
            ..
        } if !text.user_number.is_empty() => ("number", text.user_number.clone()),
        Lesson::SlowDown {
            scope: PaceScope::Number | PaceScope::Service,
            ..
        } => ("service", text.messaging_service.clone()),
        Lesson::SlowDown {
            scope: PaceScope::Account,
            ..
        }
        | Lesson::AccountRefused { .. } => ("account", String::new()),
    }
}

/// Writes down what others are to learn. A lesson that is lost comes again with the next answer.
async fn learn(app: &App, organization_id: i64, (scope, key): (&str, &str), lesson: &Lesson, rates: &Rates) {
    let learnt = async {
        let mut conn = app.worker_db().await?;
        match lesson {
            Lesson::SlowDown { code, wait, .. } => {
                let rate = rates.of(organization_id);
                let wait = wait.as_secs_f64();
                pace::slow_down(&mut conn, organization_id, scope, key, wait, rate, *code).await?;
                tracing::info!(
                    organization.id = organization_id,
                    scope,
                    code,
                    wait,
                    rate,
                    "sending slows down"
                );
            }
            Lesson::AccountRefused { code, reason } => {
                if pace::account_refused(&mut conn, organization_id, *code, reason).await? {
                    crate::metrics::REFUSED_ACCOUNTS.add_one();
                    tracing::error!(
                        organization.id = organization_id,
                        code,
                        reason,
                        "the vendor does not serve the account: sending waits"
                    );
                }
            }
        }
        Ok::<_, OpError>(())
    };
    if let Err(error) = learnt.await {
        tracing::warn!(organization.id = organization_id, %error, "a lesson is not written down");
    }
}

/// Gives back claims of which nothing has begun.
pub async fn give_back(app: &App, held: &[(i64, i16)]) {
    if !held.is_empty() {
        failpoint!("give-back-before");
        write(app, &Note::Release(held)).await;
    }
}

/// Tells subscribers.
pub fn tell(events: &Events, changed: &[ChangedContact]) {
    for contact in changed.iter().filter(|contact| contact.contact_id > 0) {
        events.contact_changed(contact.campaign_id, contact.assignment_id, contact.contact_id);
    }
}

fn is_opt_out(app: &App, service: &str, kind: &OutcomeKind) -> bool {
    match kind {
        OutcomeKind::Failed { code } => app
            .vendors
            .get(service)
            .is_some_and(|vendor| vendor.is_opt_out_code(*code)),
        _ => false,
    }
}

async fn record_outcomes(app: &App, outcomes: &[Outcome]) {
    if outcomes.is_empty() || write(app, &Note::Outcomes(outcomes)).await {
        return;
    }
    // One of them cannot be written as it is; the others must not suffer for it.
    for outcome in outcomes {
        if write(app, &Note::Outcomes(std::slice::from_ref(outcome))).await {
            continue;
        }
        if let OutcomeKind::Accepted {
            user_number,
            segments,
            ..
        } = &outcome.kind
        {
            // The vendor gave an id that another text has. That it took the text is true all the same.
            let kind = OutcomeKind::Accepted {
                service_id: None,
                user_number: user_number.clone(),
                segments: *segments,
            };
            let without_id = Outcome {
                kind,
                ..outcome.clone()
            };
            write(app, &Note::Outcomes(std::slice::from_ref(&without_id))).await;
        }
    }
}

/// Something to write down.
enum Note<'a> {
    Outcomes(&'a [Outcome]),
    /// A contact that told the carrier to stop is opted out here too, in the transaction that records it (R05, R17).
    OptOut(&'a Claimed, &'a Outcome),
    Release(&'a [(i64, i16)]),
}

/// Why a note was not written.
enum Fault {
    /// The database may take it later.
    Passing(String),
    /// It never will.
    Lasting(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::NotNullViolation,
                _,
            ) => Self::Lasting(error.to_string()),
            _ => Self::Passing(error.to_string()),
        }
    }
}

/// Writes a note, trying again while the database is away. Returns whether it is written.
async fn write(app: &App, note: &Note<'_>) -> bool {
    let message_id = match note {
        Note::Outcomes(outcomes) => outcomes.first().map(|outcome| outcome.message_id),
        Note::OptOut(text, _) => Some(text.message_id),
        Note::Release(held) => held.first().map(|(message_id, _)| *message_id),
    };
    for failures in 0..TRIES {
        match try_write(app, note).await {
            Ok(()) => return true,
            Err(Fault::Lasting(error)) => {
                tracing::error!(message.id = message_id, %error, "what became of texts cannot be recorded");
                return false;
            }
            Err(Fault::Passing(error)) => {
                tracing::warn!(message.id = message_id, failures, %error, "what became of texts is not recorded yet");
                tokio::time::sleep(backoff::delay(FIRST_WAIT, LONGEST_WAIT, failures)).await;
            }
        }
    }
    tracing::error!(message.id = message_id, "gave up recording what became of texts");
    false
}

async fn try_write(app: &App, note: &Note<'_>) -> Result<(), Fault> {
    let mut conn = app
        .worker_pool
        .get()
        .await
        .map_err(|error| Fault::Passing(error.to_string()))?;
    match note {
        Note::Outcomes(outcomes) => tell(&app.events, &message::record(&mut conn, outcomes).await?),
        Note::Release(held) => {
            message::release(&mut conn, held).await?;
        }
        Note::OptOut(text, outcome) => {
            let changed = conn
                .transaction(async |conn| {
                    let (organization_id, cell) = (text.organization_id, &text.contact_number);
                    let mut changed = opt_out::opt_out_cell(
                        conn,
                        organization_id,
                        cell,
                        text.assignment_id,
                        "vendor",
                        None,
                    )
                    .await?;
                    changed.extend(message::record(conn, std::slice::from_ref(outcome)).await?);
                    Ok::<_, Error>(changed)
                })
                .await?;
            tell(&app.events, &changed);
        }
    }
    Ok(())
}
