//! Gives an organization's opt-outs out as a CSV file: enqueued by `exportOptOuts`, done by the job `export_opt_outs`.

use bellwether_db::{
    AsyncConnection,
    opt_out_list::{self, Counts, TransferRow},
    stored_file,
};
use bellwether_queue::{JobError, JobRow, Lease};
use chrono::SecondsFormat;
use serde::Deserialize;

use super::transfer;
use crate::{
    app::App,
    campaign::export::csv_file::{CsvFile, Value},
    error::OpResult,
    permissions::Permission,
    requester::Requester,
};

/// The job's type.
pub const JOB_TYPE: &str = "export_opt_outs";
/// Opt-outs read at once.
const PAGE: i64 = if cfg!(test) { 200 } else { 10_000 };
/// The file's columns; an import reads the first three of them back.
const HEADERS: [&str; 5] = ["cell", "reason", "opted_out_at", "source", "user"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    transfer_id: i64,
}

/// Enqueues an export, or tells of the one that is under way.
pub async fn export_opt_outs_of(
    app: &App,
    requester: &Requester,
    organization_id: i64,
) -> OpResult<TransferRow> {
    requester.permit(Permission::ExportOptOuts, organization_id)?;
    let mut conn = app.db().await?;
    if let Some(row) = opt_out_list::under_way(&mut conn, organization_id, "EXPORT")
        .await?
        .pop()
    {
        return Ok(row);
    }
    let payload = serde_json::Map::new();
    let user_id = requester.user_id;
    let row = transfer::begin(&mut conn, organization_id, user_id, "EXPORT", JOB_TYPE, payload).await?;
    crate::jobs::wake();
    Ok(row)
}

/// The job. Begun again after an interruption, it writes the file anew.
pub async fn export_opt_outs(app: &App, job: &JobRow, lease: &Lease) -> Result<(), JobError> {
    let unexpected = |error: &dyn std::fmt::Display| JobError::Unexpected(error.to_string());
    let payload: Payload = serde_json::from_value(job.payload.clone()).map_err(|error| unexpected(&error))?;
    let mut conn = app.worker_db().await.map_err(|error| unexpected(&error))?;
    let id = payload.transfer_id;
    let Some(transfer) = opt_out_list::transfer(&mut conn, id).await? else {
        return Err(JobError::Stopped);
    };
    if let Some(half) = transfer.stored_file_id {
        stored_file::delete(&mut conn, half).await?;
    }
    let organization_id = transfer.organization_id;
    let name = format!("opt-outs-{}.csv", app.now().format("%Y-%m-%d-%H%M%S"));
    let file = conn
        .transaction::<_, JobError, _>(async |conn| {
            let purpose = "opt_outs_export";
            let (user_id, name) = (transfer.user_id, name.as_str());
            let file =
                stored_file::insert_for_organization(conn, organization_id, user_id, purpose, name).await?;
            opt_out_list::note(conn, id, Counts::default(), Some(file.id), false).await?;
            Ok(file)
        })
        .await?;
    let total = opt_out_list::count(&mut conn, organization_id).await?.max(1);
    let mut csv = CsvFile::begin(&file, &HEADERS.map(str::to_owned))?;
    let (mut after, mut counts) = (0, Counts::default());
    loop {
        let page = opt_out_list::page(&mut conn, organization_id, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        counts.rows += page.len() as i64;
        for row in page {
            csv.write([
                Value::Phone(row.cell),
                Value::Text(row.reason_code),
                Value::Plain(row.created_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
                Value::Plain(row.source),
                Value::Text(row.user_email.unwrap_or_default()),
            ])?;
        }
        csv.store(&mut conn).await?;
        opt_out_list::note(&mut conn, id, counts, Some(file.id), false).await?;
        let percent = i32::try_from(counts.rows.saturating_mul(99) / total).unwrap_or(99);
        if !bellwether_queue::progress(&mut conn, lease, percent.min(99), None).await? {
            return Err(JobError::Stopped);
        }
    }
    conn.transaction::<_, JobError, _>(async |conn| {
        csv.finish(conn).await?;
        opt_out_list::note(conn, id, counts, Some(file.id), true).await?;
        if bellwether_queue::complete(conn, lease).await? {
            Ok(())
        } else {
            Err(JobError::Stopped)
        }
    })
    .await
}
