//! Secrets that let their bearer set a new password once (S35). Only the SHA-256 of a secret is stored.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    user_id: i64,
}

/// Stores a secret for an account; those given out before stop working.
pub async fn insert(
    conn: &mut Conn,
    token_hash: &[u8],
    user_id: i64,
    created_by: i64,
    expires_at: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query(
        "WITH older AS (DELETE FROM password_reset WHERE user_id = $2 AND used_at IS NULL)
         INSERT INTO password_reset (token_sha256, user_id, created_by, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind::<Binary, _>(token_hash)
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(created_by)
    .bind::<Timestamptz, _>(expires_at)
    .cached()
    .execute(conn)
    .await
}

/// Takes back the secrets of an account that were not used.
pub async fn revoke(conn: &mut Conn, user_id: i64) -> QueryResult<usize> {
    sql_query("DELETE FROM password_reset WHERE user_id = $1 AND used_at IS NULL")
        .bind::<BigInt, _>(user_id)
        .cached()
        .execute(conn)
        .await
}

/// Whose password a secret may set, if it still may and the address is that account's.
pub async fn find(
    conn: &mut Conn,
    token_hash: &[u8],
    email: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    let row: Option<Found> = sql_query(
        "SELECT r.user_id FROM password_reset r JOIN \"user\" u ON u.id = r.user_id AND lower(u.email) = lower($2)
         WHERE r.token_sha256 = $1 AND r.used_at IS NULL AND r.expires_at > $3",
    )
    .bind::<Binary, _>(token_hash)
    .bind::<Text, _>(email)
    .bind::<Timestamptz, _>(now)
    .cached()
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.user_id))
}

/// Uses a secret up: sets the account's password and ends all of its sessions, in one statement. None when somebody
/// used it first.
pub async fn consume(
    conn: &mut Conn,
    token_hash: &[u8],
    password_hash: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    let row: Option<Found> = sql_query(
        "WITH used AS (
             UPDATE password_reset SET used_at = $3
             WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > $3 RETURNING user_id
         ), changed AS (
             UPDATE \"user\" u SET password_hash = $2 FROM used WHERE u.id = used.user_id
         ), ended AS (
             DELETE FROM session s USING used WHERE s.user_id = used.user_id
         )
         SELECT user_id FROM used",
    )
    .bind::<Binary, _>(token_hash)
    .bind::<Text, _>(password_hash)
    .bind::<Timestamptz, _>(now)
    .cached()
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.user_id))
}
