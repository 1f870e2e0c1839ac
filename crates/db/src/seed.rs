//! Writing demo data.

use chrono::{DateTime, Utc};
use diesel::{
    sql_query,
    sql_types::{Array, BigInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult};

/// A demo contact.
#[derive(Debug, Clone)]
pub struct SeedContact {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E.164.
    pub cell: String,
    /// Five digits.
    pub zip: String,
    /// IANA names with a space between.
    pub time_zone: String,
    /// Two letters or empty.
    pub state: String,
}

/// Adds contacts that nobody has.
pub async fn contacts(
    conn: &mut Conn,
    organization_id: i64,
    campaign_id: i64,
    contacts: &[SeedContact],
) -> QueryResult<usize> {
    let column = |field: fn(&SeedContact) -> &str| contacts.iter().map(field).collect::<Vec<&str>>();
    sql_query(
        "INSERT INTO campaign_contact (organization_id, campaign_id, first_name, last_name, cell, zip, time_zone, state)
         SELECT $1, $2, c.*
         FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS c",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(campaign_id)
    .bind::<Array<Text>, _>(column(|contact| &contact.first_name))
    .bind::<Array<Text>, _>(column(|contact| &contact.last_name))
    .bind::<Array<Text>, _>(column(|contact| &contact.cell))
    .bind::<Array<Text>, _>(column(|contact| &contact.zip))
    .bind::<Array<Text>, _>(column(|contact| &contact.time_zone))
    .bind::<Array<Text>, _>(column(|contact| &contact.state))
    .execute(conn)
    .await
}

/// Splits a campaign's contacts evenly between texters and starts it.
pub async fn start(
    conn: &mut Conn,
    campaign_id: i64,
    user_ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    sql_query("INSERT INTO assignment (user_id, campaign_id) SELECT unnest($1::bigint[]), $2")
        .bind::<Array<BigInt>, _>(user_ids)
        .bind::<BigInt, _>(campaign_id)
        .execute(conn)
        .await?;
    sql_query(
        "UPDATE campaign_contact cc SET assignment_id = a.id FROM (
             SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS texters FROM assignment
             WHERE campaign_id = $1) a
         WHERE cc.campaign_id = $1 AND cc.id % a.texters = a.place",
    )
    .bind::<BigInt, _>(campaign_id)
    .execute(conn)
    .await?;
    sql_query("UPDATE campaign SET is_started = true, started_at = $2 WHERE id = $1")
        .bind::<BigInt, _>(campaign_id)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
}
