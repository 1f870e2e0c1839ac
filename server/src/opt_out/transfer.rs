//! Lists that are taken in or given out: what became of them, and stopping one.

use bellwether_db::{
    AsyncConnection, Conn,
    opt_out_list::{self, TransferRow},
};
use bellwether_queue::NewJob;

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Lists told of at once, the newest.
pub const MAX_TRANSFERS: i64 = 50;

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferStatus {
    /// Waiting or under way.
    Running,
    /// Done.
    Done,
    /// Given up; the message says why.
    Failed,
    /// Somebody stopped it; what it did stays.
    Cancelled,
}

/// Where a list stands.
pub fn status(row: &TransferRow) -> TransferStatus {
    if row.finished_at.is_some() {
        TransferStatus::Done
    } else if row.has_failed {
        TransferStatus::Failed
    } else if row.has_job {
        TransferStatus::Running
    } else {
        TransferStatus::Cancelled
    }
}

/// An organization's lists, newest first; for admins.
pub async fn opt_out_transfers(
    app: &App,
    requester: &Requester,
    organization_id: i64,
) -> OpResult<Vec<TransferRow>> {
    requester.permit(Permission::OptOutTransfers, organization_id)?;
    let mut conn = app.db().await?;
    Ok(opt_out_list::transfers(&mut conn, organization_id, MAX_TRANSFERS).await?)
}

/// Stops one: what was done stays, nothing more is. One that has ended stays as it is.
pub async fn cancel_opt_out_transfer(app: &App, requester: &Requester, id: i64) -> OpResult<TransferRow> {
    let mut conn = app.db().await?;
    let found = opt_out_list::transfer(&mut conn, id)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit(Permission::CancelOptOutTransfer, found.organization_id)?;
    if let Some(job_id) = found.job_id.filter(|_| found.has_job) {
        bellwether_queue::cancel(&mut conn, job_id).await?;
    }
    opt_out_list::transfer(&mut conn, id)
        .await?
        .ok_or_else(OpError::not_found)
}

/// Notes a list and enqueues its job, in the caller's transaction. The payload names the list.
pub(super) async fn begin(
    conn: &mut Conn,
    organization_id: i64,
    user_id: i64,
    kind: &str,
    job_type: &str,
    payload: serde_json::Map<String, serde_json::Value>,
) -> OpResult<TransferRow> {
    conn.transaction(async |conn| {
        let id = opt_out_list::insert_transfer(conn, organization_id, kind, user_id).await?;
        let mut payload = payload.clone();
        payload.insert("transferId".to_owned(), id.into());
        let job = NewJob {
            organization_id: Some(organization_id),
            campaign_id: None,
            queue_name: &format!("{organization_id}:{job_type}"),
            job_type,
            payload: payload.into(),
            max_attempts: 5,
        };
        let job = bellwether_queue::enqueue(conn, &job).await?;
        opt_out_list::set_job(conn, id, job.id).await?;
        opt_out_list::transfer(conn, id)
            .await?
            .ok_or_else(OpError::not_found)
    })
    .await
}
