//! Who runs a job, and until when.
//!
//! Times of leases are `clock_timestamp()`, not `now()`: a step that commits after minutes must renew from its end,
//! not from its beginning.

use std::time::Duration;

use bellwether_db::{Conn, QueryResult, cached::CachedExt};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{BigInt, Bool, Double, Integer, Jsonb, Nullable, Text},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::job::JobRow;

/// A hold on a job. Each run has its own, so that a run that lost the job cannot be taken for the one that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: i64,
    /// `job_request.locked_by`.
    pub holder: String,
    /// For how long each renewal holds.
    pub length: Duration,
}

impl JobRow {
    /// The hold that [`claim`] gave.
    pub fn lease(&self, length: Duration) -> Lease {
        Lease {
            job_id: self.id,
            holder: self.locked_by.clone().unwrap_or_default(),
            length,
        }
    }
}

/// Takes the oldest job that may run, in one statement: due, not failed, not cancelled, not held, tries left, and no
/// older unfinished job, nor a held one, in its queue.
pub async fn claim(conn: &mut Conn, worker_id: &str, lease: Duration) -> QueryResult<Option<JobRow>> {
    sql_query(
        "UPDATE job_request SET attempts = attempts + 1, updated_at = now(),
             locked_by = $1 || '/' || gen_random_uuid(), locked_until = clock_timestamp() + make_interval(secs => $2)
         WHERE id = (
             SELECT j.id FROM job_request j
             WHERE j.available_at <= now() AND j.failed_at IS NULL AND j.cancelled_at IS NULL
                 AND (j.locked_until IS NULL OR j.locked_until <= now()) AND j.attempts < j.max_attempts
                 AND NOT EXISTS (
                     SELECT 1 FROM job_request o
                     WHERE o.queue_name = j.queue_name AND o.id <> j.id AND o.failed_at IS NULL
                         AND (o.id < j.id OR o.locked_until > now()))
             ORDER BY j.available_at, j.id LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING *",
    )
    .bind::<Text, _>(worker_id)
    .bind::<Double, _>(lease.as_secs_f64())
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Clears what dead workers left: jobs out of tries fail, cancelled jobs go away. Returns those that failed.
pub async fn reap(conn: &mut Conn) -> QueryResult<Vec<JobRow>> {
    sql_query(
        "WITH cancelled AS (
             DELETE FROM job_request
             WHERE cancelled_at IS NOT NULL AND (locked_until IS NULL OR locked_until <= now())
         ) UPDATE job_request SET failed_at = now(), updated_at = now(), locked_until = NULL, locked_by = NULL,
             result_message = 'This job stopped unexpectedly ' || attempts || ' times and was given up.'
         WHERE failed_at IS NULL AND cancelled_at IS NULL AND attempts >= max_attempts
             AND (locked_until IS NULL OR locked_until <= now())
         RETURNING *",
    )
    .cached()
    .load(conn)
    .await
}

/// Tells how far a job is, keeps its checkpoint and renews the lease. False: the job is no longer ours or a user
/// stopped it, and it must stop. Call it last in the transaction of the step it tells of, and roll back on false:
/// then a step counts once or not at all.
pub async fn progress(
    conn: &mut Conn,
    lease: &Lease,
    percent: i32,
    checkpoint: Option<&Value>,
) -> QueryResult<bool> {
    let renewed = sql_query(
        "UPDATE job_request SET status = greatest(status, $3), checkpoint = coalesce($4, checkpoint), updated_at = now(),
             locked_until = clock_timestamp() + make_interval(secs => $5)
         WHERE id = $1 AND locked_by = $2 AND cancelled_at IS NULL AND failed_at IS NULL",
    )
    .bind::<BigInt, _>(lease.job_id)
    .bind::<Text, _>(&lease.holder)
    .bind::<Integer, _>(percent.clamp(0, 100))
    .bind::<Nullable<Jsonb>, _>(checkpoint)
    .bind::<Double, _>(lease.length.as_secs_f64())
    .cached()
    .execute(conn)
    .await?;
    Ok(renewed > 0)
}

/// Renews the lease and nothing else; false as for [`progress`].
pub async fn heartbeat(conn: &mut Conn, lease: &Lease) -> QueryResult<bool> {
    let renewed = sql_query(
        "UPDATE job_request SET locked_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND locked_by = $2 AND cancelled_at IS NULL AND failed_at IS NULL",
    )
    .bind::<BigInt, _>(lease.job_id)
    .bind::<Text, _>(&lease.holder)
    .bind::<Double, _>(lease.length.as_secs_f64())
    .cached()
    .execute(conn)
    .await?;
    Ok(renewed > 0)
}

/// Whether the job is ours and goes on, without renewing anything.
pub async fn is_held(conn: &mut Conn, lease: &Lease) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        held: bool,
    }
    let row: Row = sql_query(
        "SELECT EXISTS (SELECT 1 FROM job_request WHERE id = $1 AND locked_by = $2 AND cancelled_at IS NULL
             AND failed_at IS NULL) AS held",
    )
    .bind::<BigInt, _>(lease.job_id)
    .bind::<Text, _>(&lease.holder)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.held)
}

/// Ends a job that is done: its row goes away. False: it was not ours any more, or a user stopped it.
pub async fn complete(conn: &mut Conn, lease: &Lease) -> QueryResult<bool> {
    let deleted =
        sql_query("DELETE FROM job_request WHERE id = $1 AND locked_by = $2 AND cancelled_at IS NULL")
            .bind::<BigInt, _>(lease.job_id)
            .bind::<Text, _>(&lease.holder)
            .cached()
            .execute(conn)
            .await?;
    Ok(deleted > 0)
}

/// Takes the row of a job away that stopped because a user said so.
pub async fn complete_cancelled(conn: &mut Conn, lease: &Lease) -> QueryResult<bool> {
    let deleted =
        sql_query("DELETE FROM job_request WHERE id = $1 AND locked_by = $2 AND cancelled_at IS NOT NULL")
            .bind::<BigInt, _>(lease.job_id)
            .bind::<Text, _>(&lease.holder)
            .cached()
            .execute(conn)
            .await?;
    Ok(deleted > 0)
}

/// Ends a job that cannot be done; users see the message. False: it was not ours any more.
pub async fn fail(conn: &mut Conn, lease: &Lease, message: &str) -> QueryResult<bool> {
    let failed = sql_query(
        "UPDATE job_request SET failed_at = now(), result_message = $3, locked_until = NULL, locked_by = NULL,
             updated_at = now()
         WHERE id = $1 AND locked_by = $2 AND failed_at IS NULL",
    )
    .bind::<BigInt, _>(lease.job_id)
    .bind::<Text, _>(&lease.holder)
    .bind::<Text, _>(message)
    .cached()
    .execute(conn)
    .await?;
    Ok(failed > 0)
}

/// Puts a job back, not to be begun before `backoff` is over; without tries left it fails. The row as it is now; none
/// when it was not ours any more.
pub async fn retry_later(
    conn: &mut Conn,
    lease: &Lease,
    message: &str,
    backoff: Duration,
) -> QueryResult<Option<JobRow>> {
    sql_query(
        "UPDATE job_request SET result_message = $3, locked_until = NULL, locked_by = NULL, updated_at = now(),
             failed_at = CASE WHEN attempts >= max_attempts THEN now() END,
             available_at = now() + make_interval(secs => $4)
         WHERE id = $1 AND locked_by = $2 AND failed_at IS NULL RETURNING *",
    )
    .bind::<BigInt, _>(lease.job_id)
    .bind::<Text, _>(&lease.holder)
    .bind::<Text, _>(message)
    .bind::<Double, _>(backoff.as_secs_f64())
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Gives all jobs of a worker back at once, when its process stops: others may begin them, and the try does not
/// count. Returns how many.
pub async fn release_all(conn: &mut Conn, worker_id: &str) -> QueryResult<usize> {
    sql_query(
        "UPDATE job_request SET locked_until = NULL, locked_by = NULL, attempts = greatest(attempts - 1, 0),
             updated_at = now()
         WHERE starts_with(locked_by, $1 || '/') AND failed_at IS NULL",
    )
    .bind::<Text, _>(worker_id)
    .cached()
    .execute(conn)
    .await
}
