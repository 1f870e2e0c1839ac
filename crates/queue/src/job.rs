//! Jobs as rows: enqueue, find, cancel.

use bellwether_db::{Conn, QueryResult, cached::CachedExt};
use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

/// A job, waiting, running or failed; a job that is done has no row.
#[derive(Debug, Clone, QueryableByName)]
pub struct JobRow {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub organization_id: Option<i64>,
    /// The campaign it works on.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_id: Option<i64>,
    /// Jobs of one name run one after another.
    #[diesel(sql_type = Text)]
    pub queue_name: String,
    /// What it does.
    #[diesel(sql_type = Text)]
    pub job_type: String,
    /// Its input.
    #[diesel(sql_type = Jsonb)]
    pub payload: Value,
    /// Where it goes on after an interruption.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub checkpoint: Option<Value>,
    /// Percent done.
    #[diesel(sql_type = Integer)]
    pub status: i32,
    /// What users are told: why it failed or is tried again.
    #[diesel(sql_type = Text)]
    pub result_message: String,
    /// How often it was begun.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    /// How often it may be begun.
    #[diesel(sql_type = SmallInt)]
    pub max_attempts: i16,
    /// Not before.
    #[diesel(sql_type = Timestamptz)]
    pub available_at: DateTime<Utc>,
    /// End of the lease of whoever runs it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub locked_until: Option<DateTime<Utc>>,
    /// Who runs it: the worker's id, `/` and a part of its own for each run.
    #[diesel(sql_type = Nullable<Text>)]
    pub locked_by: Option<String>,
    /// When it failed for good.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub failed_at: Option<DateTime<Utc>>,
    /// When a user stopped it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When it was enqueued.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// Whose it is.
    pub organization_id: Option<i64>,
    /// The campaign it works on.
    pub campaign_id: Option<i64>,
    /// Jobs of one name run one after another.
    pub queue_name: &'a str,
    /// What it does.
    pub job_type: &'a str,
    /// Its input: ids, not data.
    pub payload: Value,
    /// How often it may be begun.
    pub max_attempts: i16,
}

/// Enqueues a job; it exists once the caller's transaction commits.
pub async fn enqueue(conn: &mut Conn, job: &NewJob<'_>) -> QueryResult<JobRow> {
    // Without this lock a later id could be committed, and begun, before an earlier one of the same queue is seen.
    sql_query(
        "WITH queue AS MATERIALIZED (
             SELECT pg_advisory_xact_lock(hashtextextended('bellwether_queue:' || $1, 0))::text AS locked
         ) SELECT * FROM queue",
    )
    .bind::<Text, _>(job.queue_name)
    .cached()
    .execute(conn)
    .await?;
    sql_query(
        "INSERT INTO job_request (organization_id, campaign_id, queue_name, job_type, payload, max_attempts)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING *",
    )
    .bind::<Nullable<BigInt>, _>(job.organization_id)
    .bind::<Nullable<BigInt>, _>(job.campaign_id)
    .bind::<Text, _>(job.queue_name)
    .bind::<Text, _>(job.job_type)
    .bind::<Jsonb, _>(&job.payload)
    .bind::<SmallInt, _>(job.max_attempts)
    .cached()
    .get_result(conn)
    .await
}

/// A job by its id.
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Option<JobRow>> {
    sql_query("SELECT * FROM job_request WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// The jobs of a type that an organization has apart from campaigns and that are not done, oldest first.
pub async fn pending_for_organization(
    conn: &mut Conn,
    organization_id: i64,
    job_type: &str,
) -> QueryResult<Vec<JobRow>> {
    sql_query(
        "SELECT * FROM job_request WHERE organization_id = $1 AND campaign_id IS NULL AND job_type = $2
             AND cancelled_at IS NULL ORDER BY id",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(job_type)
    .cached()
    .load(conn)
    .await
}

/// The jobs of a campaign that are not done, failed ones included, oldest first. What a user stopped is left out.
pub async fn pending_for_campaign(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<JobRow>> {
    pending_for_campaigns(conn, &[campaign_id]).await
}

/// The same for several campaigns at once.
pub async fn pending_for_campaigns(conn: &mut Conn, campaign_ids: &[i64]) -> QueryResult<Vec<JobRow>> {
    sql_query("SELECT * FROM job_request WHERE campaign_id = ANY($1) AND cancelled_at IS NULL ORDER BY id")
        .bind::<Array<BigInt>, _>(campaign_ids)
        .cached()
        .load(conn)
        .await
}

/// Forgets failed jobs of a campaign and type, when the same is asked for again. Returns how many.
pub async fn discard_failed(conn: &mut Conn, campaign_id: i64, job_type: &str) -> QueryResult<usize> {
    sql_query("DELETE FROM job_request WHERE campaign_id = $1 AND job_type = $2 AND failed_at IS NOT NULL")
        .bind::<BigInt, _>(campaign_id)
        .bind::<Text, _>(job_type)
        .cached()
        .execute(conn)
        .await
}

/// What became of a job that a user stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// It was not running and is gone.
    Deleted,
    /// It runs and stops at its next step.
    Stopping,
    /// There is no such job.
    NotFound,
}

/// Stops a job. What it has done so far stays.
pub async fn cancel(conn: &mut Conn, id: i64) -> QueryResult<Cancelled> {
    let deleted = sql_query(
        "DELETE FROM job_request WHERE id = $1 AND (locked_until IS NULL OR locked_until <= now())",
    )
    .bind::<BigInt, _>(id)
    .cached()
    .execute(conn)
    .await?;
    if deleted > 0 {
        return Ok(Cancelled::Deleted);
    }
    // Should the lease end between the two statements, `reap` takes the row away.
    let marked =
        sql_query("UPDATE job_request SET cancelled_at = coalesce(cancelled_at, now()), updated_at = now() WHERE id = $1")
            .bind::<BigInt, _>(id)
            .cached()
            .execute(conn)
            .await?;
    Ok(if marked > 0 {
        Cancelled::Stopping
    } else {
        Cancelled::NotFound
    })
}
