//! The list of background jobs, and who runs them.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use bellwether_db::Conn;
use bellwether_queue::{Cancelled, Handler, JobError, JobRow, Lease, Worker};
use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use crate::{
    app::App,
    assignment::assign_texters,
    campaign::{export, import_contacts, start},
    error::{OpError, OpResult},
    opt_out::{export as opt_out_export, import as opt_out_import},
    phone_number::{buy, delete},
};

/// How often old files are deleted.
const TIDY_INTERVAL: Duration = Duration::from_secs(3_600);

static WAKE: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);

/// Jobs that change a campaign run one after another.
pub fn edit_queue(campaign_id: i64) -> String {
    format!("{campaign_id}:edit_campaign")
}

/// Looks for jobs at once instead of within a second: call it after the transaction that enqueued one.
pub fn wake() {
    WAKE.notify_one();
}

/// Runs jobs until `shutdown` says true.
pub async fn run_worker(app: App, shutdown: watch::Receiver<bool>) {
    let tidy = tokio::spawn(tidy(app.clone()));
    let worker = Worker {
        wake: Arc::clone(&WAKE),
        ..worker(&app)
    };
    Box::pin(worker.run(Arc::new(Jobs { app }), shutdown)).await;
    tidy.abort();
}

/// Runs all jobs that may run now, one after another; for tests. Returns how many were begun.
pub async fn run_until_idle(app: &App) -> usize {
    Box::pin(worker(app).run_until_idle(Arc::new(Jobs { app: app.clone() }))).await
}

/// Stops a job of a campaign: one that waits or has failed goes away, one that runs stops at its next step, and what
/// it did stays. None: the campaign has no such job. The caller has checked that the requester may do so.
pub async fn cancel_job(conn: &mut Conn, campaign_id: i64, job_id: i64) -> OpResult<Option<JobRow>> {
    use bellwether_db::AsyncConnection;
    conn.transaction::<_, OpError, _>(async |conn| {
        let job = bellwether_queue::find(conn, job_id)
            .await?
            .filter(|job| job.campaign_id == Some(campaign_id));
        let Some(job) = job else { return Ok(None) };
        let outcome = bellwether_queue::cancel(conn, job_id).await?;
        if outcome != Cancelled::NotFound
            && job.job_type == import_contacts::JOB_TYPE
            && job.failed_at.is_none()
        {
            import_contacts::import_failed(conn, campaign_id, "The load was stopped.").await?;
        }
        Ok(Some(job))
    })
    .await
}

struct Jobs {
    app: App,
}

impl Handler for Jobs {
    async fn run(&self, job: JobRow, lease: Lease) -> Result<(), JobError> {
        let app = &self.app;
        // Boxed, because the futures of jobs are large.
        match job.job_type.as_str() {
            import_contacts::JOB_TYPE => Box::pin(import_contacts::import_contacts(app, &job, &lease)).await,
            assign_texters::JOB_TYPE => Box::pin(assign_texters::assign_texters(app, &job, &lease)).await,
            start::JOB_TYPE => Box::pin(start::start_campaign(app, &job, &lease)).await,
            export::JOB_TYPE => Box::pin(export::export_campaign(app, &job, &lease)).await,
            opt_out_import::JOB_TYPE => Box::pin(opt_out_import::import_opt_outs(app, &job, &lease)).await,
            opt_out_export::JOB_TYPE => Box::pin(opt_out_export::export_opt_outs(app, &job, &lease)).await,
            buy::JOB_TYPE => Box::pin(buy::run(app, &job)).await,
            delete::JOB_TYPE => Box::pin(delete::run(app, &job)).await,
            unknown => Err(JobError::Refused(format!(
                "This server does not know jobs of the type `{unknown}`."
            ))),
        }
    }

    async fn failed(&self, job: &JobRow, message: &str) {
        crate::metrics::FAILED_JOBS.add_one();
        let Some(campaign_id) = job
            .campaign_id
            .filter(|_| job.job_type == import_contacts::JOB_TYPE)
        else {
            return;
        };
        let told = async {
            let mut conn = self.app.worker_db().await?;
            Ok::<_, OpError>(import_contacts::import_failed(&mut conn, campaign_id, message).await?)
        };
        if let Err(error) = told.await {
            warn!(job.id, %error, "could not note that a load of contacts failed");
        }
    }

    fn settled(&self, job: &JobRow) {
        if let Some(campaign_id) = job.campaign_id {
            self.app.events.campaign_changed(campaign_id);
        }
    }
}

fn worker(app: &App) -> Worker {
    let worker_id = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4());
    Worker {
        drain: Duration::from_secs(app.config.shutdown_seconds),
        ..Worker::new(app.worker_pool.clone(), worker_id)
    }
}

async fn tidy(app: App) {
    let mut interval = tokio::time::interval(TIDY_INTERVAL);
    loop {
        interval.tick().await;
        let deleted = async {
            let mut conn = app.worker_db().await?;
            Ok::<_, OpError>(bellwether_db::stored_file::delete_expired(&mut conn).await?)
        };
        match deleted.await {
            Ok(0) => {}
            Ok(files) => info!(files, "deleted old files"),
            Err(error) => warn!(%error, "could not delete old files"),
        }
    }
}

#[cfg(test)]
mod tests;
