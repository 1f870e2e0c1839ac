//! Lists of opted-out cells, taken in and given out by the million.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, message::outbox::ChangedContact, opt_out::Source};

/// Cells of a list, column by column; each cell once.
#[derive(Debug, Clone, Default)]
pub struct CellColumns {
    /// E.164.
    pub cell: Vec<String>,
    /// Why, or empty.
    pub reason: Vec<String>,
    /// When it was said, if the list tells.
    pub said_at: Vec<Option<DateTime<Utc>>>,
}

/// What a batch of cells changed.
#[derive(Debug, Clone, Default)]
pub struct Added {
    /// Cells that had not opted out before.
    pub added: i64,
    /// One contact of each assignment whose contacts changed.
    pub changed: Vec<ChangedContact>,
}

/// Opts many cells out of an organization at once, as a list says; locks their contacts by id.
pub async fn add(
    conn: &mut Conn,
    organization_id: i64,
    user_id: Option<i64>,
    rows: &CellColumns,
) -> QueryResult<Added> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        added: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        contact_id: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        campaign_id: Option<i64>,
        #[diesel(sql_type = Nullable<BigInt>)]
        assignment_id: Option<i64>,
    }
    let rows: Vec<Row> = sql_query("SELECT * FROM opt_out_cells($1, $2, $3, $4, $5, $6)")
        .bind::<BigInt, _>(organization_id)
        .bind::<Array<Text>, _>(&rows.cell)
        .bind::<Array<Text>, _>(&rows.reason)
        .bind::<Array<Nullable<Timestamptz>>, _>(&rows.said_at)
        .bind::<Text, _>(Source::Import.as_str())
        .bind::<Nullable<BigInt>, _>(user_id)
        .cached()
        .load(conn)
        .await?;
    let mut told = Added::default();
    for row in rows {
        told.added += row.added.unwrap_or_default();
        if let (Some(contact_id), Some(campaign_id)) = (row.contact_id, row.campaign_id) {
            told.changed.push(ChangedContact {
                campaign_id,
                assignment_id: row.assignment_id,
                contact_id,
            });
        }
    }
    Ok(told)
}

/// A line of a list that is given out.
#[derive(Debug, Clone, QueryableByName)]
pub struct ListedOptOut {
    /// The opt-out.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// E.164.
    #[diesel(sql_type = Text)]
    pub cell: String,
    /// When it was said.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Who said or did it.
    #[diesel(sql_type = Text)]
    pub source: String,
    /// Why.
    #[diesel(sql_type = Text)]
    pub reason_code: String,
    /// The address of the account that did it.
    #[diesel(sql_type = Nullable<Text>)]
    pub user_email: Option<String>,
}

/// Opt-outs of an organization in the order of their ids, from after one on.
pub async fn page(
    conn: &mut Conn,
    organization_id: i64,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<ListedOptOut>> {
    sql_query(
        "SELECT oo.id, oo.cell, oo.created_at, oo.source, oo.reason_code, u.email AS user_email
         FROM opt_out oo LEFT JOIN \"user\" u ON u.id = oo.user_id
         WHERE oo.organization_id = $1 AND oo.id > $2 ORDER BY oo.id LIMIT $3",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// How many opt-outs an organization has.
pub async fn count(conn: &mut Conn, organization_id: i64) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Row = sql_query("SELECT count(*) FROM opt_out WHERE organization_id = $1")
        .bind::<BigInt, _>(organization_id)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.count)
}

/// A list that is or was taken in or given out.
#[derive(Debug, Clone, QueryableByName)]
pub struct TransferRow {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// `IMPORT` or `EXPORT`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The job that does it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub job_id: Option<i64>,
    /// Who asked for it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// Rows read or written so far.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
    /// Cells that had not opted out before.
    #[diesel(sql_type = BigInt)]
    pub added: i64,
    /// Cells that had opted out before, or stood in the list twice.
    #[diesel(sql_type = BigInt)]
    pub already: i64,
    /// Rows without a cell.
    #[diesel(sql_type = BigInt)]
    pub invalid: i64,
    /// When it was asked for.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was done.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Its file, complete or not.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub stored_file_id: Option<i64>,
    /// Whether its job is there: waiting, running or failed.
    #[diesel(sql_type = Bool)]
    pub has_job: bool,
    /// Whether its job failed for good.
    #[diesel(sql_type = Bool)]
    pub has_failed: bool,
    /// Percent done.
    #[diesel(sql_type = Integer)]
    pub percent: i32,
    /// What its job says: why it failed or is tried again.
    #[diesel(sql_type = Text)]
    pub result_message: String,
    /// Where its file is fetched: the token and name of a complete file.
    #[diesel(sql_type = Nullable<Text>)]
    pub file_token: Option<String>,
    /// See `file_token`.
    #[diesel(sql_type = Nullable<Text>)]
    pub file_name: Option<String>,
}

const TRANSFER: &str = "SELECT t.id, t.organization_id, t.kind, t.job_id, t.user_id, t.rows, t.added, t.already,
        t.invalid, t.created_at, t.finished_at, t.stored_file_id, j.id IS NOT NULL AND j.cancelled_at IS NULL AS has_job,
        j.failed_at IS NOT NULL AS has_failed, coalesce(j.status, CASE WHEN t.finished_at IS NULL THEN 0 ELSE 100 END)
        AS percent, coalesce(j.result_message, '') AS result_message, f.token AS file_token, f.name AS file_name
    FROM opt_out_transfer t LEFT JOIN job_request j ON j.id = t.job_id
    LEFT JOIN stored_file f ON f.id = t.stored_file_id AND f.is_complete AND f.expires_at > now()";

/// Begins one.
pub async fn insert_transfer(
    conn: &mut Conn,
    organization_id: i64,
    kind: &str,
    user_id: i64,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let row: Row = sql_query(
        "INSERT INTO opt_out_transfer (organization_id, kind, user_id) VALUES ($1, $2, $3) RETURNING id",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(kind)
    .bind::<BigInt, _>(user_id)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.id)
}

/// Notes which job does it.
pub async fn set_job(conn: &mut Conn, id: i64, job_id: i64) -> QueryResult<usize> {
    sql_query("UPDATE opt_out_transfer SET job_id = $2 WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<BigInt, _>(job_id)
        .cached()
        .execute(conn)
        .await
}

/// How far a list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// See [`TransferRow::rows`].
    pub rows: i64,
    /// See [`TransferRow::added`].
    pub added: i64,
    /// See [`TransferRow::already`].
    pub already: i64,
    /// See [`TransferRow::invalid`].
    pub invalid: i64,
}

/// Notes how far it is, and its file; `is_done`: and that it ends here. False: it is gone.
pub async fn note(
    conn: &mut Conn,
    id: i64,
    counts: Counts,
    file_id: Option<i64>,
    is_done: bool,
) -> QueryResult<bool> {
    let noted = sql_query(
        "UPDATE opt_out_transfer SET rows = $2, added = $3, already = $4, invalid = $5, stored_file_id = $6,
             finished_at = CASE WHEN $7 THEN now() END WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(counts.rows)
    .bind::<BigInt, _>(counts.added)
    .bind::<BigInt, _>(counts.already)
    .bind::<BigInt, _>(counts.invalid)
    .bind::<Nullable<BigInt>, _>(file_id)
    .bind::<Bool, _>(is_done)
    .cached()
    .execute(conn)
    .await?;
    Ok(noted > 0)
}

/// One of them.
pub async fn transfer(conn: &mut Conn, id: i64) -> QueryResult<Option<TransferRow>> {
    sql_query(format!("{TRANSFER} WHERE t.id = $1"))
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// An organization's, newest first.
pub async fn transfers(conn: &mut Conn, organization_id: i64, limit: i64) -> QueryResult<Vec<TransferRow>> {
    sql_query(format!(
        "{TRANSFER} WHERE t.organization_id = $1 ORDER BY t.id DESC LIMIT $2"
    ))
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// Those of a kind that are under way, oldest first.
pub async fn under_way(conn: &mut Conn, organization_id: i64, kind: &str) -> QueryResult<Vec<TransferRow>> {
    sql_query(format!(
        "{TRANSFER} WHERE t.organization_id = $1 AND t.kind = $2 AND t.finished_at IS NULL AND j.id IS NOT NULL
             AND j.failed_at IS NULL AND j.cancelled_at IS NULL ORDER BY t.id"
    ))
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(kind)
    .cached()
    .load(conn)
    .await
}
