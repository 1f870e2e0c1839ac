//! Telephone numbers that organizations have at a vendor.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// Numbers of one area code.
#[derive(Debug, Clone, QueryableByName)]
pub struct AreaCodeCount {
    #[diesel(sql_type = Text)]
    pub area_code: String,
    #[diesel(sql_type = BigInt)]
    pub available: i64,
    #[diesel(sql_type = BigInt)]
    pub allocated: i64,
}

/// An organization's numbers, per area code.
pub async fn counts(conn: &mut Conn, organization_id: i64, service: &str) -> QueryResult<Vec<AreaCodeCount>> {
    sql_query(
        "SELECT area_code, count(*) FILTER (WHERE allocated_to IS NULL) AS available,
             count(*) FILTER (WHERE allocated_to IS NOT NULL) AS allocated
         FROM owned_phone_number WHERE organization_id = $1 AND service = $2 GROUP BY 1 ORDER BY 1",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(service)
    .cached()
    .load(conn)
    .await
}

/// Stores numbers that were bought; those that are there already stay as they are.
pub async fn insert(
    conn: &mut Conn,
    organization_id: i64,
    service: &str,
    area_code: &str,
    service_ids: &[String],
    phone_numbers: &[String],
) -> QueryResult<usize> {
    sql_query(
        "INSERT INTO owned_phone_number (organization_id, service, area_code, service_id, phone_number)
         SELECT $1, $2, $3, id, number FROM unnest($4::text[], $5::text[]) t (id, number)
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(service)
    .bind::<Text, _>(area_code)
    .bind::<Array<Text>, _>(service_ids)
    .bind::<Array<Text>, _>(phone_numbers)
    .cached()
    .execute(conn)
    .await
}

/// A number that is given back.
#[derive(Debug, Clone, QueryableByName)]
pub struct ApartNumber {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The vendor's id of it.
    #[diesel(sql_type = Text)]
    pub service_id: String,
}

/// Sets the free numbers of an area code apart, to be given back; those that were set apart before are among them.
pub async fn set_apart(
    conn: &mut Conn,
    organization_id: i64,
    service: &str,
    area_code: &str,
) -> QueryResult<Vec<ApartNumber>> {
    sql_query(
        "UPDATE owned_phone_number SET allocated_to = 'return', allocated_to_id = '', allocated_at = coalesce(allocated_at, now())
         WHERE organization_id = $1 AND service = $2 AND area_code = $3
             AND (allocated_to IS NULL OR allocated_to = 'return')
         RETURNING id, service_id",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(service)
    .bind::<Text, _>(area_code)
    .cached()
    .load(conn)
    .await
}

/// Forgets a number.
pub async fn delete(conn: &mut Conn, id: i64) -> QueryResult<usize> {
    sql_query("DELETE FROM owned_phone_number WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .execute(conn)
        .await
}

/// Reserves free numbers of an area code for a campaign; returns how many there were, the amount at most. Others who
/// reserve at the same time get others.
pub async fn reserve(
    conn: &mut Conn,
    (campaign_id, organization_id): (i64, i64),
    service: &str,
    area_code: &str,
    amount: i64,
) -> QueryResult<usize> {
    sql_query(
        "UPDATE owned_phone_number SET allocated_to = 'campaign', allocated_to_id = $1::bigint::text,
             allocated_at = now()
         WHERE id IN (SELECT id FROM owned_phone_number
             WHERE organization_id = $2 AND service = $3 AND area_code = $4 AND allocated_to IS NULL
             ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED)",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(organization_id)
    .bind::<Text, _>(service)
    .bind::<Text, _>(area_code)
    .bind::<BigInt, _>(amount)
    .cached()
    .execute(conn)
    .await
}

/// Gives a campaign's numbers back.
pub async fn release(conn: &mut Conn, campaign_id: i64) -> QueryResult<usize> {
    sql_query(
        "UPDATE owned_phone_number SET allocated_to = NULL, allocated_to_id = NULL, allocated_at = NULL
         WHERE allocated_to = 'campaign' AND allocated_to_id = $1::bigint::text",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .execute(conn)
    .await
}

/// A number that is reserved for a campaign.
#[derive(Debug, Clone, QueryableByName)]
pub struct CampaignNumber {
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Text)]
    pub phone_number: String,
    #[diesel(sql_type = Text)]
    pub area_code: String,
}

/// Numbers reserved for these campaigns.
pub async fn of_campaigns(conn: &mut Conn, campaign_ids: &[i64]) -> QueryResult<Vec<CampaignNumber>> {
    sql_query(
        "SELECT allocated_to_id::bigint AS campaign_id, phone_number, area_code FROM owned_phone_number
         WHERE allocated_to = 'campaign' AND allocated_to_id = ANY(SELECT unnest($1::bigint[])::text)
         ORDER BY area_code, id",
    )
    .bind::<Array<BigInt>, _>(campaign_ids)
    .cached()
    .load(conn)
    .await
}

/// Contacts of a campaign, per area code of their cells; numbers of other countries are left out.
pub async fn contacts_per_area_code(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<(String, i64)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        area_code: String,
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT substr(cell, 3, 3) AS area_code, count(*) AS n FROM campaign_contact
         WHERE campaign_id = $1 AND cell LIKE '+1__________' GROUP BY 1 ORDER BY 2 DESC, 1",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.area_code, row.n)).collect())
}
