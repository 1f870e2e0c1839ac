//! Changes a campaign: each part that is given, nothing else.

use bellwether_db::{
    AsyncConnection, Conn,
    campaign::{
        BATCH_POLICIES, CampaignChanges, CampaignRow, REPLY_BATCH_SIZE, TEXTER_UI_SETTINGS,
        USE_DYNAMIC_REPLIES,
    },
    campaign_editor, owned_phone_number,
};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::canned_responses::{self, CannedResponseEdit};
use crate::{
    app::App,
    assignment::assign_texters::{self, TexterAssignment},
    campaign::{fake_contacts, import_contacts},
    error::{OpError, OpResult},
    extensions::vendors::fakeservice,
    permissions::Permission,
    phone_number::inventory,
    requester::Requester,
    script::save_interaction_steps::{StepInput, save_interaction_steps},
};

/// Characters in a title at most.
pub const MAX_TITLE: usize = 200;
/// Contacts handed over at once at most.
pub const MAX_BATCH_SIZE: i32 = 10_000;
/// Longest response window, in hours.
pub const MAX_RESPONSE_WINDOW: f64 = 8_760.0;
/// Policies by which texters get more contacts.
pub const BATCH_POLICY_NAMES: [&str; 5] = [
    "finished-replies",
    "finished-replies-tz",
    "vetted-texters",
    "all-texters",
    "vetted-takeconversations",
];
/// Characters in a description or an introduction at most.
pub const MAX_DESCRIPTION: usize = 20_000;

/// What is to be changed; what is none stays as it is.
#[derive(Debug, Default)]
pub struct CampaignEdit {
    /// Shown to admins and texters.
    pub title: Option<String>,
    /// Shown to admins and texters.
    pub description: Option<String>,
    /// First messages stop 24 hours later.
    pub due_by: Option<DateTime<Utc>>,
    /// https address of a picture, or empty for none.
    pub logo_image_url: Option<String>,
    /// #rrggbb.
    pub primary_color: Option<String>,
    /// Sanitized where it is shown.
    pub intro_html: Option<String>,
    /// Whether texters take contacts themselves.
    pub use_dynamic_assignment: Option<bool>,
    /// Whether texters may change the first message.
    pub allow_initial_edit: Option<bool>,
    /// Whether the campaign has texting hours of its own.
    pub override_organization_texting_hours: Option<bool>,
    /// Whether these are enforced.
    pub texting_hours_enforced: Option<bool>,
    /// First hour, 0 to 23.
    pub texting_hours_start: Option<i32>,
    /// Hour of the end, 1 to 24.
    pub texting_hours_end: Option<i32>,
    /// IANA name.
    pub timezone: Option<String>,
    /// The whole script.
    pub interaction_steps: Option<StepInput>,
    /// Who texts how many.
    pub texters: Option<Vec<TexterAssignment>>,
    /// Where contacts come from: csv-upload.
    pub ingest_method: Option<String>,
    /// What the loader needs.
    pub contact_data: Option<String>,
    /// The campaign's own saved replies, all of them.
    pub canned_responses: Option<Vec<CannedResponseEdit>>,
    /// Contacts that a texter gets at once.
    pub batch_size: Option<i32>,
    /// Names of batch policies, the first of which is used when a texter names none.
    pub batch_policies: Option<Vec<String>>,
    /// Hours within which a reply should be answered.
    pub response_window: Option<f64>,
    /// Whether the campaign has a group of numbers of its own.
    pub use_own_messaging_service: Option<bool>,
    /// The vendor's id of that group; empty is none.
    pub messageservice_sid: Option<String>,
    /// Settings of side panels, a text that holds a JSON object.
    pub texter_ui_settings: Option<String>,
    /// Numbers of the inventory to be reserved, per area code; all that were reserved before are given back.
    pub inventory_phone_number_counts: Option<Vec<(String, i32)>>,
    /// Whether texters may take over conversations by a link.
    pub use_dynamic_replies: Option<bool>,
    /// Conversations that one visit of that link hands over.
    pub reply_batch_size: Option<i32>,
    /// Whether texters get more only after they answered; Spoke's older setting.
    pub request_after_reply: Option<bool>,
    /// A new secret of the join link.
    pub join_token: Option<String>,
}

impl CampaignEdit {
    /// Refuses values that cannot be right, by name.
    pub fn validate(&self) -> OpResult<()> {
        check_length("title", self.title.as_deref(), MAX_TITLE)?;
        check_length("description", self.description.as_deref(), MAX_DESCRIPTION)?;
        check_length("introHtml", self.intro_html.as_deref(), MAX_DESCRIPTION)?;
        if let Some(url) = self.logo_image_url.as_deref().filter(|url| !url.is_empty())
            && !url.starts_with("https://")
        {
            return Err(OpError::bad_input("logoImageUrl: must start with https://"));
        }
        if let Some(color) = self.primary_color.as_deref().filter(|color| !color.is_empty())
            && !is_color(color)
        {
            return Err(OpError::bad_input("primaryColor: must look like #1a2b3c"));
        }
        if let Some(hour) = self.texting_hours_start
            && !(0..=23).contains(&hour)
        {
            return Err(OpError::bad_input("textingHoursStart: 0 to 23"));
        }
        if let Some(hour) = self.texting_hours_end
            && !(1..=24).contains(&hour)
        {
            return Err(OpError::bad_input("textingHoursEnd: 1 to 24"));
        }
        check_range("batchSize", self.batch_size, MAX_BATCH_SIZE)?;
        check_range("replyBatchSize", self.reply_batch_size, MAX_BATCH_SIZE)?;
        if let Some(hours) = self.response_window
            && !(0.0..=MAX_RESPONSE_WINDOW).contains(&hours)
        {
            return Err(OpError::bad_input(format!(
                "responseWindow: 0 to {MAX_RESPONSE_WINDOW} hours"
            )));
        }
        for name in self.batch_policies.iter().flatten() {
            if !BATCH_POLICY_NAMES.contains(&name.as_str()) {
                return Err(OpError::bad_input(format!(
                    "batchPolicies: {name:?} is none of {}",
                    BATCH_POLICY_NAMES.join(", ")
                )));
            }
        }
        if let Some(settings) = self.texter_ui_settings.as_deref().filter(|text| !text.is_empty()) {
            check_length("texterUIConfig.options", Some(settings), MAX_DESCRIPTION)?;
            if !serde_json::from_str::<serde_json::Value>(settings).is_ok_and(|value| value.is_object()) {
                return Err(OpError::bad_input(
                    "texterUIConfig.options: must be a JSON object",
                ));
            }
        }
        check_length("messageserviceSid", self.messageservice_sid.as_deref(), MAX_TITLE)?;
        if let Some(token) = &self.join_token
            && uuid::Uuid::parse_str(token).is_err()
        {
            return Err(OpError::bad_input("joinToken: must be a random UUID"));
        }
        for (area_code, count) in self.inventory_phone_number_counts.iter().flatten() {
            inventory::check_area_code(area_code)?;
            check_range(
                "inventoryPhoneNumberCounts.count",
                Some(*count).filter(|n| *n != 0),
                MAX_BATCH_SIZE,
            )?;
        }
        canned_responses::validate(self.canned_responses.as_deref().unwrap_or_default())
    }

    /// What is kept among the campaign's features.
    fn features(&self) -> Option<serde_json::Value> {
        let mut features = serde_json::Map::new();
        let mut set = |key: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                features.insert(key.to_owned(), value);
            }
        };
        set(
            BATCH_POLICIES,
            self.batch_policies.as_ref().map(|names| json!(names.join(","))),
        );
        set(
            TEXTER_UI_SETTINGS,
            self.texter_ui_settings.as_ref().map(|text| json!(text)),
        );
        set(USE_DYNAMIC_REPLIES, self.use_dynamic_replies.map(|on| json!(on)));
        set(REPLY_BATCH_SIZE, self.reply_batch_size.map(|size| json!(size)));
        set(
            "REQUEST_AFTER_REPLY",
            self.request_after_reply.map(|on| json!(on)),
        );
        (!features.is_empty()).then(|| features.into())
    }

    fn changes(&self) -> CampaignChanges<'_> {
        CampaignChanges {
            title: self.title.as_deref().map(str::trim),
            description: self.description.as_deref().map(str::trim),
            due_by: self.due_by,
            logo_image_url: self.logo_image_url.as_deref(),
            primary_color: self.primary_color.as_deref(),
            intro_html: self.intro_html.as_deref(),
            use_dynamic_assignment: self.use_dynamic_assignment,
            allow_initial_edit: self.allow_initial_edit,
            override_organization_texting_hours: self.override_organization_texting_hours,
            texting_hours_enforced: self.texting_hours_enforced,
            texting_hours_start: self.texting_hours_start.and_then(|hour| hour.try_into().ok()),
            texting_hours_end: self.texting_hours_end.and_then(|hour| hour.try_into().ok()),
            timezone: self.timezone.as_deref(),
            batch_size: self.batch_size,
            response_window: self.response_window,
            messageservice_sid: self.messageservice_sid.as_deref(),
            use_own_messaging_service: self.use_own_messaging_service,
            join_token: self.join_token.as_deref(),
            features: self.features(),
        }
    }
}

/// Changes a campaign. Contacts need ADMIN, all else SUPERVOLUNTEER (Spoke's rule).
pub async fn edit_campaign(
    app: &App,
    requester: &Requester,
    id: i64,
    organization_id: Option<i64>,
    edit: CampaignEdit,
) -> OpResult<CampaignRow> {
    let row = crate::campaign::read::required(app, requester, id, Permission::EditCampaign).await?;
    // A campaign stays where it is (Spoke's superadmins could move one); what names another organization is a mistake.
    if organization_id.is_some_and(|id| id != row.organization_id) {
        return Err(OpError::not_found());
    }
    edit.validate()?;
    apply(app, requester, row, edit).await
}

/// Applies an edit that was validated, in one transaction.
pub async fn apply(
    app: &App,
    requester: &Requester,
    row: CampaignRow,
    edit: CampaignEdit,
) -> OpResult<CampaignRow> {
    let id = row.id;
    let row = app
        .db()
        .await?
        .transaction(async |conn| apply_in(app, conn, requester, row, &edit).await)
        .await?;
    crate::jobs::wake();
    app.events.campaign_changed(id);
    Ok(row)
}

/// The same in the caller's transaction, who tells of it afterwards.
pub async fn apply_in(
    app: &App,
    conn: &mut Conn,
    requester: &Requester,
    row: CampaignRow,
    edit: &CampaignEdit,
) -> OpResult<CampaignRow> {
    let (id, organization_id) = (row.id, row.organization_id);
    if edit.ingest_method.is_some() || edit.contact_data.is_some() {
        requester.permit(Permission::EditCampaignContacts, organization_id)?;
    }
    if let Some(zone) = edit.timezone.as_deref()
        && !bellwether_db::campaign::is_time_zone(conn, zone).await?
    {
        return Err(OpError::bad_input(format!(
            "timezone: {zone:?} is not an IANA time zone"
        )));
    }
    let start = edit.texting_hours_start.unwrap_or(row.texting_hours_start.into());
    let end = edit.texting_hours_end.unwrap_or(row.texting_hours_end.into());
    if start >= end {
        return Err(OpError::bad_input(
            "textingHoursStart: must be before textingHoursEnd",
        ));
    }
    if let Some(root) = &edit.interaction_steps {
        save_interaction_steps(conn, id, root).await?;
    }
    // After the script, so that the row that is answered knows its version.
    let row = bellwether_db::campaign::update(conn, id, &edit.changes()).await?;
    if let Some(replies) = &edit.canned_responses {
        canned_responses::save(conn, (id, organization_id), replies).await?;
    }
    if let Some(counts) = &edit.inventory_phone_number_counts {
        reserve_numbers(app, conn, &row, counts).await?;
    }
    if let Some(method) = edit.ingest_method.as_deref() {
        let data = edit.contact_data.as_deref().unwrap_or_default();
        check_method(app, conn, organization_id, method).await?;
        import_contacts::enqueue_import(conn, (id, organization_id), method, data).await?;
    }
    if let Some(texters) = &edit.texters {
        assign_texters::enqueue_assign(conn, (id, organization_id), texters).await?;
    }
    campaign_editor::note(conn, id, requester.user_id, app.now()).await?;
    Ok(row)
}

/// Ways to load contacts that an organization has, by their names in the contract and for people.
pub async fn ingest_methods(
    app: &App,
    conn: &mut Conn,
    organization_id: i64,
) -> OpResult<Vec<(&'static str, &'static str)>> {
    let mut methods = vec![(import_contacts::METHOD, "CSV upload")];
    let organization = bellwether_db::organization::by_ids(conn, &[organization_id])
        .await?
        .pop();
    // Where no text leaves, people who do not exist can do no harm.
    if organization.is_some_and(|row| inventory::service_name(app, &row) == fakeservice::NAME) {
        methods.push((fake_contacts::METHOD, "Fake contacts"));
    }
    Ok(methods)
}

async fn check_method(app: &App, conn: &mut Conn, organization_id: i64, method: &str) -> OpResult<()> {
    let methods = ingest_methods(app, conn, organization_id).await?;
    if methods.iter().any(|(name, _)| *name == method) {
        return Ok(());
    }
    let names: Vec<&str> = methods.iter().map(|(name, _)| *name).collect();
    Err(OpError::bad_input(format!(
        "ingestMethod: {method:?} is not available here; {} is",
        names.join(" or ")
    )))
}

/// Reserves numbers of the inventory instead of those that were reserved before, all or none.
async fn reserve_numbers(
    app: &App,
    conn: &mut Conn,
    campaign: &CampaignRow,
    counts: &[(String, i32)],
) -> OpResult<()> {
    if campaign.is_started {
        return Err(OpError::bad_input(
            "inventoryPhoneNumberCounts: the campaign has started; its numbers cannot be changed any more",
        ));
    }
    let organization = bellwether_db::organization::by_ids(conn, &[campaign.organization_id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    let service = inventory::service_name(app, &organization);
    owned_phone_number::release(conn, campaign.id).await?;
    for (area_code, count) in counts {
        let ids = (campaign.id, campaign.organization_id);
        let amount = i64::from(*count);
        let reserved = owned_phone_number::reserve(conn, ids, service, area_code, amount).await?;
        if (reserved as i64) < amount {
            return Err(OpError::bad_input(format!(
                "inventoryPhoneNumberCounts: only {reserved} numbers of area code {area_code} are free"
            )));
        }
    }
    Ok(())
}

fn check_range(field: &str, value: Option<i32>, max: i32) -> OpResult<()> {
    match value {
        Some(number) if !(1..=max).contains(&number) => {
            Err(OpError::bad_input(format!("{field}: 1 to {max}")))
        }
        _ => Ok(()),
    }
}

fn check_length(field: &str, value: Option<&str>, max: usize) -> OpResult<()> {
    match value {
        Some(text) if text.chars().count() > max => Err(OpError::bad_input(format!(
            "{field}: longer than {max} characters"
        ))),
        _ => Ok(()),
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| matches!(hex.len(), 3 | 6) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
