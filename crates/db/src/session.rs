//! Sign-in sessions. Only the SHA-256 of a session's key is stored (S20).

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Bool, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Who a session belongs to, and what they may: one statement at each look-up.
#[derive(Debug, Clone, QueryableByName)]
pub struct SessionUser {
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    #[diesel(sql_type = Bool)]
    pub is_superadmin: bool,
    #[diesel(sql_type = Array<BigInt>)]
    pub organization_ids: Vec<i64>,
    #[diesel(sql_type = Array<Text>)]
    pub roles: Vec<String>,
    #[diesel(sql_type = Timestamptz)]
    pub expires_at: DateTime<Utc>,
}

/// Starts a session.
pub async fn insert(
    conn: &mut Conn,
    key_hash: &[u8],
    user_id: i64,
    expires_at: DateTime<Utc>,
    user_agent: &str,
) -> QueryResult<usize> {
    sql_query("INSERT INTO session (key_hash, user_id, expires_at, user_agent) VALUES ($1, $2, $3, $4)")
        .bind::<Binary, _>(key_hash)
        .bind::<BigInt, _>(user_id)
        .bind::<Timestamptz, _>(expires_at)
        .bind::<Text, _>(user_agent)
        .cached()
        .execute(conn)
        .await
}

/// The person of a session that has not expired.
pub async fn find(conn: &mut Conn, key_hash: &[u8], now: DateTime<Utc>) -> QueryResult<Option<SessionUser>> {
    sql_query(
        "SELECT s.user_id, u.is_superadmin, s.expires_at,
             coalesce(array_agg(uo.organization_id ORDER BY uo.organization_id) FILTER (WHERE uo.id IS NOT NULL), '{}') AS organization_ids,
             coalesce(array_agg(uo.role ORDER BY uo.organization_id) FILTER (WHERE uo.id IS NOT NULL), '{}') AS roles
         FROM session s JOIN \"user\" u ON u.id = s.user_id LEFT JOIN user_organization uo ON uo.user_id = u.id
         WHERE s.key_hash = $1 AND s.expires_at > $2
         GROUP BY s.key_hash, u.id",
    )
    .bind::<Binary, _>(key_hash)
    .bind::<Timestamptz, _>(now)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// Ends one session.
pub async fn delete(conn: &mut Conn, key_hash: &[u8]) -> QueryResult<usize> {
    sql_query("DELETE FROM session WHERE key_hash = $1")
        .bind::<Binary, _>(key_hash)
        .cached()
        .execute(conn)
        .await
}

/// Ends every session of a person but one.
pub async fn delete_others(conn: &mut Conn, user_id: i64, key_hash: &[u8]) -> QueryResult<usize> {
    sql_query("DELETE FROM session WHERE user_id = $1 AND key_hash <> $2")
        .bind::<BigInt, _>(user_id)
        .bind::<Binary, _>(key_hash)
        .cached()
        .execute(conn)
        .await
}

/// Drops what has expired.
pub async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    sql_query("DELETE FROM session WHERE expires_at <= $1")
        .bind::<Timestamptz, _>(now)
        .cached()
        .execute(conn)
        .await
}
