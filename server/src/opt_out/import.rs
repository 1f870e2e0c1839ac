//! Takes a list of opted-out cells in: enqueued by `importOptOuts`, done by the job `import_opt_outs`.
//!
//! Each batch of rows is one transaction together with the checkpoint that says how far the job is, so that a crash
//! neither loses rows nor counts them twice. Taken in again, a list changes nothing.

pub mod columns;
mod reader;

use std::io;

use bellwether_db::{
    AsyncConnection, Conn,
    opt_out_list::{self, Counts, TransferRow},
    stored_file,
};
use bellwether_queue::{JobError, JobRow, Lease};
use serde::{Deserialize, Serialize};

use self::reader::{Batch, Input};
use super::transfer;
use crate::{
    app::App,
    campaign::export::csv_file::guarded,
    delivery::record,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// The job's type.
pub const JOB_TYPE: &str = "import_opt_outs";
/// `stored_file.purpose` of a list that was uploaded.
pub const PURPOSE: &str = "opt_outs";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    transfer_id: i64,
    file_id: i64,
}

/// How far the job is: the checkpoint.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct State {
    rows: i64,
    added: i64,
    already: i64,
    invalid: i64,
    /// The file of rows without a cell, and how many pieces it has.
    invalid_file_id: Option<i64>,
    invalid_pieces: i32,
}

impl State {
    const fn counts(&self) -> Counts {
        Counts {
            rows: self.rows,
            added: self.added,
            already: self.already,
            invalid: self.invalid,
        }
    }
}

/// Whose list it is, and for whom its rows are noted.
#[derive(Debug, Clone, Copy)]
struct Target {
    transfer_id: i64,
    organization_id: i64,
    user_id: Option<i64>,
}

/// Enqueues the list that was uploaded under this id.
pub async fn import_opt_outs_of(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    upload_id: i64,
) -> OpResult<TransferRow> {
    requester.permit(Permission::ImportOptOuts, organization_id)?;
    let mut conn = app.db().await?;
    stored_file::of_organization(&mut conn, upload_id, organization_id, PURPOSE)
        .await?
        .ok_or_else(|| {
            OpError::bad_input("uploadId: there is no such upload; please upload the file again")
        })?;
    stored_file::keep(&mut conn, upload_id).await?;
    let mut payload = serde_json::Map::new();
    payload.insert("fileId".to_owned(), upload_id.into());
    let user_id = requester.user_id;
    let row = transfer::begin(&mut conn, organization_id, user_id, "IMPORT", JOB_TYPE, payload).await?;
    crate::jobs::wake();
    Ok(row)
}

/// The job.
pub async fn import_opt_outs(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let payload: Payload = serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Unexpected(error.to_string()))?;
    let mut state: State = job
        .checkpoint
        .clone()
        .and_then(|checkpoint| serde_json::from_value(checkpoint).ok())
        .unwrap_or_default();
    let mut conn = worker_db(app).await?;
    let Some(transfer) = opt_out_list::transfer(&mut conn, payload.transfer_id).await? else {
        return Err(JobError::Stopped);
    };
    let target = Target {
        transfer_id: transfer.id,
        organization_id: transfer.organization_id,
        user_id: transfer.user_id,
    };
    let file =
        stored_file::of_organization(&mut conn, payload.file_id, target.organization_id, PURPOSE).await?;
    let file = file
        .ok_or_else(|| JobError::Refused("The uploaded file is gone. Please upload it again.".to_owned()))?;
    drop(conn);
    let mut batches = reader::read(
        app.worker_pool.clone(),
        Input {
            file_id: file.id,
            size_bytes: file.size_bytes,
            country: app.config.phone_number_country.clone(),
            skip_rows: state.rows,
            now: app.now(),
        },
    );
    while let Some(batch) = batches.recv().await {
        let batch = batch.map_err(file_error)?;
        if batch.is_last && batch.rows == 0 {
            return Err(JobError::Refused("The file has no rows.".to_owned()));
        }
        store(app, target, lease, &mut state, &batch).await?;
        if batch.is_last {
            return finish(app, target, file.id, lease, &state).await;
        }
    }
    Err(JobError::Unexpected("the file's reader stopped".to_owned()))
}

async fn store(
    app: &App,
    target: Target,
    lease: &Lease,
    state: &mut State,
    batch: &Batch,
) -> Result<(), JobError> {
    let before = *state;
    let mut conn = worker_db(app).await?;
    let (next, changed) = conn
        .transaction::<_, JobError, _>(async |conn| {
            let mut next = before;
            let told = opt_out_list::add(conn, target.organization_id, target.user_id, &batch.cells).await?;
            let cells = batch.cells.cell.len() as i64;
            next.rows = batch.rows;
            next.added += told.added;
            next.already += cells - told.added + batch.repeated;
            next.invalid += batch.invalid.len() as i64;
            note_invalid(conn, target, &mut next, batch).await?;
            opt_out_list::note(conn, target.transfer_id, next.counts(), None, false).await?;
            let checkpoint =
                serde_json::to_value(next).map_err(|error| JobError::Unexpected(error.to_string()))?;
            if bellwether_queue::progress(conn, lease, batch.percent, Some(&checkpoint)).await? {
                Ok((next, told.changed))
            } else {
                Err(JobError::Stopped)
            }
        })
        .await?;
    *state = next;
    record::tell(&app.events, &changed);
    Ok(())
}

/// Adds the rows without a cell to their file, one piece per batch.
async fn note_invalid(
    conn: &mut Conn,
    target: Target,
    state: &mut State,
    batch: &Batch,
) -> Result<(), JobError> {
    if batch.invalid.is_empty() {
        return Ok(());
    }
    let unexpected = |error: &dyn std::fmt::Display| JobError::Unexpected(format!("csv: {error}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let file_id = match state.invalid_file_id {
        Some(file_id) => file_id,
        None => {
            writer
                .write_record(["line", "value", "reason"])
                .map_err(|error| unexpected(&error))?;
            let name = format!("opt-outs-not-read-{}.csv", target.transfer_id);
            let (organization_id, user_id) = (target.organization_id, target.user_id);
            let purpose = "opt_outs_invalid";
            stored_file::insert_for_organization(conn, organization_id, user_id, purpose, &name)
                .await?
                .id
        }
    };
    for row in &batch.invalid {
        let value = guarded(row.value.clone());
        writer
            .write_record([row.line.to_string().as_str(), &value, &row.reason])
            .map_err(|error| unexpected(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| unexpected(&error))?;
    stored_file::append(conn, file_id, state.invalid_pieces, &bytes).await?;
    state.invalid_file_id = Some(file_id);
    state.invalid_pieces += 1;
    Ok(())
}

async fn finish(
    app: &App,
    target: Target,
    file_id: i64,
    lease: &Lease,
    state: &State,
) -> Result<(), JobError> {
    worker_db(app)
        .await?
        .transaction::<_, JobError, _>(async |conn| {
            if let Some(invalid) = state.invalid_file_id {
                stored_file::complete(conn, invalid).await?;
            }
            let (counts, invalid) = (state.counts(), state.invalid_file_id);
            opt_out_list::note(conn, target.transfer_id, counts, invalid, true).await?;
            stored_file::delete(conn, file_id).await?;
            if bellwether_queue::complete(conn, lease).await? {
                Ok(())
            } else {
                Err(JobError::Stopped)
            }
        })
        .await
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
