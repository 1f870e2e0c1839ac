//! What an export reads: contacts with all that belongs to them, page by page in the order of their ids.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::{Conn, QueryResult, cached::CachedExt, stored_file::StoredFileRow};

/// A contact as it is exported.
#[derive(Debug, Clone, QueryableByName)]
pub struct ExportContactRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub assignment_id: Option<i64>,
    /// Opted out by a text of this assignment.
    #[diesel(sql_type = Bool)]
    pub opted_out_here: bool,
    /// Opted out of the organization, wherever.
    #[diesel(sql_type = Bool)]
    pub opted_out: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub texter_first: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub texter_last: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub texter_email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub texter_cell: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub texter_alias: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub texter_extra: Option<Value>,
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
    #[diesel(sql_type = Text)]
    pub message_status: String,
    #[diesel(sql_type = Nullable<Integer>)]
    pub error_code: Option<i32>,
    #[diesel(sql_type = Jsonb)]
    pub custom_fields: Value,
    /// Answers by the id of their step; none when there are none.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub answers: Option<Value>,
}

/// A text as it is exported.
#[derive(Debug, Clone, QueryableByName)]
pub struct ExportMessageRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub campaign_contact_id: i64,
    #[diesel(sql_type = Text)]
    pub user_number: String,
    #[diesel(sql_type = Text)]
    pub contact_number: String,
    #[diesel(sql_type = Bool)]
    pub is_from_contact: bool,
    #[diesel(sql_type = Text)]
    pub send_status: String,
    #[diesel(sql_type = Timestamptz)]
    pub attempted_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub text: String,
    #[diesel(sql_type = Nullable<Integer>)]
    pub error_code: Option<i32>,
}

/// The first and last id of a campaign's contacts, and how many there are; none without contacts.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct ContactRange {
    #[diesel(sql_type = BigInt)]
    pub first: i64,
    #[diesel(sql_type = BigInt)]
    pub last: i64,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Which ids a campaign's contacts have: pages then never read another campaign's part of the table.
pub async fn contact_range(conn: &mut Conn, campaign_id: i64) -> QueryResult<Option<ContactRange>> {
    // With the count the planner does not walk the primary key in search of the campaign's first contact.
    sql_query(
        "SELECT min(id) AS first, max(id) AS last, count(*) AS count FROM campaign_contact WHERE campaign_id = $1
         HAVING count(*) > 0",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .get_result(conn)
    .await
    .optional()
}

/// The next page of contacts after an id.
pub async fn contacts(
    conn: &mut Conn,
    campaign_id: i64,
    after_id: i64,
    last_id: i64,
    limit: i64,
) -> QueryResult<Vec<ExportContactRow>> {
    sql_query(
        "SELECT cc.id, cc.assignment_id,
             coalesce(oo.assignment_id = cc.assignment_id, false) AS opted_out_here,
             cc.is_opted_out OR oo.id IS NOT NULL AS opted_out,
             u.first_name AS texter_first, u.last_name AS texter_last, u.email AS texter_email,
             coalesce(nullif(u.assigned_cell, ''), u.cell) AS texter_cell, u.alias AS texter_alias,
             u.extra AS texter_extra, cc.external_id, cc.first_name, cc.last_name, cc.cell, cc.zip, cc.message_status,
             cc.error_code, cc.custom_fields,
             (SELECT jsonb_object_agg(q.interaction_step_id::text, q.value) FROM question_response q
              WHERE q.campaign_contact_id = cc.id) AS answers
         FROM campaign_contact cc
         LEFT JOIN assignment a ON a.id = cc.assignment_id
         LEFT JOIN \"user\" u ON u.id = a.user_id
         LEFT JOIN opt_out oo ON oo.organization_id = cc.organization_id AND oo.cell = cc.cell
         WHERE cc.campaign_id = $1 AND cc.id > $2 AND cc.id <= $3
         ORDER BY cc.id LIMIT $4",
    )
    .bind::<BigInt, _>(campaign_id)
    .bind::<BigInt, _>(after_id)
    .bind::<BigInt, _>(last_id)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// The next page of texts of these contacts, contact by contact, after a contact and a text.
pub async fn messages(
    conn: &mut Conn,
    contact_ids: &[i64],
    after: (i64, i64),
    limit: i64,
) -> QueryResult<Vec<ExportMessageRow>> {
    sql_query(
        "SELECT m.id, m.campaign_contact_id, m.user_number, m.contact_number, m.is_from_contact, m.send_status,
             m.created_at AS attempted_at, m.text, m.error_code
         FROM message m
         WHERE m.campaign_contact_id = ANY($1) AND (m.campaign_contact_id, m.id) > ($2, $3)
         ORDER BY m.campaign_contact_id, m.id LIMIT $4",
    )
    .bind::<Array<BigInt>, _>(contact_ids)
    .bind::<BigInt, _>(after.0)
    .bind::<BigInt, _>(after.1)
    .bind::<BigInt, _>(limit)
    .cached()
    .load(conn)
    .await
}

/// A question that has a column.
#[derive(Debug, Clone, QueryableByName)]
pub struct ExportQuestion {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub question: String,
}

/// The questions of a campaign: those of its script, and deleted ones that were answered.
pub async fn questions(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<ExportQuestion>> {
    sql_query(
        "SELECT s.id, s.question FROM interaction_step s
         WHERE s.campaign_id = $1 AND btrim(s.question) <> ''
             AND (NOT s.is_deleted OR EXISTS (SELECT 1 FROM question_response q WHERE q.interaction_step_id = s.id))
         ORDER BY s.id",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .load(conn)
    .await
}

/// The newest complete export of each kind that has not expired.
pub async fn latest(conn: &mut Conn, campaign_id: i64) -> QueryResult<Vec<StoredFileRow>> {
    sql_query(
        "SELECT DISTINCT ON (purpose) * FROM stored_file
         WHERE campaign_id = $1 AND purpose IN ('export', 'export_messages') AND is_complete AND expires_at > now()
         ORDER BY purpose, id DESC",
    )
    .bind::<BigInt, _>(campaign_id)
    .cached()
    .load(conn)
    .await
}
