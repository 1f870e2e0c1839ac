//! Tenants.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, SmallInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// An organization.
#[derive(Debug, Clone, QueryableByName)]
pub struct OrganizationRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub uuid: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Jsonb)]
    pub features: serde_json::Value,
    #[diesel(sql_type = Bool)]
    pub texting_hours_enforced: bool,
    #[diesel(sql_type = SmallInt)]
    pub texting_hours_start: i16,
    #[diesel(sql_type = SmallInt)]
    pub texting_hours_end: i16,
}

/// Makes an organization.
pub async fn insert(conn: &mut Conn, uuid: &str, name: &str) -> QueryResult<OrganizationRow> {
    sql_query("INSERT INTO organization (uuid, name) VALUES ($1, $2) RETURNING *")
        .bind::<Text, _>(uuid)
        .bind::<Text, _>(name)
        .cached()
        .get_result(conn)
        .await
}

/// The organizations with these ids, in no order.
pub async fn by_ids(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<OrganizationRow>> {
    sql_query("SELECT * FROM organization WHERE id = ANY($1) ORDER BY id")
        .bind::<Array<BigInt>, _>(ids)
        .cached()
        .load(conn)
        .await
}

/// Every organization, for superadmins.
pub async fn all(conn: &mut Conn) -> QueryResult<Vec<OrganizationRow>> {
    sql_query("SELECT * FROM organization ORDER BY id")
        .cached()
        .load(conn)
        .await
}
