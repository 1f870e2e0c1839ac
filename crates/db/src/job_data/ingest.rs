//! Loading contacts into a campaign.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Notes that a load of contacts is under way.
pub async fn ingest_begun(
    conn: &mut Conn,
    campaign_id: i64,
    method: &str,
    reference: &str,
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO campaign_admin (campaign_id, ingest_method, ingest_data_reference) VALUES ($1, $2, $3)
         ON CONFLICT (campaign_id) DO UPDATE SET ingest_method = excluded.ingest_method,
             ingest_data_reference = excluded.ingest_data_reference, ingest_success = NULL, ingest_result = NULL,
             contacts_count = NULL, deleted_optouts_count = NULL, duplicate_contacts_count = NULL, updated_at = now()",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(method)
    .bind::<Text, _>(reference)
    .cached()
    .execute(conn)
    .await
}

/// How a load of contacts ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct IngestCounts {
    /// Contacts that the campaign has now.
    pub contacts: i32,
    /// Rows left out because the cell opted out.
    pub opted_out: i32,
    /// Rows left out because an earlier row has the cell.
    pub duplicates: i32,
}

/// Notes that the load of contacts succeeded, and the contacts' own fields.
pub async fn ingest_succeeded(
    conn: &mut Conn,
    campaign_id: i64,
    counts: IngestCounts,
    result: &str,
    custom_fields: &[String],
) -> QueryResult<usize> {
    sql_query(
        "WITH fields AS (
             UPDATE campaign SET features = jsonb_set(features, '{customFields}', to_jsonb($6::text[])) WHERE id = $1
         ) INSERT INTO campaign_admin AS a (campaign_id, ingest_success, ingest_result, contacts_count,
             deleted_optouts_count, duplicate_contacts_count) VALUES ($1, true, $2, $3, $4, $5)
         ON CONFLICT (campaign_id) DO UPDATE SET ingest_success = true, ingest_result = excluded.ingest_result,
             contacts_count = excluded.contacts_count, deleted_optouts_count = excluded.deleted_optouts_count,
             duplicate_contacts_count = excluded.duplicate_contacts_count, updated_at = now()",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(result)
    .bind::<Integer, _>(counts.contacts)
    .bind::<Integer, _>(counts.opted_out)
    .bind::<Integer, _>(counts.duplicates)
    .bind::<Array<Text>, _>(custom_fields)
    .cached()
    .execute(conn)
    .await
}

/// Notes that the load of contacts failed, unless it has ended already.
pub async fn ingest_failed(conn: &mut Conn, campaign_id: i64, result: &str) -> QueryResult<usize> {
    sql_query(
        "UPDATE campaign_admin SET ingest_success = false, ingest_result = $2, updated_at = now(),
             contacts_count = (SELECT sum(total) FROM contact_count WHERE campaign_id = $1)
         WHERE campaign_id = $1 AND ingest_success IS NULL AND ingest_method IS NOT NULL",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<Text, _>(result)
    .cached()
    .execute(conn)
    .await
}

/// Deletes up to `limit` contacts of a campaign.
pub async fn delete_contacts(conn: &mut Conn, campaign_id: i64, limit: i64) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM campaign_contact WHERE id IN (SELECT id FROM campaign_contact WHERE campaign_id = $1 LIMIT $2)",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .execute(conn)
    .await
}

/// Contacts to be inserted, column by column; all of one length.
#[derive(Debug, Clone, Default)]
pub struct ContactColumns {
    /// First names.
    pub first_name: Vec<String>,
    /// Last names.
    pub last_name: Vec<String>,
    /// Cells, E.164.
    pub cell: Vec<String>,
    /// Five digits or empty.
    pub zip: Vec<String>,
    /// Ids in the system that the file comes from.
    pub external_id: Vec<String>,
    /// Own fields, each as the text of a JSON object.
    pub custom_fields: Vec<String>,
    /// IANA names with a space between, or empty.
    pub time_zone: Vec<String>,
    /// States, two letters or empty.
    pub state: Vec<String>,
}

/// What became of inserted rows; the rest are duplicates.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Inserted {
    /// New contacts.
    #[diesel(sql_type = BigInt)]
    pub inserted: i64,
    /// Left out because their cell opted out of the organization.
    #[diesel(sql_type = BigInt)]
    pub opted_out: i64,
}

/// Inserts contacts in one statement. Of several rows with one cell the first wins.
pub async fn insert_contacts(
    conn: &mut Conn,
    organization_id: i64,
    campaign_id: i64,
    rows: &ContactColumns,
) -> QueryResult<Inserted> {
    sql_query(
        "WITH input AS MATERIALIZED (
             SELECT r.*, EXISTS (SELECT 1 FROM opt_out o WHERE o.cell = r.cell AND (o.organization_id = $1
                 OR (SELECT s.opt_outs_shared FROM instance_setting s WHERE s.only_one))) AS is_out
             FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                     $10::text[])
                 WITH ORDINALITY AS r (first_name, last_name, cell, zip, external_id, custom_fields, time_zone, state,
                     position)
         ), made AS (
             INSERT INTO campaign_contact (organization_id, campaign_id, first_name, last_name, cell, zip, external_id,
                 custom_fields, time_zone, state)
             SELECT $1, $2, i.first_name, i.last_name, i.cell, i.zip, i.external_id, i.custom_fields::jsonb, i.time_zone,
                 i.state
             FROM input i WHERE NOT i.is_out ORDER BY i.position
             ON CONFLICT (campaign_id, cell) DO NOTHING RETURNING 1
         ) SELECT (SELECT count(*) FROM made) AS inserted, (SELECT count(*) FROM input WHERE is_out) AS opted_out",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<Array<Text>, _>(&rows.first_name)
    .bind::<Array<Text>, _>(&rows.last_name)
    .bind::<Array<Text>, _>(&rows.cell)
    .bind::<Array<Text>, _>(&rows.zip)
    .bind::<Array<Text>, _>(&rows.external_id)
    .bind::<Array<Text>, _>(&rows.custom_fields)
    .bind::<Array<Text>, _>(&rows.time_zone)
    .bind::<Array<Text>, _>(&rows.state)
    .cached()
    .get_result(conn)
    .await
}
