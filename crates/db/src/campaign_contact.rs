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

macro_rules! contact_sql {
    ($now:literal, $rest:literal) => {
        concat!(
            "SELECT cc.id, cc.organization_id, cc.campaign_id, cc.assignment_id, cc.external_id, cc.first_name,
                 cc.last_name, cc.cell, cc.zip, cc.custom_fields, cc.time_zone, cc.message_status, cc.is_opted_out,
                 cc.error_code, cc.updated_at, w.opens_at IS NULL AS can_text_now,
                 CASE WHEN cc.message_status = 'needsMessage' THEN
                     trim_space(render_script(ca.initial_script, cc, u.first_name, u.last_name, u.alias)) END AS initial_text
             FROM campaign_contact cc
             JOIN campaign ca ON ca.id = cc.campaign_id
             JOIN organization o ON o.id = ca.organization_id
             LEFT JOIN assignment a ON a.id = cc.assignment_id
             LEFT JOIN \"user\" u ON u.id = a.user_id
             CROSS JOIN LATERAL texting_window(cc.time_zone, ca.timezone, ca.override_organization_texting_hours,
                 ca.texting_hours_enforced, ca.texting_hours_start, ca.texting_hours_end,
                 o.texting_hours_enforced, o.texting_hours_start, o.texting_hours_end, ", $now, ") w ",
            $rest
        )
    };
}

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

/// Which contacts of an assignment are asked for.
#[derive(Debug, Default, Clone)]
pub struct ContactsFilter {
    /// Any of these states; none: all.
    pub statuses: Option<Vec<String>>,
    /// Only opted out, or only others; none: both.
    pub is_opted_out: Option<bool>,
    /// Only those whose texting hours are open (true) or closed (false).
    pub valid_timezone: Option<bool>,
    /// Only this contact.
    pub contact_id: Option<i64>,
    /// Any of these error codes; 0 stands for none.
    pub error_codes: Option<Vec<i32>>,
    /// Leave first messages out 24 hours after the due date.
    pub hide_past_due: bool,
}

/// Contacts of an assignment, those that wait for a reply first, oldest first.
pub async fn of_assignment(
    conn: &mut Conn,
    assignment_id: i64,
    filter: &ContactsFilter,
    limit: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<CampaignContactRow>> {
    sql_query(contact_sql!(
        "$2",
        "WHERE cc.assignment_id = $1 AND ($3::text[] IS NULL OR cc.message_status = ANY($3))
             AND ($4::boolean IS NULL OR cc.is_opted_out = $4)
             AND ($5::boolean IS NULL OR (w.opens_at IS NULL) = $5)
             AND ($6::bigint IS NULL OR cc.id = $6)
             AND ($7::integer[] IS NULL OR coalesce(cc.error_code, 0) = ANY($7))
             AND NOT ($8 AND cc.message_status = 'needsMessage' AND ca.due_by IS NOT NULL
                 AND $2 > ca.due_by + interval '24 hours')
         ORDER BY CASE cc.message_status WHEN 'needsResponse' THEN 0 WHEN 'needsMessage' THEN 1 ELSE 2 END,
             CASE WHEN cc.message_status IN ('needsResponse', 'needsMessage') THEN cc.updated_at END,
             CASE WHEN cc.message_status NOT IN ('needsResponse', 'needsMessage') THEN cc.updated_at END DESC, cc.id
         LIMIT $9"
    ))
    .bind::<BigInt, _>(assignment_id)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<Array<Text>>, _>(filter.statuses.as_deref())
    .bind::<Nullable<Bool>, _>(filter.is_opted_out)
    .bind::<Nullable<Bool>, _>(filter.valid_timezone)
    .bind::<Nullable<BigInt>, _>(filter.contact_id)
    .bind::<Nullable<Array<Integer>>, _>(filter.error_codes.as_deref())
    .bind::<Bool, _>(filter.hide_past_due)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// How many contacts of an assignment match; for filters that the kept counts do not answer.
pub async fn count_of_assignment(
    conn: &mut Conn,
    assignment_id: i64,
    filter: &ContactsFilter,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let row: Row = sql_query(
        "SELECT count(*) AS n FROM campaign_contact cc JOIN campaign ca ON ca.id = cc.campaign_id
         JOIN organization o ON o.id = ca.organization_id
         CROSS JOIN LATERAL texting_window(cc.time_zone, ca.timezone, ca.override_organization_texting_hours,
             ca.texting_hours_enforced, ca.texting_hours_start, ca.texting_hours_end,
             o.texting_hours_enforced, o.texting_hours_start, o.texting_hours_end, $2) w
         WHERE cc.assignment_id = $1 AND ($3::text[] IS NULL OR cc.message_status = ANY($3))
             AND ($4::boolean IS NULL OR cc.is_opted_out = $4)
             AND ($5::boolean IS NULL OR (w.opens_at IS NULL) = $5)
             AND ($6::bigint IS NULL OR cc.id = $6)
             AND ($7::integer[] IS NULL OR coalesce(cc.error_code, 0) = ANY($7))
             AND NOT ($8 AND cc.message_status = 'needsMessage' AND ca.due_by IS NOT NULL
                 AND $2 > ca.due_by + interval '24 hours')",
    )
    .bind::<BigInt, _>(assignment_id)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<Array<Text>>, _>(filter.statuses.as_deref())
    .bind::<Nullable<Bool>, _>(filter.is_opted_out)
    .bind::<Nullable<Bool>, _>(filter.valid_timezone)
    .bind::<Nullable<BigInt>, _>(filter.contact_id)
    .bind::<Nullable<Array<Integer>>, _>(filter.error_codes.as_deref())
    .bind::<Bool, _>(filter.hide_past_due)
    .cached()
    .get_result(conn)
    .await?;
    Ok(row.n)
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

/// Sets a contact's state.
pub async fn set_status(conn: &mut Conn, id: i64, status: &str) -> QueryResult<usize> {
    sql_query("UPDATE campaign_contact SET message_status = $2, updated_at = now() WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(status)
        .cached()
        .execute(conn)
        .await
}
