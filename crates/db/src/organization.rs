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

/// Changes an organization's features: takes keys out, then puts keys in, in one statement on the row as it is.
pub async fn merge_features(
    conn: &mut Conn,
    id: i64,
    set: &serde_json::Value,
    unset: &[String],
) -> QueryResult<OrganizationRow> {
    sql_query("UPDATE organization SET features = (features - $3) || $2 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Jsonb, _>(set)
        .bind::<Array<Text>, _>(unset)
        .cached()
        .get_result(conn)
        .await
}

/// Changes colours of an organization's theme; colours that are not named stay.
pub async fn merge_palette(
    conn: &mut Conn,
    id: i64,
    palette: &serde_json::Value,
) -> QueryResult<OrganizationRow> {
    sql_query(
        "UPDATE organization SET features = jsonb_set(features, '{theme}', CASE jsonb_typeof(features -> 'theme')
                 WHEN 'object' THEN features -> 'theme' ELSE '{}' END || jsonb_build_object('palette',
             CASE jsonb_typeof(features -> 'theme' -> 'palette') WHEN 'object' THEN features -> 'theme' -> 'palette'
                 ELSE '{}' END || $2))
         WHERE id = $1 RETURNING *",
    )
    .bind::<BigInt, _>(id)
    .bind::<Jsonb, _>(palette)
    .cached()
    .get_result(conn)
    .await
}

/// Sets the hours in which contacts may be texted.
pub async fn set_texting_hours(
    conn: &mut Conn,
    id: i64,
    start: i16,
    end: i16,
) -> QueryResult<OrganizationRow> {
    sql_query(
        "UPDATE organization SET texting_hours_start = $2, texting_hours_end = $3 WHERE id = $1 RETURNING *",
    )
    .bind::<BigInt, _>(id)
    .bind::<SmallInt, _>(start)
    .bind::<SmallInt, _>(end)
    .cached()
    .get_result(conn)
    .await
}

/// Sets whether these hours are enforced.
pub async fn set_texting_hours_enforced(
    conn: &mut Conn,
    id: i64,
    is_enforced: bool,
) -> QueryResult<OrganizationRow> {
    sql_query("UPDATE organization SET texting_hours_enforced = $2 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Bool, _>(is_enforced)
        .cached()
        .get_result(conn)
        .await
}

/// Gives the join link another secret; the old one stops working.
pub async fn set_uuid(conn: &mut Conn, id: i64, uuid: &str) -> QueryResult<OrganizationRow> {
    sql_query("UPDATE organization SET uuid = $2 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(uuid)
        .cached()
        .get_result(conn)
        .await
}

/// Locks an organization until the transaction ends, so that its memberships change one by one.
pub async fn lock(conn: &mut Conn, id: i64) -> QueryResult<usize> {
    sql_query("SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<BigInt, _>(id)
        .cached()
        .execute(conn)
        .await
}

/// A number of an organization.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct OrganizationCount {
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Texts of the last day, both ways; organizations without any are left out. The day ends by the database's clock,
/// which is the one that dates texts.
pub async fn texts_in_last_day(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<OrganizationCount>> {
    sql_query(
        "SELECT organization_id, count(*) AS count FROM message
         WHERE created_at > now() - interval '24 hours' AND organization_id = ANY($1) GROUP BY organization_id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

/// Campaigns of organizations, archived ones too; organizations without any are left out.
pub async fn campaigns(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<OrganizationCount>> {
    sql_query(
        "SELECT organization_id, count(*) AS count FROM campaign WHERE organization_id = ANY($1)
         GROUP BY organization_id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}
