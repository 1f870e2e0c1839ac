//! Changes a campaign: each part that is given, nothing else.

use bellwether_db::{
    AsyncConnection,
    campaign::{CampaignChanges, CampaignRow},
};
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    assignment::assign_texters::{self, TexterAssignment},
    campaign::import_contacts,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
    script::save_interaction_steps::{StepInput, save_interaction_steps},
};

/// Characters in a title at most.
pub const MAX_TITLE: usize = 200;
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
        Ok(())
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
        }
    }
}

/// Changes a campaign. Contacts need ADMIN, all else SUPERVOLUNTEER (Spoke's rule).
pub async fn edit_campaign(
    app: &App,
    requester: &Requester,
    id: i64,
    edit: CampaignEdit,
) -> OpResult<CampaignRow> {
    let row = crate::campaign::read::required(app, requester, id, Permission::EditCampaign).await?;
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
    if edit.ingest_method.is_some() || edit.contact_data.is_some() {
        requester.permit(Permission::EditCampaignContacts, row.organization_id)?;
    }
    let id = row.id;
    let organization_id = row.organization_id;
    let row = app
        .db()
        .await?
        .transaction(async |conn| {
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
            if let Some(method) = edit.ingest_method.as_deref() {
                if method != "csv-upload" {
                    return Err(OpError::bad_input(format!(
                        "ingestMethod: {method:?} is not built in; csv-upload is"
                    )));
                }
                let data = edit.contact_data.as_deref().unwrap_or_default();
                import_contacts::enqueue_import(conn, (id, organization_id), data).await?;
            }
            if let Some(texters) = &edit.texters {
                assign_texters::enqueue_assign(conn, (id, organization_id), texters).await?;
            }
            Ok(row)
        })
        .await?;
    crate::jobs::wake();
    app.events.campaign_changed(id);
    Ok(row)
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
