//! Writes down what became of attempts. What a vendor said must not be lost to a database that is away for a moment.

use std::time::Duration;

use bellwether_db::{
    AsyncConnection, DatabaseErrorKind, Error,
    message::{self, Claimed, Outcome, OutcomeKind, outbox::ChangedContact},
    opt_out,
};

use super::{attempt::Attempt, backoff};
use crate::{app::App, events::Events};

/// How often a record is tried: for about a minute. After that the lease has long run out, and what is not written
/// ends as UNKNOWN until a delivery report settles it.
const TRIES: u32 = 20;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Records what became of these texts and gives back what was not begun. Never fails: it logs.
pub async fn record(app: &App, attempts: &[(Claimed, Attempt)]) {
    let mut outcomes = Vec::new();
    let mut opt_outs = Vec::new();
    let mut not_begun = Vec::new();
    for (text, attempt) in attempts {
        match attempt {
            Attempt::NotBegun => not_begun.push((text.message_id, text.attempts)),
            Attempt::Settled(kind) => {
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
    record_outcomes(app, &outcomes).await;
    for (text, outcome) in &opt_outs {
        write(app, &Note::OptOut(text, outcome)).await;
    }
    give_back(app, &not_begun).await;
}

/// Gives back claims of which nothing has begun.
pub async fn give_back(app: &App, held: &[(i64, i16)]) {
    if !held.is_empty() {
        write(app, &Note::Release(held)).await;
    }
}

/// Tells subscribers.
pub fn tell(events: &Events, changed: &[ChangedContact]) {
    for contact in changed {
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
        if let OutcomeKind::Accepted { user_number, .. } = &outcome.kind {
            // The vendor gave an id that another text has. That it took the text is true all the same.
            let kind = OutcomeKind::Accepted {
                service_id: None,
                user_number: user_number.clone(),
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
