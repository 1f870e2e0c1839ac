//! Secrets that let their bearer make one organization. Only the SHA-256 of a secret is stored (S39).

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Bool, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt, organization::OrganizationRow};

/// Stores an invitation.
pub async fn insert(
    conn: &mut Conn,
    hash: &[u8],
    created_by: i64,
    expires_at: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query("INSERT INTO invite (hash_sha256, created_by, expires_at) VALUES ($1, $2, $3)")
        .bind::<Binary, _>(hash)
        .bind::<BigInt, _>(created_by)
        .bind::<Timestamptz, _>(expires_at)
        .cached()
        .execute(conn)
        .await
}

/// Whether an invitation can still be used; none when there is no such invitation.
pub async fn is_valid(conn: &mut Conn, hash: &[u8], now: DateTime<Utc>) -> QueryResult<Option<bool>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        usable: bool,
    }
    let row: Option<Row> =
        sql_query("SELECT is_valid AND expires_at > $2 AS usable FROM invite WHERE hash_sha256 = $1")
            .bind::<Binary, _>(hash)
            .bind::<Timestamptz, _>(now)
            .cached()
            .get_result(conn)
            .await
            .optional()?;
    Ok(row.map(|row| row.usable))
}

/// Uses an invitation up and makes the organization with its owner, in one statement: of many at once one succeeds.
/// None when the invitation cannot be used.
pub async fn make_organization(
    conn: &mut Conn,
    hash: &[u8],
    now: DateTime<Utc>,
    (uuid, name): (&str, &str),
    (owner_id, role): (i64, &str),
) -> QueryResult<Option<OrganizationRow>> {
    sql_query(
        "WITH used AS (
             UPDATE invite SET is_valid = false WHERE hash_sha256 = $1 AND is_valid AND expires_at > $2 RETURNING id
         ), made AS (
             INSERT INTO organization (uuid, name) SELECT $3, $4 FROM used RETURNING *
         ), owned AS (
             INSERT INTO user_organization (user_id, organization_id, role) SELECT $5, made.id, $6 FROM made
         )
         SELECT * FROM made",
    )
    .bind::<Binary, _>(hash)
    .bind::<Timestamptz, _>(now)
    .bind::<Text, _>(uuid)
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(owner_id)
    .bind::<Text, _>(role)
    .cached()
    .get_result(conn)
    .await
    .optional()
}
