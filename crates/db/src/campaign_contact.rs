//! Contacts: one recipient in one campaign.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A contact as a texter sees it.
#[derive(Debug, Clone, QueryableByName)]
pub struct CampaignContactRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub external_id: String,
    #[diesel(sql_type = Text)]
    pub first_name: String,
    #[diesel(sql_type = Text)]
    pub last_name: String,
    #[diesel(sql_type = Text)]
    pub cell: String,
    #[diesel(sql_type = Text)]
    pub zip: String,
    #[diesel(sql_type = Jsonb)]
    pub custom_fields: serde_json::Value,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub message_status: String,
    #[diesel(sql_type = Bool)]
    pub is_opted_out: bool,
    #[diesel(sql_type = Nullable<Integer>)]
    pub error_code: Option<i32>,
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
    /// Whether texting hours are open for the contact.
    #[diesel(sql_type = Bool)]
    pub can_text_now: bool,
    /// The first message as it would go out now to whom the contact is assigned; none once it was sent.
    #[diesel(sql_type = Nullable<Text>)]
    pub initial_text: Option<String>,
}

/// What a contact's row is made of, for a statement that goes on with `$rest`; `$now` is the bind of the instant.
macro_rules! contact_sql {
    ($now:literal, $rest:expr) => {
        concat!(
            "SELECT cc.id, cc.organization_id, cc.campaign_id, cc.assignment_id, cc.external_id, cc.first_name,
                 cc.last_name, cc.cell, cc.zip, cc.custom_fields, cc.time_zone, cc.message_status, cc.is_opted_out,
                 cc.error_code, cc.updated_at, w.opens_at IS NULL AS can_text_now,
                 CASE WHEN cc.message_status = 'needsMessage' THEN
                     trim_space(render_script(ca.initial_script, cc, u.first_name, u.last_name, u.alias)) END AS initial_text",
            $crate::campaign_contact::contact_from!($now),
            $rest
        )
    };
}

/// The tables of a contact and its texting hours.
macro_rules! contact_from {
    ($now:literal) => {
        concat!(
            " FROM campaign_contact cc
             JOIN campaign ca ON ca.id = cc.campaign_id
             JOIN organization o ON o.id = ca.organization_id
             LEFT JOIN assignment a ON a.id = cc.assignment_id
             LEFT JOIN \"user\" u ON u.id = a.user_id
             CROSS JOIN LATERAL texting_window(cc.time_zone, cc.state, ca, o, ",
            $now,
            ") w "
        )
    };
}
pub(crate) use {contact_from, contact_sql};

/// The contacts with these ids, in no order.
pub async fn by_ids(
    conn: &mut Conn,
    ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<Vec<CampaignContactRow>> {
    sql_query(contact_sql!("$2", "WHERE cc.id = ANY($1)"))
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .cached()
        .load(conn)
        .await
}

/// The contacts of an assignment with these ids, in no order.
pub async fn of_assignment_by_ids(
    conn: &mut Conn,
    assignment_id: i64,
    ids: &[i64],
    now: DateTime<Utc>,
) -> QueryResult<Vec<CampaignContactRow>> {
    sql_query(contact_sql!(
        "$3",
        "WHERE cc.assignment_id = $1 AND cc.id = ANY($2)"
    ))
    .bind::<BigInt, _>(assignment_id)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Timestamptz, _>(now)
    .cached()
    .load(conn)
    .await
}

/// A contact with what a permission check needs.
#[derive(Debug, Clone, QueryableByName)]
pub struct ContactOwner {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub cell: String,
    #[diesel(sql_type = Text)]
    pub message_status: String,
    /// The texter who has it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub texter_id: Option<i64>,
}

/// A contact and whose it is; its row is locked when `lock` is set, so that what was checked stays true.
pub async fn owner(conn: &mut Conn, id: i64, lock: bool) -> QueryResult<Option<ContactOwner>> {
    let plain =
        "SELECT cc.id, cc.organization_id, cc.campaign_id, cc.assignment_id, cc.cell, cc.message_status,
             a.user_id AS texter_id
         FROM campaign_contact cc LEFT JOIN assignment a ON a.id = cc.assignment_id WHERE cc.id = $1";
    let locked =
        "SELECT cc.id, cc.organization_id, cc.campaign_id, cc.assignment_id, cc.cell, cc.message_status,
             a.user_id AS texter_id
         FROM campaign_contact cc LEFT JOIN assignment a ON a.id = cc.assignment_id WHERE cc.id = $1
         FOR NO KEY UPDATE OF cc";
    sql_query(if lock { locked } else { plain })
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()
}

/// Merges fields into the list's own columns of a contact.
pub async fn merge_custom_fields(conn: &mut Conn, id: i64, fields: &serde_json::Value) -> QueryResult<usize> {
    sql_query("UPDATE campaign_contact SET custom_fields = custom_fields || $2 WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<Jsonb, _>(fields)
        .cached()
        .execute(conn)
        .await
}

/// Sets a contact's state.
pub async fn set_status(conn: &mut Conn, id: i64, status: &str) -> QueryResult<usize> {
    sql_query("UPDATE campaign_contact SET message_status = $2, updated_at = now() WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(status)
        .cached()
        .execute(conn)
        .await
}
