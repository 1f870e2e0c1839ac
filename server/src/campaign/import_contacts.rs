//! Replaces a campaign's contacts by those of a file: enqueued by `editCampaign`, done by the job `ingest.csv-upload`.
//!
//! Each batch of rows is one transaction together with the checkpoint that says how far the job is, so that a crash
//! neither repeats rows nor counts them twice.

mod enqueue;
pub(crate) mod reader;
mod spoke;
pub mod table;

use std::io;

use bellwether_db::{
    AsyncConnection, Conn,
    job_data::{self, IngestCounts},
    stored_file,
};
use bellwether_domain::contact_csv::Mapping;
use bellwether_queue::{JobError, JobRow, Lease};
use serde::{Deserialize, Serialize};

pub use self::enqueue::enqueue_import;
use self::reader::{Batch, Input, Item};
use crate::app::App;

/// The job's type, Spoke's name.
pub const JOB_TYPE: &str = "ingest.csv-upload";
/// The ingest method, Spoke's name.
pub const METHOD: &str = "csv-upload";
/// Rows that are no contacts are told of one by one up to this many.
pub const MAX_INVALID_LISTED: usize = 100;
/// Old contacts deleted in one transaction.
const DELETE_BATCH: i64 = 5_000;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    file_id: i64,
    /// None: Spoke's own form.
    mapping: Option<Mapping>,
}

/// A row that is no contact, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct InvalidRow {
    line: u64,
    reason: String,
}

/// What was done so far: the checkpoint, and at the end the result that users see.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    /// Whether the old contacts are gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_cleared: bool,
    rows: u64,
    contacts: i64,
    duplicates: i64,
    opted_out: i64,
    invalid_count: usize,
    invalid: Vec<InvalidRow>,
}

impl State {
    fn add(&mut self, batch: &Batch, inserted: job_data::Inserted) {
        self.rows = batch.rows;
        self.contacts += inserted.inserted;
        self.opted_out += inserted.opted_out;
        self.duplicates += batch.contacts.cell.len() as i64 - inserted.inserted - inserted.opted_out;
        self.invalid_count += batch.invalid.len();
        let room = MAX_INVALID_LISTED.saturating_sub(self.invalid.len());
        let listed = batch.invalid.iter().take(room);
        self.invalid.extend(listed.map(|(line, reason)| InvalidRow {
            line: *line,
            reason: reason.clone(),
        }));
    }
}

/// The job.
pub async fn import_contacts(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let (Some(campaign_id), Some(organization_id)) = (job.campaign_id, job.organization_id) else {
        return Err(JobError::Unexpected("the job names no campaign".to_owned()));
    };
    let payload: Payload = serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Unexpected(error.to_string()))?;
    let mut state: State = job
        .checkpoint
        .clone()
        .and_then(|checkpoint| serde_json::from_value(checkpoint).ok())
        .unwrap_or_default();
    let file = stored_file::of_campaign(
        &mut *worker_db(app).await?,
        payload.file_id,
        campaign_id,
        "contacts",
    )
    .await?;
    let file = file
        .ok_or_else(|| JobError::Refused("The uploaded file is gone. Please upload it again.".to_owned()))?;
    let mut items = reader::read(
        app.worker_pool.clone(),
        Input {
            file_id: file.id,
            size_bytes: file.size_bytes,
            mapping: payload.mapping,
            country: app.config.phone_number_country.clone(),
            skip_rows: state.rows,
            max_bytes: app.config.max_upload_bytes,
        },
    );
    let mut fields = Vec::new();
    while let Some(item) = items.recv().await {
        match item.map_err(file_error)? {
            Item::Fields(names) => fields = names,
            Item::Batch(batch) => {
                if batch.is_last && state.contacts + state.opted_out == 0 && batch.contacts.cell.is_empty() {
                    return Err(JobError::Refused(nothing_found(&state, &batch)));
                }
                clear(app, campaign_id, lease, &mut state).await?;
                let is_last = batch.is_last;
                store(app, (campaign_id, organization_id), lease, &mut state, *batch).await?;
                app.events.campaign_changed(campaign_id);
                if is_last {
                    return finish(app, campaign_id, file.id, lease, &state, &fields).await;
                }
            }
        }
    }
    Err(JobError::Unexpected("the file's reader stopped".to_owned()))
}

/// Tells users why a load did not end well.
pub async fn import_failed(
    conn: &mut Conn,
    campaign_id: i64,
    message: &str,
) -> bellwether_db::QueryResult<usize> {
    let result = serde_json::json!({ "errors": [message] }).to_string();
    job_data::ingest_failed(conn, campaign_id, &result).await
}

async fn clear(app: &App, campaign_id: i64, lease: &Lease, state: &mut State) -> Result<(), JobError> {
    while !state.is_cleared {
        let mut next = state.clone();
        let mut conn = worker_db(app).await?;
        let next = conn
            .transaction::<_, JobError, _>(async |conn| {
                refuse_started(conn, campaign_id).await?;
                next.is_cleared =
                    job_data::delete_contacts(conn, campaign_id, DELETE_BATCH).await? < DELETE_BATCH as usize;
                checkpoint(conn, lease, 0, &next).await?;
                Ok(next)
            })
            .await?;
        *state = next;
    }
    Ok(())
}

async fn store(
    app: &App,
    (campaign_id, organization_id): (i64, i64),
    lease: &Lease,
    state: &mut State,
    batch: Batch,
) -> Result<(), JobError> {
    let mut next = state.clone();
    let mut conn = worker_db(app).await?;
    *state = conn
        .transaction::<_, JobError, _>(async |conn| {
            refuse_started(conn, campaign_id).await?;
            let inserted =
                job_data::insert_contacts(conn, organization_id, campaign_id, &batch.contacts).await?;
            next.add(&batch, inserted);
            checkpoint(conn, lease, batch.percent, &next).await?;
            Ok(next)
        })
        .await?;
    Ok(())
}

async fn finish(
    app: &App,
    campaign_id: i64,
    file_id: i64,
    lease: &Lease,
    state: &State,
    fields: &[String],
) -> Result<(), JobError> {
    let narrow = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let counts = IngestCounts {
        contacts: narrow(state.contacts),
        opted_out: narrow(state.opted_out),
        duplicates: narrow(state.duplicates),
    };
    let result = State {
        is_cleared: false,
        ..state.clone()
    };
    let result = serde_json::to_string(&result).map_err(|error| JobError::Unexpected(error.to_string()))?;
    worker_db(app)
        .await?
        .transaction::<_, JobError, _>(async |conn| {
            job_data::ingest_succeeded(conn, campaign_id, counts, &result, fields).await?;
            stored_file::delete(conn, file_id).await?;
            if bellwether_queue::complete(conn, lease).await? {
                Ok(())
            } else {
                Err(JobError::Stopped)
            }
        })
        .await
}

async fn checkpoint(conn: &mut Conn, lease: &Lease, percent: i32, state: &State) -> Result<(), JobError> {
    let value = serde_json::to_value(state).map_err(|error| JobError::Unexpected(error.to_string()))?;
    let is_held = bellwether_queue::progress(conn, lease, percent, Some(&value)).await?;
    if is_held { Ok(()) } else { Err(JobError::Stopped) }
}

async fn refuse_started(conn: &mut Conn, campaign_id: i64) -> Result<(), JobError> {
    match job_data::lock_campaign(conn, campaign_id).await? {
        Some(row) if row.is_started || row.is_archived => Err(JobError::Refused(
            "The campaign has started; its contacts cannot be replaced any more.".to_owned(),
        )),
        Some(_) => Ok(()),
        None => Err(JobError::Stopped),
    }
}

async fn worker_db(app: &App) -> Result<bellwether_db::PooledConn, JobError> {
    app.worker_db()
        .await
        .map_err(|error| JobError::Unexpected(error.to_string()))
}

fn file_error(error: io::Error) -> JobError {
    match error.kind() {
        io::ErrorKind::InvalidData => JobError::Refused(format!("The file could not be read: {error}.")),
        _ => JobError::Unexpected(error.to_string()),
    }
}

fn nothing_found(state: &State, batch: &Batch) -> String {
    let first = state.invalid.first().map(|row| (row.line, row.reason.as_str()));
    let first = first.or(batch
        .invalid
        .first()
        .map(|(line, reason)| (*line, reason.as_str())));
    match first {
        Some((line, reason)) => format!("No row of the file is a contact. Line {line}: {reason}."),
        None => "The file has a header and no rows.".to_owned(),
    }
}
