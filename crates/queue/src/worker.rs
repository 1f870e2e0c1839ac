//! Takes jobs and runs them.

use std::{future::Future, sync::Arc, time::Duration};

use bellwether_db::{Pool, QueryResult};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tracing::{error, info, warn};

use crate::{
    job::JobRow,
    lease::{self, Lease},
};

/// Why a job did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It never will: the message is for users, in plain words.
    #[error("refused")]
    Refused(String),
    /// Something that may pass: it is tried again. The cause goes to the log and is never shown.
    #[error("{0}")]
    Unexpected(String),
    /// The lease is lost or a user stopped the job: nothing more is written.
    #[error("stopped")]
    Stopped,
}

impl From<bellwether_db::Error> for JobError {
    fn from(error: bellwether_db::Error) -> Self {
        Self::Unexpected(format!("database: {error}"))
    }
}

/// Knows what each type of job does.
pub trait Handler: Send + Sync + 'static {
    /// Runs a job. It may end the job itself with [`complete`](crate::complete) in its last transaction.
    fn run(&self, job: JobRow, lease: Lease) -> impl Future<Output = Result<(), JobError>> + Send;

    /// Told when a job failed for good, so that what it would have said elsewhere can be said.
    fn failed(&self, _job: &JobRow, _message: &str) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Told when a job ended or was put back.
    fn settled(&self, _job: &JobRow) {}
}

/// Runs jobs of one process.
#[derive(Clone)]
pub struct Worker {
    /// Connections.
    pub pool: Pool,
    /// Names the process; another for each start.
    pub worker_id: String,
    /// Jobs at one time.
    pub concurrency: usize,
    /// How long a job is ours without a sign of life.
    pub lease: Duration,
    /// How often a sign of life is given.
    pub beat: Duration,
    /// How often it looks for jobs when nobody wakes it.
    pub poll: Duration,
    /// How long a stop waits for running jobs before it gives them back.
    pub drain: Duration,
    /// The wait before the second try; it doubles with each further one.
    pub backoff: Duration,
    /// Wakes it before the next poll.
    pub wake: Arc<Notify>,
}

impl Worker {
    /// A worker with the usual times: lease 30 s, beat 10 s, poll 1 s, two jobs at one time.
    pub fn new(pool: Pool, worker_id: impl Into<String>) -> Self {
        Self {
            pool,
            worker_id: worker_id.into(),
            concurrency: 2,
            lease: Duration::from_secs(30),
            beat: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(10),
            backoff: Duration::from_secs(2),
            wake: Arc::default(),
        }
    }

    /// Runs jobs until `shutdown` says true (or its sender is gone), then lets running ones end within
    /// [`drain`](Self::drain) and gives the others back.
    pub async fn run<H: Handler>(&self, handler: Arc<H>, mut shutdown: watch::Receiver<bool>) {
        let mut running: JoinSet<()> = JoinSet::new();
        while !*shutdown.borrow_and_update() {
            while running.len() < self.concurrency
                && let Some(job) = self.take(handler.as_ref()).await
            {
                let (worker, handler) = (self.clone(), Arc::clone(&handler));
                running.spawn(async move { Box::pin(worker.run_one(handler, job)).await });
            }
            let has_room = running.len() < self.concurrency;
            tokio::select! {
                changed = shutdown.changed() => if changed.is_err() { break },
                () = sleep(self.poll), if has_room => {}
                () = self.wake.notified(), if has_room => {}
                Some(_) = running.join_next() => {}
            }
        }
        let drained = timeout(self.drain, async { while running.join_next().await.is_some() {} }).await;
        if drained.is_err() {
            running.shutdown().await;
        }
        match self.release().await {
            Ok(0) => {}
            Ok(released) => info!(jobs = released, "gave unfinished jobs back"),
            Err(error) => warn!(%error, "could not give unfinished jobs back; their leases run out"),
        }
    }

    /// Runs, one by one, all jobs that may run now; for tests. Returns how many were begun.
    pub async fn run_until_idle<H: Handler>(&self, handler: Arc<H>) -> usize {
        let mut count = 0;
        while let Some(job) = self.take(handler.as_ref()).await {
            Box::pin(self.run_one(Arc::clone(&handler), job)).await;
            count += 1;
        }
        count
    }

    async fn take<H: Handler>(&self, handler: &H) -> Option<JobRow> {
        let taken = async {
            let mut conn = self.connection().await?;
            let dead = lease::reap(&mut conn).await?;
            let job = lease::claim(&mut conn, &self.worker_id, self.lease).await?;
            Ok::<_, JobError>((dead, job))
        };
        let (dead, job) = match taken.await {
            Ok(taken) => taken,
            Err(error) => {
                warn!(%error, "could not look for jobs");
                return None;
            }
        };
        for job in dead {
            error!(
                job.id,
                job.r#type = job.job_type,
                job.attempts,
                "gave up a job whose workers died"
            );
            handler.failed(&job, &job.result_message).await;
            handler.settled(&job);
        }
        job
    }

    /// Runs one job in a task of its own, with heartbeats, and settles it.
    async fn run_one<H: Handler>(&self, handler: Arc<H>, job: JobRow) {
        let started = Instant::now();
        let lease = job.lease(self.lease);
        info!(job.id, job.r#type = job.job_type, job.attempts, "job begins");
        let task = {
            let (handler, job, lease) = (Arc::clone(&handler), job.clone(), lease.clone());
            tokio::spawn(async move { handler.run(job, lease).await })
        };
        let _guard = AbortOnDrop(task.abort_handle());
        let outcome = self.with_heartbeats(task, &lease).await;
        let duration_ms = started.elapsed().as_millis() as u64;
        info!(
            job.id,
            job.r#type = job.job_type,
            duration_ms,
            is_done = outcome.is_ok(),
            "job ends"
        );
        if let Err(error) = self.settle(handler.as_ref(), &job, &lease, outcome).await {
            // The lease runs out and the job is begun again.
            warn!(job.id, %error, "could not settle a job");
        }
        handler.settled(&job);
    }

    async fn with_heartbeats(
        &self,
        mut task: tokio::task::JoinHandle<Result<(), JobError>>,
        lease: &Lease,
    ) -> Result<(), JobError> {
        let mut beat = interval(self.beat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
        let mut held_since = Instant::now();
        loop {
            tokio::select! {
                joined = &mut task => return match joined {
                    Ok(outcome) => outcome,
                    Err(error) if error.is_panic() => Err(JobError::Unexpected("the job panicked".to_owned())),
                    Err(_) => Err(JobError::Stopped),
                },
                _ = beat.tick() => {
                    // The lease's age counts from before it was asked for.
                    let asked_at = Instant::now();
                    match timeout(self.beat, self.renew(lease)).await {
                        Ok(Ok(true)) => held_since = asked_at,
                        Ok(Ok(false)) => task.abort(),
                        Ok(Err(_)) | Err(_) if held_since.elapsed() < self.lease => {}
                        Ok(Err(_)) | Err(_) => task.abort(),
                    }
                }
            }
        }
    }

    async fn settle<H: Handler>(
        &self,
        handler: &H,
        job: &JobRow,
        lease: &Lease,
        outcome: Result<(), JobError>,
    ) -> Result<(), JobError> {
        let mut conn = self.connection().await?;
        match outcome {
            Ok(()) => {
                lease::complete(&mut conn, lease).await?;
                lease::complete_cancelled(&mut conn, lease).await?;
            }
            Err(JobError::Stopped) => {
                lease::complete_cancelled(&mut conn, lease).await?;
            }
            Err(JobError::Refused(message)) => {
                info!(job.id, "job refused");
                if lease::fail(&mut conn, lease, &message).await? {
                    drop(conn);
                    handler.failed(job, &message).await;
                }
            }
            Err(JobError::Unexpected(cause)) => {
                let error_id = uuid::Uuid::new_v4();
                error!(job.id, job.r#type = job.job_type, job.attempts, %error_id, cause, "job failed");
                let message = format!("Something went wrong on our side (error {error_id}).");
                let doublings = u32::from(job.attempts.clamp(1, 8).unsigned_abs()) - 1;
                let backoff = self.backoff * 2_u32.pow(doublings);
                let row = lease::retry_later(&mut conn, lease, &message, backoff).await?;
                if row.is_some_and(|row| row.failed_at.is_some()) {
                    drop(conn);
                    handler.failed(job, &message).await;
                }
            }
        }
        Ok(())
    }

    async fn renew(&self, lease: &Lease) -> Result<bool, JobError> {
        Ok(lease::heartbeat(&mut *self.connection().await?, lease).await?)
    }

    async fn release(&self) -> Result<usize, JobError> {
        let released: QueryResult<usize> =
            lease::release_all(&mut *self.connection().await?, &self.worker_id).await;
        Ok(released?)
    }

    async fn connection(&self) -> Result<bellwether_db::PooledConn, JobError> {
        self.pool
            .get()
            .await
            .map_err(|error| JobError::Unexpected(format!("database pool: {error}")))
    }
}

/// A task that must not outlive the one that waits for it.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
