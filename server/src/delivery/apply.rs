//! Applies what vendors told us, many events at once.
//!
//! A batch locks its contacts in one order and changes their counts in one statement. What needs more than that (a
//! request to stop, to come back or for help, a report that the contact told the carrier to stop) has a transaction of its own, and so has each
//! event of a batch that failed: a bad one must not keep the others.

use std::{collections::HashMap, time::Duration};

use bellwether_db::{
    AsyncConnection, Conn, DatabaseErrorKind, Error, QueryResult,
    inbound_event::{self, PendingEvent, Receipt, Received, ReceivedMessage},
    inbound_rules::{self, InboundRules},
    message::outbox::ChangedContact,
    opt_out,
    pace::{self, Throttled},
};

use super::{
    Shutdown, backoff, is_stopping, receive, record,
    vendor::{ErrorClass, EventKind, InboundEvent, MalformedEvent, ReceiptEvent, ReceiptStatus, Vendors},
};
use crate::{
    app::App,
    error::{OpError, OpResult},
    failpoint,
};

/// Events applied at a time.
pub const BATCH: i64 = 200;
/// How often stored events are looked at when there were none.
pub const POLL: Duration = Duration::from_millis(150);
/// After a report that texts go too fast, nothing goes for so long; then at half the pace.
const THROTTLED_WAIT: Duration = Duration::from_secs(5);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Applies stored events until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let mut failures = 0;
    while !is_stopping(&shutdown) {
        match apply_batch(&app).await {
            Ok(0) => {
                failures = 0;
                backoff::pause(POLL, &mut shutdown).await;
            }
            Ok(_) => failures = 0,
            Err(error) => {
                tracing::warn!(failures, %error, "stored events cannot be applied");
                backoff::pause(backoff::delay(FIRST_WAIT, LONGEST_WAIT, failures), &mut shutdown).await;
                failures = failures.saturating_add(1);
            }
        }
    }
}

/// Applies all that is due now. Returns how many events were looked at. For tests.
pub async fn run_once(app: &App) -> OpResult<usize> {
    let mut total = 0;
    loop {
        match apply_batch(app).await? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

async fn apply_batch(app: &App) -> OpResult<usize> {
    let joined = super::parts::join(app).await?;
    // Reports first: they are cheap, and a text may answer what they are about.
    Ok(joined + apply_kind(app, EventKind::Receipt).await? + apply_kind(app, EventKind::Message).await?)
}

/// Why an event was not applied.
enum Fault {
    /// The database is away: that says nothing about the event.
    Database(Error),
    /// It cannot be applied as it is; of none when it is not known which of many.
    Event(Option<i64>, String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Whose fault an error is that came while an event was applied.
fn fault(error: Error, event_id: Option<i64>) -> Fault {
    use DatabaseErrorKind::{
        ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand,
    };
    match &error {
        Error::DatabaseError(
            ClosedConnection | ReadOnlyTransaction | SerializationFailure | UnableToSendCommand,
            _,
        )
        | Error::BrokenTransactionManager => Fault::Database(error),
        _ => Fault::Event(event_id, error.to_string()),
    }
}

/// Puts an event off, or after many attempts aside.
async fn put_off(conn: &mut Conn, fault: Fault) -> OpResult<()> {
    match fault {
        Fault::Event(Some(event_id), reason) => {
            tracing::error!(inbound_event.id = event_id, %reason, "a vendor's event cannot be applied");
            inbound_event::fail(conn, &[event_id], &reason).await?;
            Ok(())
        }
        Fault::Event(None, reason) => Err(OpError::Unexpected(reason)),
        Fault::Database(error) => Err(error.into()),
    }
}

fn read(vendors: &Vendors, stored: &PendingEvent) -> Result<InboundEvent, MalformedEvent> {
    let vendor = vendors
        .get(&stored.service)
        .ok_or_else(|| MalformedEvent("no such service".to_owned()))?;
    let kind = EventKind::parse(&stored.kind).ok_or_else(|| MalformedEvent("no such kind".to_owned()))?;
    vendor.parse_stored(kind, &stored.payload)
}

/// Applies a batch of events of a kind. Those that need a transaction of their own get one afterwards; when one of
/// the others spoils the batch, all do. Returns how many were looked at.
async fn apply_kind(app: &App, kind: EventKind) -> OpResult<usize> {
    let mut conn = app.worker_db().await?;
    let mut seen = Vec::new();
    let applied = conn
        .transaction(async |conn| {
            let stored = inbound_event::claim_pending(conn, kind.as_str(), BATCH).await?;
            seen = stored.iter().map(|event| event.id).collect();
            let rules = rules_of(conn, &stored).await?;
            let (mut together, mut alone) = (Vec::new(), Vec::new());
            for stored in &stored {
                // What cannot be read, or whose rules are not known, is told apart when it is taken alone.
                match read(&app.vendors, stored) {
                    Ok(event) if !is_for_itself(&app.vendors, &rules, stored, &event) => {
                        together.push((stored, event));
                    }
                    _ => alone.push(stored.id),
                }
            }
            let changed = apply_together(conn, &together)
                .await
                .map_err(|error| fault(error, None))?;
            if !together.is_empty() {
                failpoint!("apply-before-commit");
            }
            Ok::<_, Fault>((changed, throttled(&app.vendors, &together), alone))
        })
        .await;
    let alone = match applied {
        Ok((changed, throttled, alone)) => {
            if !seen.is_empty() {
                failpoint!("apply-after-commit");
            }
            record::tell(&app.events, &changed);
            heed(&mut conn, &throttled).await;
            alone
        }
        Err(Fault::Event(_, reason)) => {
            tracing::warn!(%reason, events = seen.len(), "a vendor's events are applied one by one");
            seen.clone()
        }
        Err(fault) => return put_off(&mut conn, fault).await.map(|()| 0),
    };
    for event_id in alone {
        match apply_alone(app, &mut conn, event_id).await {
            Ok(changed) => record::tell(&app.events, &changed),
            Err(fault) => put_off(&mut conn, fault).await?,
        }
    }
    Ok(seen.len())
}

/// Reports that say that too much goes at once, or went today.
fn throttled(vendors: &Vendors, events: &[(&PendingEvent, InboundEvent)]) -> Vec<Throttled> {
    let reports = events.iter().filter_map(|(stored, event)| match event {
        InboundEvent::Receipt(ReceiptEvent {
            status: ReceiptStatus::Failed,
            error_code: Some(code),
            service_id,
            ..
        }) => {
            let vendor = vendors.get(&stored.service)?;
            let is_limited = vendor
                .error_meaning(*code)
                .is_some_and(|meaning| meaning.class == ErrorClass::RateLimited);
            is_limited.then(|| Throttled {
                service: stored.service.clone(),
                service_id: service_id.clone(),
                code: *code,
                carrier: vendor.capped_carrier(*code),
            })
        }
        _ => None,
    });
    reports.collect()
}

/// Slows down whom carriers throttled. A lesson that is lost comes again with the next report.
async fn heed(conn: &mut Conn, reports: &[Throttled]) {
    if reports.is_empty() {
        return;
    }
    match pace::heed_reports(conn, reports, THROTTLED_WAIT.as_secs_f64()).await {
        Ok(_) => tracing::info!(reports = reports.len(), "carriers throttle: sending slows down"),
        Err(error) => tracing::warn!(%error, "a lesson is not written down"),
    }
}

/// The rules of the organizations that these events name.
async fn rules_of(conn: &mut Conn, events: &[PendingEvent]) -> QueryResult<HashMap<i64, InboundRules>> {
    let mut ids: Vec<i64> = events
        .iter()
        .filter(|event| event.kind == EventKind::Message.as_str())
        .filter_map(|event| event.organization_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rules = inbound_rules::for_organizations(conn, &ids).await?;
    Ok(rules
        .into_iter()
        .filter_map(|rules| Some((rules.organization_id?, rules)))
        .collect())
}

/// Whether an event needs a transaction of its own.
fn is_for_itself(
    vendors: &Vendors,
    rules: &HashMap<i64, InboundRules>,
    stored: &PendingEvent,
    event: &InboundEvent,
) -> bool {
    match event {
        InboundEvent::Message(_) => {
            let rules = stored.organization_id.and_then(|id| rules.get(&id));
            rules
                .and_then(|rules| receive::text_of(rules, &stored.service, stored.organization_id, event))
                .is_none_or(|text| receive::needs_own_transaction(&text))
        }
        InboundEvent::Receipt(_) => says_opted_out(vendors, stored, event),
    }
}

/// Whether a delivery report says that the contact told the vendor or the carrier to stop.
fn says_opted_out(vendors: &Vendors, stored: &PendingEvent, event: &InboundEvent) -> bool {
    match event {
        InboundEvent::Receipt(ReceiptEvent {
            status: ReceiptStatus::Failed,
            error_code: Some(code),
            ..
        }) => vendors
            .get(&stored.service)
            .is_some_and(|vendor| vendor.is_opt_out_code(*code)),
        _ => false,
    }
}

async fn apply_together(
    conn: &mut Conn,
    events: &[(&PendingEvent, InboundEvent)],
) -> QueryResult<Vec<ChangedContact>> {
    let mut changed = Vec::new();
    let texts: Vec<_> = events
        .iter()
        .filter_map(|(stored, event)| {
            // Judged before: there is nothing in it but words for a texter.
            let text = receive::text_of(
                &InboundRules::default(),
                &stored.service,
                stored.organization_id,
                event,
            )?;
            Some(ReceivedMessage {
                event_id: stored.id,
                ..text
            })
        })
        .collect();
    if !texts.is_empty() {
        changed = inbound_event::receive_messages(conn, &texts).await?;
    }
    let receipts: Vec<_> = events
        .iter()
        .filter_map(|(stored, event)| receipt_of(stored.id, event))
        .collect();
    if !receipts.is_empty() {
        changed.extend(inbound_event::apply_receipts(conn, &receipts).await?);
    }
    Ok(changed)
}

fn receipt_of(event_id: i64, event: &InboundEvent) -> Option<Receipt> {
    match event {
        InboundEvent::Message(_) => None,
        InboundEvent::Receipt(receipt) => Some(Receipt {
            event_id,
            service_id: receipt.service_id.clone(),
            message_id: receipt.message_id,
            status: receipt.status.send_status(),
            error_code: receipt.error_code,
            user_number: receipt.user_number.clone(),
            segments: receipt.segments,
            cost_micros: receipt.cost_micros,
            carrier: receipt.carrier.clone(),
        }),
    }
}

/// Applies one event in a transaction of its own.
async fn apply_alone(app: &App, conn: &mut Conn, event_id: i64) -> Result<Vec<ChangedContact>, Fault> {
    let id = Some(event_id);
    conn.transaction(async |conn| {
        let Some(stored) = inbound_event::claim_one(conn, event_id).await? else {
            return Ok(Vec::new());
        };
        let event = read(&app.vendors, &stored).map_err(|error| Fault::Event(id, error.to_string()))?;
        apply_one(app, conn, &stored, &event)
            .await
            .map_err(|error| fault(error, id))
            .inspect(|_| {
                failpoint!("apply-alone-before-commit");
            })
    })
    .await
    .inspect(|_| {
        failpoint!("apply-alone-after-commit");
    })
}

async fn apply_one(
    app: &App,
    conn: &mut Conn,
    stored: &PendingEvent,
    event: &InboundEvent,
) -> QueryResult<Vec<ChangedContact>> {
    let mut changed = Vec::new();
    let rules = receive::rules_for(conn, &stored.service, stored.organization_id, event).await?;
    if let Some(text) = receive::text_of(&rules, &stored.service, stored.organization_id, event) {
        let text = ReceivedMessage {
            event_id: stored.id,
            ..text
        };
        let rows = inbound_event::receive_message(conn, &text).await?;
        changed.extend(rows.iter().filter_map(Received::changed_contact));
    }
    if let Some(receipt) = receipt_of(stored.id, event) {
        if says_opted_out(&app.vendors, stored, event)
            && let Some(text) = inbound_event::text_of_receipt(conn, stored, &receipt).await?
        {
            // First, since it locks all contacts with that cell (R05, R17).
            let (organization_id, cell) = (text.organization_id, &text.contact_number);
            changed = opt_out::opt_out_cell(conn, organization_id, cell, text.assignment_id, "vendor", None)
                .await?;
        }
        changed.extend(inbound_event::apply_receipts(conn, &[receipt]).await?);
    }
    Ok(changed)
}
