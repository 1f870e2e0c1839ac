//! Uploaded and exported files, in pieces: any server serves what any worker wrote, and nobody holds a whole file in
//! memory.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Bytes of a piece; the last one may be shorter.
pub const CHUNK_BYTES: usize = 1024 * 1024;

/// A file without its bytes.
#[derive(Debug, Clone, QueryableByName)]
pub struct StoredFileRow {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    /// The campaign it is about.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub campaign_id: Option<i64>,
    /// Who made it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// `contacts`, `export` or `export_messages`; `opt_outs`, `opt_outs_export` or `opt_outs_invalid`.
    #[diesel(sql_type = Text)]
    pub purpose: String,
    /// Its name for people.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Unguessable part of its address.
    #[diesel(sql_type = Text)]
    pub token: String,
    /// Whether all pieces are there.
    #[diesel(sql_type = Bool)]
    pub is_complete: bool,
    /// Its length, once it is complete.
    #[diesel(sql_type = BigInt)]
    pub size_bytes: i64,
    /// When it was begun.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it goes away.
    #[diesel(sql_type = Timestamptz)]
    pub expires_at: DateTime<Utc>,
}

/// A file to be written.
#[derive(Debug, Clone)]
pub struct NewStoredFile<'a> {
    /// Whose it is.
    pub organization_id: i64,
    /// The campaign it is about.
    pub campaign_id: i64,
    /// Who makes it.
    pub user_id: Option<i64>,
    /// `contacts`, `export` or `export_messages`.
    pub purpose: &'a str,
    /// Its name for people.
    pub name: &'a str,
}

impl NewStoredFile<'_> {
    /// Begins a file that lives for 24 hours; its token is drawn from the database's secure random numbers.
    pub async fn insert(&self, conn: &mut Conn) -> QueryResult<StoredFileRow> {
        sql_query(
            "INSERT INTO stored_file (organization_id, campaign_id, user_id, purpose, name, token, expires_at)
             VALUES ($1, $2, $3, $4, $5, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
                 now() + interval '24 hours')
             RETURNING *",
        )
        .bind::<BigInt, _>(self.organization_id)
        .bind::<BigInt, _>(self.campaign_id)
        .bind::<Nullable<BigInt>, _>(self.user_id)
        .bind::<Text, _>(self.purpose)
        .bind::<Text, _>(self.name)
        .cached()
        .get_result(conn)
        .await
    }
}

/// Begins a file of an organization that is about no campaign; see [`NewStoredFile::insert`].
pub async fn insert_for_organization(
    conn: &mut Conn,
    organization_id: i64,
    user_id: Option<i64>,
    purpose: &str,
    name: &str,
) -> QueryResult<StoredFileRow> {
    sql_query(
        "INSERT INTO stored_file (organization_id, user_id, purpose, name, token, expires_at)
         VALUES ($1, $2, $3, $4, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
             now() + interval '24 hours')
         RETURNING *",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<BigInt>, _>(user_id)
    .bind::<Text, _>(purpose)
    .bind::<Text, _>(name)
    .cached()
    .get_result(conn)
    .await
}

/// A complete file of an organization that is about no campaign.
pub async fn of_organization(
    conn: &mut Conn,
    id: i64,
    organization_id: i64,
    purpose: &str,
) -> QueryResult<Option<StoredFileRow>> {
    sql_query(
        "SELECT * FROM stored_file WHERE id = $1 AND organization_id = $2 AND campaign_id IS NULL AND purpose = $3
             AND is_complete AND expires_at > now()",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(purpose)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Adds a piece; positions count from 0.
pub async fn append(conn: &mut Conn, id: i64, position: i32, bytes: &[u8]) -> QueryResult<usize> {
    sql_query("INSERT INTO stored_file_chunk (stored_file_id, position, bytes) VALUES ($1, $2, $3)")
        .bind::<BigInt, _>(id)
        .bind::<Integer, _>(position)
        .bind::<Binary, _>(bytes)
        .cached()
        .execute(conn)
        .await
}

/// Marks a file as complete and notes its length.
pub async fn complete(conn: &mut Conn, id: i64) -> QueryResult<StoredFileRow> {
    sql_query(
        "UPDATE stored_file SET is_complete = true, size_bytes = coalesce(
             (SELECT sum(length(c.bytes)) FROM stored_file_chunk c WHERE c.stored_file_id = $1), 0)
         WHERE id = $1 RETURNING *",
    )
    .bind::<BigInt, _>(id)
    .cached()
    .get_result(conn)
    .await
}

/// A complete file of a campaign.
pub async fn of_campaign(
    conn: &mut Conn,
    id: i64,
    campaign_id: i64,
    purpose: &str,
) -> QueryResult<Option<StoredFileRow>> {
    sql_query(
        "SELECT * FROM stored_file WHERE id = $1 AND campaign_id = $2 AND purpose = $3 AND is_complete
             AND expires_at > now()",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(purpose)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// A file that may be downloaded, by the token of its address: complete, made by an export, not too old.
pub async fn download(conn: &mut Conn, token: &str) -> QueryResult<Option<StoredFileRow>> {
    sql_query(
        "SELECT * FROM stored_file WHERE token = $1 AND is_complete AND expires_at > now()
             AND purpose IN ('export', 'export_messages', 'opt_outs_export', 'opt_outs_invalid')",
    )
    .bind::<Text, _>(token)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// A piece; none after the last one.
pub async fn chunk(conn: &mut Conn, id: i64, position: i32) -> QueryResult<Option<Vec<u8>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Binary)]
        bytes: Vec<u8>,
    }
    let row: Option<Row> =
        sql_query("SELECT bytes FROM stored_file_chunk WHERE stored_file_id = $1 AND position = $2")
            .bind::<BigInt, _>(id)
            .bind::<Integer, _>(position)
            .cached()
            .get_result(conn)
            .await
            .optional()?;
    Ok(row.map(|row| row.bytes))
}

/// Keeps a file a day longer: a job waits for it.
pub async fn keep(conn: &mut Conn, id: i64) -> QueryResult<usize> {
    sql_query("UPDATE stored_file SET expires_at = now() + interval '24 hours' WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .execute(conn)
        .await
}

/// Deletes a file.
pub async fn delete(conn: &mut Conn, id: i64) -> QueryResult<usize> {
    sql_query("DELETE FROM stored_file WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .execute(conn)
        .await
}

/// Deletes what a stopped export left half written.
pub async fn delete_half_exports(conn: &mut Conn, campaign_id: i64) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM stored_file WHERE campaign_id = $1 AND purpose IN ('export', 'export_messages') AND NOT is_complete",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .execute(conn)
    .await
}

/// Deletes files that are too old, except those that a waiting job names, and returns how many.
pub async fn delete_expired(conn: &mut Conn) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM stored_file f WHERE f.expires_at <= now() AND NOT EXISTS (
             SELECT 1 FROM job_request j WHERE j.organization_id = f.organization_id AND j.failed_at IS NULL
                 AND j.payload ->> 'fileId' = f.id::text)",
    )
    .cached()
    .execute(conn)
    .await
}
