//! `Campaign` and what hangs off it.

pub mod contacts;
pub mod progress;
pub mod sending;
pub mod settings;

use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, Object, SimpleObject, Union};
use bellwether_db::campaign::CampaignRow;

use super::{
    app,
    error::GqlResult,
    interaction_step::{self, InteractionStep},
    loaders::{CannedResponsesKey, JobsKey, Load, OrganizationKey, UserKey},
    organization::Organization,
    parse_optional_id, requester,
    scalars::Date,
    user::{PageInfo, User},
};
use crate::permissions::Permission;

/// A campaign: contacts, a script, texters, texting hours.
#[derive(MergedObject)]
pub struct Campaign(
    CampaignBasics,
    contacts::CampaignContacts,
    progress::CampaignProgress,
    sending::CampaignSendingField,
    settings::CampaignSettings,
);

impl Campaign {
    /// Wraps a row that the requester was allowed to see.
    pub fn new(row: CampaignRow) -> Self {
        let row = Arc::new(row);
        Self(
            CampaignBasics(Arc::clone(&row)),
            contacts::CampaignContacts(Arc::clone(&row)),
            progress::CampaignProgress(Arc::clone(&row)),
            sending::CampaignSendingField(Arc::clone(&row)),
            settings::CampaignSettings(row),
        )
    }
}

/// What a campaign is: for whoever reached it.
pub struct CampaignBasics(Arc<CampaignRow>);

/// What a campaign is: for whoever reached it.
#[Object]
impl CampaignBasics {
    /// The campaign's id.
    async fn id(&self) -> Option<ID> {
        Some(self.0.id.into())
    }
    /// Whose it is.
    async fn organization(&self, ctx: &Context<'_>) -> GqlResult<Option<Organization>> {
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(OrganizationKey(self.0.organization_id))
            .await?;
        Ok(row.map(Organization::new))
    }
    /// Its title.
    async fn title(&self) -> Option<&str> {
        Some(&self.0.title)
    }
    /// What it is about.
    async fn description(&self) -> Option<&str> {
        Some(&self.0.description)
    }
    /// When it is due; first messages stop 24 hours later.
    async fn due_by(&self) -> Option<Date> {
        self.0.due_by.map(Date)
    }
    /// Whether texters may text.
    async fn is_started(&self) -> Option<bool> {
        Some(self.0.is_started)
    }
    /// Whether a start is under way.
    async fn is_starting(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        if self.0.is_started {
            return Ok(Some(false));
        }
        let load = ctx.data_unchecked::<Load>();
        let jobs = load.load_one(JobsKey(self.0.id)).await?.unwrap_or_default();
        Ok(Some(jobs.iter().any(|job| {
            job.job_type == "start_campaign" && job.failed_at.is_none()
        })))
    }
    /// Whether it is put away.
    async fn is_archived(&self) -> Option<bool> {
        Some(self.0.is_archived)
    }
    /// Who made it.
    async fn creator(&self, ctx: &Context<'_>) -> GqlResult<Option<User>> {
        let Some(id) = self.0.creator_id else {
            return Ok(None);
        };
        let row = ctx.data_unchecked::<Load>().load_one(UserKey(id)).await?;
        Ok(row.map(|row| User::in_organization(row, self.0.organization_id)))
    }
    /// The steps of its script, one after another, each naming its parent; for members.
    async fn interaction_steps(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<InteractionStep>>>> {
        requester(ctx)?.permit(Permission::CampaignInteractionSteps, self.0.organization_id)?;
        interaction_step::of_campaign(ctx, self.0.id).await
    }
    /// Names of the contacts' own columns.
    async fn custom_fields(&self) -> Option<Vec<Option<String>>> {
        Some(self.0.custom_fields().into_iter().map(Some).collect())
    }
    /// Saved replies of the campaign; for members.
    async fn canned_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This texter's own replies too; for oneself and supervisors.")] user_id: Option<
            String,
        >,
    ) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
        let requester = requester(ctx)?;
        requester.permit(Permission::CampaignCannedResponses, self.0.organization_id)?;
        let mut replies = canned_responses(ctx, self.0.id).await?.unwrap_or_default();
        if let Some(user_id) = parse_optional_id(user_id.as_deref())? {
            let own = user_id == requester.user_id;
            if own || requester.may(Permission::CreateCannedResponse, self.0.organization_id) {
                let mut conn = app(ctx).db().await?;
                let rows = bellwether_db::canned_response::of_user(&mut conn, self.0.id, user_id).await?;
                replies.extend(rows.into_iter().map(|row| Some(CannedResponse::new(row))));
            }
        }
        Ok(Some(replies))
    }
    /// Whether texters take contacts themselves.
    async fn use_dynamic_assignment(&self) -> Option<bool> {
        Some(self.0.use_dynamic_assignment)
    }
    /// Introduction for texters; sanitize it before showing.
    async fn intro_html(&self) -> Option<&str> {
        self.0.intro_html.as_deref()
    }
    /// A colour as #rrggbb.
    async fn primary_color(&self) -> Option<&str> {
        self.0.primary_color.as_deref().filter(|color| !color.is_empty())
    }
    /// https address of a picture.
    async fn logo_image_url(&self) -> Option<&str> {
        self.0.logo_image_url.as_deref().filter(|url| !url.is_empty())
    }
    /// Whether the campaign has texting hours of its own.
    async fn override_organization_texting_hours(&self) -> Option<bool> {
        Some(self.0.override_organization_texting_hours)
    }
    /// Whether these are enforced.
    async fn texting_hours_enforced(&self) -> Option<bool> {
        Some(self.0.texting_hours_enforced)
    }
    /// First hour, 0 to 23.
    async fn texting_hours_start(&self) -> Option<i32> {
        Some(self.0.texting_hours_start.into())
    }
    /// Hour of the end, 1 to 24.
    async fn texting_hours_end(&self) -> Option<i32> {
        Some(self.0.texting_hours_end.into())
    }
    /// IANA time zone of contacts whose own is unknown.
    async fn timezone(&self) -> Option<&str> {
        Some(&self.0.timezone)
    }
    /// The version of the first message; goes up whenever its text is changed.
    async fn script_version(&self) -> i32 {
        self.0.script_version
    }
    /// Whether texters may change the first message before sending it.
    async fn allow_initial_edit(&self) -> bool {
        self.0.allow_initial_edit
    }
}

/// Saved replies of a campaign, without texters' own.
pub async fn canned_responses(
    ctx: &Context<'_>,
    campaign_id: i64,
) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
    let load = ctx.data_unchecked::<Load>();
    let rows = load
        .load_one(CannedResponsesKey(campaign_id))
        .await?
        .unwrap_or_default();
    Ok(Some(
        rows.iter()
            .map(|row| Some(CannedResponse::new(row.clone())))
            .collect(),
    ))
}

impl CannedResponse {
    /// Wraps a row that the requester may see.
    pub fn new(row: bellwether_db::canned_response::CannedResponseRow) -> Self {
        Self {
            id: Some(row.id.into()),
            title: Some(row.title),
            text: Some(row.text),
            is_user_created: Some(row.user_id.is_some()),
            tag_ids: Some(row.tag_ids.into_iter().map(|id| Some(id.into())).collect()),
            answer_actions: row.answer_actions,
            answer_actions_data: row.answer_actions_data,
        }
    }
}

/// A saved reply.
#[derive(SimpleObject)]
pub struct CannedResponse {
    /// Its id.
    pub id: Option<ID>,
    /// Its name in lists.
    pub title: Option<String>,
    /// Its words.
    pub text: Option<String>,
    /// Whether it is a texter's own.
    pub is_user_created: Option<bool>,
    /// Tags it puts on the contact.
    pub tag_ids: Option<Vec<Option<ID>>>,
    /// Name of an action handler.
    pub answer_actions: Option<String>,
    /// Its data.
    pub answer_actions_data: Option<String>,
}

/// What is missing before a campaign can start.
#[derive(SimpleObject)]
pub struct StartBlocker {
    /// basics, contacts, texters or interactions.
    pub section: String,
    /// Stable code.
    pub code: String,
    /// Plain words.
    pub message: String,
}

/// A background job of a campaign.
#[derive(SimpleObject, Clone, PartialEq)]
pub struct JobRequest {
    /// The job's id.
    pub id: Option<String>,
    /// What it does: ingest.csv-upload, `assign_texters`, `start_campaign` or export.
    pub job_type: Option<String>,
    /// Whether a worker has it.
    pub assigned: Option<bool>,
    /// Percent done.
    pub status: Option<i32>,
    /// Why it failed, or what it says meanwhile.
    pub result_message: Option<String>,
    /// Whether the job ended without finishing its work; `resultMessage` says why.
    pub failed: bool,
}

impl JobRequest {
    /// Wraps a row of the queue.
    pub fn new(job: &bellwether_queue::JobRow) -> Self {
        Self {
            id: Some(job.id.to_string()),
            job_type: Some(job.job_type.clone()),
            assigned: Some(job.locked_by.is_some()),
            status: Some(job.status),
            result_message: Some(job.result_message.clone()),
            failed: job.failed_at.is_some(),
        }
    }
}

/// Where an export can be downloaded.
#[derive(SimpleObject)]
pub struct CampaignExportData {
    /// Why there is none.
    pub error: Option<String>,
    /// Contacts, as CSV.
    pub campaign_export_url: Option<String>,
    /// Texts, as CSV.
    pub campaign_messages_export_url: Option<String>,
}

/// A way to load contacts, and what the last load did.
#[derive(SimpleObject)]
pub struct IngestMethod {
    /// Its name in the contract: csv-upload.
    pub name: String,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What its form offers.
    pub client_choice_data: Option<String>,
    /// Whether the last load went well; null while it runs.
    pub success: Option<bool>,
    /// What the last load did, as JSON.
    pub result: Option<String>,
    /// Where the contacts came from.
    pub reference: Option<String>,
    /// Contacts loaded.
    pub contacts_count: Option<i32>,
    /// Rows left out because the cell has opted out.
    pub deleted_optouts: Option<i32>,
    /// Rows left out because the cell was there already.
    pub deleted_dupes: Option<i32>,
    /// When that was.
    pub updated_at: Option<Date>,
}

impl IngestMethod {
    /// A way that is there, with no load of its own yet.
    pub fn available(name: &str, display_name: &str) -> Self {
        Self {
            name: name.to_owned(),
            display_name: Some(display_name.to_owned()),
            client_choice_data: None,
            success: None,
            result: None,
            reference: None,
            contacts_count: None,
            deleted_optouts: None,
            deleted_dupes: None,
            updated_at: None,
        }
    }
}

/// A page of campaigns.
#[derive(SimpleObject)]
pub struct PaginatedCampaigns {
    /// The campaigns.
    pub campaigns: Option<Vec<Option<Campaign>>>,
    /// Where the page stands.
    pub page_info: Option<PageInfo>,
}

/// Campaigns, all of them.
#[derive(SimpleObject)]
pub struct CampaignsList {
    /// The campaigns.
    pub campaigns: Option<Vec<Option<Campaign>>>,
}

/// A page when a cursor was given, else a list.
#[derive(Union)]
pub enum CampaignsReturn {
    /// A page.
    PaginatedCampaigns(PaginatedCampaigns),
    /// A list.
    CampaignsList(CampaignsList),
}
