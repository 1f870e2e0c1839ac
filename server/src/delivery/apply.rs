//! Applies what vendors told us: texts one by one, delivery reports many at once.
//!
//! A text has a transaction of its own: a second one in the same transaction would lock a contact after the counts
//! of the first were locked, and two receivers could wait for each other. It also keeps a bad one from the others.

use std::time::Duration;

use bellwether_db::{
    AsyncConnection, Conn, DatabaseErrorKind, Error,
    inbound_event::{self, PendingEvent, Receipt},
    message::outbox::ChangedContact,
    opt_out,
};

use super::{
    Shutdown, backoff, is_stopping, receive, record,
    vendor::{EventKind, InboundEvent, MalformedEvent, ReceiptStatus, Vendors},
};
use crate::{
    app::App,
    error::{OpError, OpResult},
};

/// Delivery reports applied at a time.
pub const BATCH: i64 = 200;
/// Texts applied before it is the reports' turn again.
const TEXTS: usize = 50;
/// How often stored events are looked at when there were none.
pub const POLL: Duration = Duration::from_millis(150);
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
    let mut count = 0;
    while count < TEXTS && apply_text(app).await? {
        count += 1;
    }
    Ok(count + apply_receipts(app).await?)
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
    use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand};
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
    let vendor = vendors.get(&stored.service).ok_or_else(|| MalformedEvent("no such service".to_owned()))?;
    let kind = EventKind::parse(&stored.kind).ok_or_else(|| MalformedEvent("no such kind".to_owned()))?;
    vendor.parse_webhook(kind, &stored.payload)
}

/// Applies the oldest text. Returns whether there was one.
async fn apply_text(app: &App) -> OpResult<bool> {
    let mut conn = app.worker_db().await?;
    let vendors = &app.vendors;
    let applied = conn
        .transaction(async |conn| {
            let Some(stored) = inbound_event::claim_pending(conn, "message", 1).await?.pop() else {
                return Ok(None);
            };
            let id = Some(stored.id);
            let event = read(vendors, &stored).map_err(|error| Fault::Event(id, error.to_string()))?;
            receive::receive(conn, stored.id, &stored.service, stored.organization_id, &event)
                .await
                .map(Some)
                .map_err(|error| fault(error, id))
        })
        .await;
    match applied {
        Ok(None) => Ok(false),
        Ok(Some(rows)) => {
            receive::tell(&app.events, &rows);
            Ok(true)
        }
        Err(fault) => put_off(&mut conn, fault).await.map(|()| true),
    }
}

/// Applies a batch of delivery reports. Those that need a transaction of their own get one afterwards; when one of
/// the others spoils the batch, all do.
async fn apply_receipts(app: &App) -> OpResult<usize> {
    let mut conn = app.worker_db().await?;
    let vendors = &app.vendors;
    let mut seen = Vec::new();
    let applied = conn
        .transaction(async |conn| {
            let stored = inbound_event::claim_pending(conn, "receipt", BATCH).await?;
            seen = stored.iter().map(|event| event.id).collect();
            // What cannot be read is told apart when it is taken alone.
            let (together, alone): (Vec<_>, Vec<_>) = stored
                .iter()
                .map(|event| (event.id, read_receipt(vendors, event).ok()))
                .partition(|(_, read)| read.as_ref().is_some_and(|(_, is_opt_out)| !is_opt_out));
            let receipts: Vec<Receipt> = together.into_iter().filter_map(|(_, read)| Some(read?.0)).collect();
            let changed = if receipts.is_empty() {
                Vec::new()
            } else {
                inbound_event::apply_receipts(conn, &receipts).await.map_err(|error| fault(error, None))?
            };
            Ok::<_, Fault>((changed, alone.into_iter().map(|(id, _)| id).collect::<Vec<_>>()))
        })
        .await;
    let alone = match applied {
        Ok((changed, alone)) => {
            record::tell(&app.events, &changed);
            alone
        }
        Err(Fault::Event(_, reason)) => {
            tracing::warn!(%reason, events = seen.len(), "delivery reports are applied one by one");
            seen.clone()
        }
        Err(fault) => return put_off(&mut conn, fault).await.map(|()| 0),
    };
    for event_id in alone {
        match apply_receipt(vendors, &mut conn, event_id).await {
            Ok(changed) => record::tell(&app.events, &changed),
            Err(fault) => put_off(&mut conn, fault).await?,
        }
    }
    Ok(seen.len())
}

/// The report, and whether it says that the contact told the carrier to stop.
fn read_receipt(vendors: &Vendors, stored: &PendingEvent) -> Result<(Receipt, bool), MalformedEvent> {
    let InboundEvent::Receipt { service_id, message_id, status, error_code } = read(vendors, stored)? else {
        return Err(MalformedEvent("not a delivery report".to_owned()));
    };
    let is_opt_out = status == ReceiptStatus::Failed
        && error_code.is_some_and(|code| {
            vendors.get(&stored.service).is_some_and(|vendor| vendor.is_opt_out_code(code))
        });
    let status = status.send_status();
    Ok((Receipt { event_id: stored.id, service_id, message_id, status, error_code }, is_opt_out))
}

/// Applies one delivery report in a transaction of its own.
async fn apply_receipt(vendors: &Vendors, conn: &mut Conn, event_id: i64) -> Result<Vec<ChangedContact>, Fault> {
    conn.transaction(async |conn| {
        let Some(stored) = inbound_event::claim_one(conn, event_id).await? else { return Ok(Vec::new()) };
        let id = Some(event_id);
        let (receipt, is_opt_out) =
            read_receipt(vendors, &stored).map_err(|error| Fault::Event(id, error.to_string()))?;
        let mut changed = Vec::new();
        if is_opt_out && let Some(text) = inbound_event::text_of_receipt(conn, &stored, &receipt).await? {
            // First, since it locks all contacts with that cell (R05, R17).
            let (organization_id, cell) = (text.organization_id, &text.contact_number);
            changed = opt_out::opt_out_cell(conn, organization_id, cell, text.assignment_id, "vendor", None)
                .await
                .map_err(|error| fault(error, id))?;
        }
        changed.extend(inbound_event::apply_receipts(conn, &[receipt]).await.map_err(|error| fault(error, id))?);
        Ok::<_, Fault>(changed)
    })
    .await
}
