//! Campaigns.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

use crate::{Conn, QueryResult, cached::CachedExt};

/// A campaign.
#[derive(Debug, Clone, QueryableByName)]
pub struct CampaignRow {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub organization_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub creator_id: Option<i64>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_by: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    pub is_started: bool,
    #[diesel(sql_type = Bool)]
    pub is_archived: bool,
    #[diesel(sql_type = Bool)]
    pub use_dynamic_assignment: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub logo_image_url: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub intro_html: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub primary_color: Option<String>,
    #[diesel(sql_type = Bool)]
    pub override_organization_texting_hours: bool,
    #[diesel(sql_type = Bool)]
    pub texting_hours_enforced: bool,
    #[diesel(sql_type = SmallInt)]
    pub texting_hours_start: i16,
    #[diesel(sql_type = SmallInt)]
    pub texting_hours_end: i16,
    #[diesel(sql_type = Text)]
    pub timezone: String,
    #[diesel(sql_type = Jsonb)]
    pub features: serde_json::Value,
    #[diesel(sql_type = Bool)]
    pub allow_initial_edit: bool,
    #[diesel(sql_type = Integer)]
    pub script_version: i32,
    #[diesel(sql_type = Text)]
    pub join_token: String,
    #[diesel(sql_type = Integer)]
    pub batch_size: i32,
    #[diesel(sql_type = Double)]
    pub response_window: f64,
    #[diesel(sql_type = Nullable<Text>)]
    pub messageservice_sid: Option<String>,
    #[diesel(sql_type = Bool)]
    pub use_own_messaging_service: bool,
    /// Whether its sending is stopped for a while.
    #[diesel(sql_type = Bool)]
    pub is_paused: bool,
    /// Why, in words.
    #[diesel(sql_type = Text)]
    pub pause_reason: String,
    /// `hold` or `drop`: what becomes of first messages whose turn comes outside texting hours.
    #[diesel(sql_type = Text)]
    pub late_texts: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

impl CampaignRow {
    /// A text among the campaign's features; empty is none.
    pub fn feature_text(&self, key: &str) -> Option<&str> {
        let text = self.features.get(key)?.as_str()?;
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// Names of the batch policies, the first of which is used when a texter names none.
    pub fn batch_policies(&self) -> Vec<String> {
        let listed = self.feature_text(BATCH_POLICIES).unwrap_or_default();
        let names = listed.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// Whether texters may take over conversations by a link.
    pub fn uses_dynamic_replies(&self) -> bool {
        self.features
            .get(USE_DYNAMIC_REPLIES)
            .and_then(serde_json::Value::as_bool)
            == Some(true)
    }

    /// Conversations that one visit of that link hands over.
    pub fn reply_batch_size(&self) -> Option<i32> {
        let size = self.features.get(REPLY_BATCH_SIZE)?.as_i64()?;
        i32::try_from(size).ok()
    }

    /// Whether its telephone numbers were given back, so that it cannot come back.
    pub fn is_archived_permanently(&self) -> bool {
        self.is_archived
            && self
                .features
                .get(NUMBERS_RELEASED)
                .and_then(serde_json::Value::as_bool)
                == Some(true)
    }

    /// Names of the contacts' own fields, as the last import found them.
    pub fn custom_fields(&self) -> Vec<String> {
        self.features
            .get("customFields")
            .and_then(serde_json::Value::as_array)
            .map(|names| {
                names
                    .iter()
                    .filter_map(|name| name.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default()
    }
}

/// Feature: names of batch policies, with commas between.
pub const BATCH_POLICIES: &str = "DYNAMICASSIGNMENT_BATCHES";
/// Feature: whether texters may take over conversations by a link.
pub const USE_DYNAMIC_REPLIES: &str = "USE_DYNAMIC_REPLIES";
/// Feature: conversations that one visit of that link hands over.
pub const REPLY_BATCH_SIZE: &str = "REPLY_BATCH_SIZE";
/// Feature: settings of side panels, a text that holds JSON.
pub const TEXTER_UI_SETTINGS: &str = "TEXTER_UI_SETTINGS";
/// Feature: whether the campaign's telephone numbers were given back.
pub const NUMBERS_RELEASED: &str = "NUMBERS_RELEASED";

/// Changes to a campaign; what is none stays as it is.
#[derive(Debug, Default)]
pub struct CampaignChanges<'a> {
    /// Shown to admins and texters.
    pub title: Option<&'a str>,
    /// Shown to admins and texters.
    pub description: Option<&'a str>,
    /// First messages stop 24 hours later.
    pub due_by: Option<DateTime<Utc>>,
    /// https address of a picture.
    pub logo_image_url: Option<&'a str>,
    /// #rrggbb.
    pub primary_color: Option<&'a str>,
    /// Sanitized where it is shown.
    pub intro_html: Option<&'a str>,
    /// Whether texters take contacts themselves.
    pub use_dynamic_assignment: Option<bool>,
    /// Whether texters may change the first message.
    pub allow_initial_edit: Option<bool>,
    /// Whether the campaign has texting hours of its own.
    pub override_organization_texting_hours: Option<bool>,
    /// Whether these are enforced.
    pub texting_hours_enforced: Option<bool>,
    /// First hour, 0 to 23.
    pub texting_hours_start: Option<i16>,
    /// Hour of the end, 1 to 24.
    pub texting_hours_end: Option<i16>,
    /// IANA name, known to PostgreSQL.
    pub timezone: Option<&'a str>,
    /// Contacts that a texter gets at once.
    pub batch_size: Option<i32>,
    /// Hours within which a reply should be answered.
    pub response_window: Option<f64>,
    /// The vendor's id of a group of numbers.
    pub messageservice_sid: Option<&'a str>,
    /// Whether the campaign has a group of numbers of its own.
    pub use_own_messaging_service: Option<bool>,
    /// Secret of the join link.
    pub join_token: Option<&'a str>,
    /// Features to set; others stay.
    pub features: Option<serde_json::Value>,
}

/// Makes a campaign.
pub async fn insert(
    conn: &mut Conn,
    organization_id: i64,
    creator_id: i64,
    title: &str,
) -> QueryResult<CampaignRow> {
    sql_query(
        "WITH made AS (INSERT INTO campaign (organization_id, creator_id, title) VALUES ($1, $2, $3) RETURNING *),
         load AS (INSERT INTO campaign_admin (campaign_id) SELECT id FROM made)
         SELECT * FROM made",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<BigInt, _>(creator_id)
    .bind::<Text, _>(title)
    .cached()
    .get_result(conn)
    .await
}

/// Changes a campaign.
pub async fn update(conn: &mut Conn, id: i64, changes: &CampaignChanges<'_>) -> QueryResult<CampaignRow> {
    sql_query(
        "UPDATE campaign SET title = coalesce($2, title), description = coalesce($3, description),
             due_by = coalesce($4, due_by), logo_image_url = coalesce($5, logo_image_url),
             primary_color = coalesce($6, primary_color), intro_html = coalesce($7, intro_html),
             use_dynamic_assignment = coalesce($8, use_dynamic_assignment),
             allow_initial_edit = coalesce($9, allow_initial_edit),
             override_organization_texting_hours = coalesce($10, override_organization_texting_hours),
             texting_hours_enforced = coalesce($11, texting_hours_enforced),
             texting_hours_start = coalesce($12, texting_hours_start),
             texting_hours_end = coalesce($13, texting_hours_end), timezone = coalesce($14, timezone),
             batch_size = coalesce($15, batch_size), response_window = coalesce($16, response_window),
             messageservice_sid = coalesce($17, messageservice_sid),
             use_own_messaging_service = coalesce($18, use_own_messaging_service),
             join_token = coalesce($19, join_token), features = features || coalesce($20, '{}'::jsonb)
         WHERE id = $1 RETURNING *",
    )
    .bind::<BigInt, _>(id)
    .bind::<Nullable<Text>, _>(changes.title)
    .bind::<Nullable<Text>, _>(changes.description)
    .bind::<Nullable<Timestamptz>, _>(changes.due_by)
    .bind::<Nullable<Text>, _>(changes.logo_image_url)
    .bind::<Nullable<Text>, _>(changes.primary_color)
    .bind::<Nullable<Text>, _>(changes.intro_html)
    .bind::<Nullable<Bool>, _>(changes.use_dynamic_assignment)
    .bind::<Nullable<Bool>, _>(changes.allow_initial_edit)
    .bind::<Nullable<Bool>, _>(changes.override_organization_texting_hours)
    .bind::<Nullable<Bool>, _>(changes.texting_hours_enforced)
    .bind::<Nullable<SmallInt>, _>(changes.texting_hours_start)
    .bind::<Nullable<SmallInt>, _>(changes.texting_hours_end)
    .bind::<Nullable<Text>, _>(changes.timezone)
    .bind::<Nullable<Integer>, _>(changes.batch_size)
    .bind::<Nullable<Double>, _>(changes.response_window)
    .bind::<Nullable<Text>, _>(changes.messageservice_sid)
    .bind::<Nullable<Bool>, _>(changes.use_own_messaging_service)
    .bind::<Nullable<Text>, _>(changes.join_token)
    .bind::<Nullable<Jsonb>, _>(changes.features.as_ref())
    .cached()
    .get_result(conn)
    .await
}

/// Sets the first message; its version goes up only when its text changed.
pub async fn set_initial_script(conn: &mut Conn, id: i64, parts: &[String]) -> QueryResult<usize> {
    sql_query(
        "UPDATE campaign SET initial_script = $2, script_version = script_version + 1
         WHERE id = $1 AND initial_script IS DISTINCT FROM $2",
    )
    .bind::<BigInt, _>(id)
    .bind::<Array<Text>, _>(parts)
    .cached()
    .execute(conn)
    .await
}

/// Stops its sending for a while, or goes on with it.
pub async fn set_paused(conn: &mut Conn, id: i64, is_paused: bool, reason: &str) -> QueryResult<CampaignRow> {
    sql_query("UPDATE campaign SET is_paused = $2, pause_reason = $3 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Bool, _>(is_paused)
        .bind::<Text, _>(reason)
        .cached()
        .get_result(conn)
        .await
}

/// Sets what becomes of late first messages: `hold` or `drop`.
pub async fn set_late_texts(conn: &mut Conn, id: i64, policy: &str) -> QueryResult<CampaignRow> {
    sql_query("UPDATE campaign SET late_texts = $2 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(policy)
        .cached()
        .get_result(conn)
        .await
}

/// Archives or brings back.
pub async fn set_archived(conn: &mut Conn, id: i64, is_archived: bool) -> QueryResult<CampaignRow> {
    sql_query("UPDATE campaign SET is_archived = $2 WHERE id = $1 RETURNING *")
        .bind::<BigInt, _>(id)
        .bind::<Bool, _>(is_archived)
        .cached()
        .get_result(conn)
        .await
}

/// The campaigns with these ids, in no order.
pub async fn by_ids(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<CampaignRow>> {
    sql_query("SELECT * FROM campaign WHERE id = ANY($1)")
        .bind::<Array<BigInt>, _>(ids)
        .cached()
        .load(conn)
        .await
}

/// The organization of a campaign.
pub async fn organization_id(conn: &mut Conn, id: i64) -> QueryResult<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        organization_id: i64,
    }
    let row: Option<Row> = sql_query("SELECT organization_id FROM campaign WHERE id = $1")
        .bind::<BigInt, _>(id)
        .cached()
        .get_result(conn)
        .await
        .optional()?;
    Ok(row.map(|row| row.organization_id))
}

/// Which campaigns of an organization are asked for, and in which order.
#[derive(Debug, Default)]
pub struct CampaignsFilter<'a> {
    /// Only archived, or only others.
    pub is_archived: Option<bool>,
    /// Only these.
    pub ids: Option<&'a [i64]>,
    /// Part of the title, any case.
    pub search: Option<&'a str>,
    /// Whether the title must not have that part.
    pub is_search_negated: bool,
    /// `DUE_DATE_ASC`, `DUE_DATE_DESC`, `ID_ASC`, `ID_DESC`, TITLE or TIMEZONE.
    pub sort: &'a str,
    /// At most this many.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

/// A campaign and how many match in all.
#[derive(Debug, QueryableByName)]
pub struct CountedCampaign {
    #[diesel(embed)]
    pub campaign: CampaignRow,
    #[diesel(sql_type = BigInt)]
    pub total: i64,
}

/// Campaigns of an organization.
pub async fn list(
    conn: &mut Conn,
    organization_id: i64,
    filter: &CampaignsFilter<'_>,
) -> QueryResult<Vec<CountedCampaign>> {
    sql_query(
        "SELECT *, count(*) OVER () AS total FROM campaign
         WHERE organization_id = $1 AND ($2::boolean IS NULL OR is_archived = $2)
             AND ($3::bigint[] IS NULL OR id = ANY($3))
             AND ($4::text IS NULL OR (strpos(lower(title), lower($4)) > 0) <> $8)
         ORDER BY CASE WHEN $5 = 'DUE_DATE_ASC' THEN due_by END ASC NULLS LAST,
             CASE WHEN $5 = 'DUE_DATE_DESC' THEN due_by END DESC NULLS LAST,
             CASE WHEN $5 = 'TITLE' THEN lower(title) WHEN $5 = 'TIMEZONE' THEN timezone END,
             CASE WHEN $5 = 'ID_DESC' THEN -id ELSE id END
         LIMIT $6 OFFSET $7",
    )
    .bind::<BigInt, _>(organization_id)
    .bind::<Nullable<Bool>, _>(filter.is_archived)
    .bind::<Nullable<Array<BigInt>>, _>(filter.ids)
    .bind::<Nullable<Text>, _>(filter.search)
    .bind::<Text, _>(filter.sort)
    .bind::<BigInt, _>(filter.limit)
    .bind::<BigInt, _>(filter.offset)
    .bind::<Bool, _>(filter.is_search_negated)
    .cached()
    .load(conn)
    .await
}

/// What the last load of contacts did.
#[derive(Debug, Clone, QueryableByName)]
pub struct CampaignAdminRow {
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub ingest_method: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub ingest_data_reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub ingest_result: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    pub ingest_success: Option<bool>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub contacts_count: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub deleted_optouts_count: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub duplicate_contacts_count: Option<i32>,
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
}

/// What the last load of contacts did, per campaign.
pub async fn admin_of(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<CampaignAdminRow>> {
    sql_query("SELECT * FROM campaign_admin WHERE campaign_id = ANY($1)")
        .bind::<Array<BigInt>, _>(ids)
        .cached()
        .load(conn)
        .await
}

/// Error codes of a campaign's contacts, counted.
#[derive(Debug, Clone, QueryableByName)]
pub struct ErrorCount {
    #[diesel(sql_type = BigInt)]
    pub campaign_id: i64,
    #[diesel(sql_type = Integer)]
    pub error_code: i32,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Errors of these campaigns, most frequent first.
pub async fn error_counts(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<ErrorCount>> {
    sql_query(
        "SELECT campaign_id, error_code, count(*) AS count FROM campaign_contact
         WHERE campaign_id = ANY($1) AND error_code IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
    )
    .bind::<Array<BigInt>, _>(ids)
    .cached()
    .load(conn)
    .await
}

/// Whether PostgreSQL knows a time zone of this name.
pub async fn is_time_zone(conn: &mut Conn, name: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    let row: Row = sql_query("SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = $1) AS found")
        .bind::<Text, _>(name)
        .cached()
        .get_result(conn)
        .await?;
    Ok(row.found)
}
