//! `Campaign` and what hangs off it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use bellwether_db::campaign::CampaignRow;
use bellwether_domain::role::Role;

use super::{
    app,
    assignment::Assignment,
    error::GqlResult,
    interaction_step::{self, InteractionStep},
    loaders::{CampaignAdminKey, CampaignAssignmentsKey, CampaignCountsKey, Load, OrganizationKey, UserKey},
    organization::Organization,
    requester,
    scalars::Date,
    stats::{CampaignCompletionStats, CampaignStats, ContactCounts, ErrorStat},
    user::{PageInfo, User},
};

/// A campaign.
pub struct Campaign(pub CampaignRow);

/// Which assignments.
#[derive(InputObject, Default)]
pub struct AssignmentsFilter {
    /// Only of this texter.
    texter_id: Option<i32>,
    /// Whether counts are wanted; they always are there.
    stats: Option<bool>,
    /// Whether the texter sent a text, rather than has the contact; not used here.
    sender: Option<bool>,
}

impl Campaign {
    fn supervised(&self, ctx: &Context<'_>) -> GqlResult<()> {
        Ok(requester(ctx)?.require(self.0.organization_id, Role::Supervolunteer)?)
    }

    fn is_admin(&self, ctx: &Context<'_>) -> bool {
        requester(ctx).is_ok_and(|requester| requester.is_at_least(self.0.organization_id, Role::Admin))
    }

    async fn counts_row(&self, ctx: &Context<'_>) -> GqlResult<bellwether_db::contact_count::ContactCounts> {
        Ok(ctx
            .data_unchecked::<Load>()
            .load_one(CampaignCountsKey(self.0.id))
            .await?
            .unwrap_or_default())
    }

    async fn assignment_rows(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Vec<bellwether_db::assignment::AssignmentRow>> {
        let rows = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignAssignmentsKey(self.0.id))
            .await?;
        Ok(rows.map(|rows| rows.to_vec()).unwrap_or_default())
    }
}

fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A campaign: contacts, a script, texters, texting hours.
#[Object]
impl Campaign {
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
        Ok(row.map(Organization))
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
        let mut conn = app(ctx).db().await?;
        let jobs = bellwether_queue::pending_for_campaign(&mut conn, self.0.id).await?;
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
    /// Its texters; for supervisors.
    async fn texters(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<User>>>> {
        self.supervised(ctx)?;
        let ids: Vec<UserKey> = self
            .assignment_rows(ctx)
            .await?
            .iter()
            .map(|row| UserKey(row.user_id))
            .collect();
        let mut users = ctx
            .data_unchecked::<Load>()
            .load_many(ids.iter().copied())
            .await?;
        Ok(Some(
            ids.iter()
                .filter_map(|id| users.remove(id))
                .map(|row| Some(User::in_organization(row, self.0.organization_id)))
                .collect(),
        ))
    }
    /// Who texts how many; for supervisors.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assignments.")] assignments_filter: Option<AssignmentsFilter>,
    ) -> GqlResult<Option<Vec<Option<Assignment>>>> {
        self.supervised(ctx)?;
        let texter_id = assignments_filter
            .and_then(|filter| filter.texter_id)
            .map(i64::from);
        let rows = self.assignment_rows(ctx).await?;
        Ok(Some(
            rows.into_iter()
                .filter(|row| texter_id.is_none_or(|id| row.user_id == id))
                .map(|row| Some(Assignment::new(row, self.0.organization_id)))
                .collect(),
        ))
    }
    /// The steps of its script, one after another, each naming its parent.
    async fn interaction_steps(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<InteractionStep>>>> {
        interaction_step::of_campaign(ctx, self.0.id).await
    }
    /// Contacts in all; for supervisors.
    async fn contacts_count(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        self.supervised(ctx)?;
        Ok(Some(int(self.counts_row(ctx).await?.total)))
    }
    /// Whether contacts without a texter are left; for supervisors.
    async fn has_unassigned_contacts(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        self.supervised(ctx)?;
        let mut conn = app(ctx).db().await?;
        Ok(Some(
            bellwether_db::contact_count::unassigned(&mut conn, self.0.id).await? > 0,
        ))
    }
    /// Whether first messages are left to send; for supervisors.
    async fn has_unsent_initial_messages(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        self.supervised(ctx)?;
        Ok(Some(self.counts_row(ctx).await?.needs_message > 0))
    }
    /// Names of the contacts' own columns.
    async fn custom_fields(&self) -> Option<Vec<Option<String>>> {
        Some(self.0.custom_fields().into_iter().map(Some).collect())
    }
    /// Saved replies.
    async fn canned_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Personal replies of this texter too; not there yet.")] user_id: Option<String>,
    ) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
        let _ = user_id;
        canned_responses(ctx, self.0.id).await
    }
    /// What became of its texts; for supervisors.
    async fn stats(&self, ctx: &Context<'_>) -> GqlResult<Option<CampaignStats>> {
        self.supervised(ctx)?;
        let counts = self.counts_row(ctx).await?;
        let app = app(ctx);
        let errors = bellwether_db::campaign::error_counts(&mut *app.db().await?, self.0.id).await?;
        let error_counts = errors
            .into_iter()
            .map(|error| {
                Some(ErrorStat {
                    code: error.error_code.to_string(),
                    count: int(error.count),
                    link: None,
                    description: app
                        .vendors
                        .get(&app.config.default_service)
                        .and_then(|vendor| vendor.describe_error(error.error_code))
                        .map(str::to_owned),
                })
            })
            .collect();
        Ok(Some(CampaignStats {
            sent_messages_count: Some(int(counts.messages_sent)),
            received_messages_count: Some(int(counts.messages_received)),
            opt_outs_count: Some(int(counts.opted_out)),
            error_counts: Some(error_counts),
        }))
    }
    /// How far it is; for supervisors.
    async fn completion_stats(&self, ctx: &Context<'_>) -> GqlResult<Option<CampaignCompletionStats>> {
        self.supervised(ctx)?;
        let counts = self.counts_row(ctx).await?;
        let unassigned =
            bellwether_db::contact_count::unassigned(&mut *app(ctx).db().await?, self.0.id).await?;
        Ok(Some(CampaignCompletionStats {
            assigned_count: Some(int(counts.total - unassigned)),
            contacts_count: Some(int(counts.total)),
            error_count: Some(int(counts.failed)),
            messaged_count: Some(int(counts.messaged
                + counts.needs_response
                + counts.convo
                + counts.closed)),
            needs_response_count: Some(int(counts.needs_response)),
        }))
    }
    /// Kept counts of the whole campaign, unassigned contacts included; for supervisors.
    async fn counts(&self, ctx: &Context<'_>) -> GqlResult<ContactCounts> {
        self.supervised(ctx)?;
        Ok(ContactCounts(self.counts_row(ctx).await?))
    }
    /// Jobs that are under way or failed; for supervisors.
    async fn pending_jobs(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<JobRequest>>>> {
        self.supervised(ctx)?;
        let mut conn = app(ctx).db().await?;
        let jobs = bellwether_queue::pending_for_campaign(&mut conn, self.0.id).await?;
        Ok(Some(
            jobs.into_iter().map(|job| Some(JobRequest::new(&job))).collect(),
        ))
    }
    /// Where the last export can be downloaded; for admins, else null.
    async fn export_results(&self, ctx: &Context<'_>) -> GqlResult<Option<CampaignExportData>> {
        if !self.is_admin(ctx) {
            return Ok(None);
        }
        let mut conn = app(ctx).db().await?;
        let found = crate::campaign::export::latest_exports(&mut conn, self.0.id).await?;
        Ok(found.map(|found| CampaignExportData {
            error: None,
            campaign_export_url: Some(found.contacts_path),
            campaign_messages_export_url: Some(found.messages_path),
        }))
    }
    /// What the last load of contacts did; for admins, else null.
    async fn ingest_method(&self, ctx: &Context<'_>) -> GqlResult<Option<IngestMethod>> {
        if !self.is_admin(ctx) {
            return Ok(None);
        }
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignAdminKey(self.0.id))
            .await?;
        Ok(row.and_then(|row| {
            Some(IngestMethod {
                name: row.ingest_method?,
                display_name: Some("CSV upload".to_owned()),
                client_choice_data: None,
                success: row.ingest_success,
                result: row.ingest_result,
                reference: row.ingest_data_reference,
                contacts_count: row.contacts_count,
                deleted_optouts: row.deleted_optouts_count,
                deleted_dupes: row.duplicate_contacts_count,
                updated_at: Some(Date(row.updated_at)),
            })
        }))
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
    /// What is still missing before the campaign can start; empty means ready; for supervisors.
    async fn start_blockers(&self, ctx: &Context<'_>) -> GqlResult<Vec<StartBlocker>> {
        self.supervised(ctx)?;
        let app = app(ctx);
        let blockers =
            crate::campaign::start::start_blockers(&mut *app.db().await?, self.0.id, app.now()).await?;
        Ok(blockers
            .into_iter()
            .map(|blocker| StartBlocker {
                section: blocker.section.as_str().to_lowercase(),
                code: blocker.code.to_string(),
                message: blocker.message,
            })
            .collect())
    }
}

/// Saved replies of a campaign.
pub async fn canned_responses(
    ctx: &Context<'_>,
    campaign_id: i64,
) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
    let mut conn = app(ctx).db().await?;
    let rows = bellwether_db::canned_response::of_campaign(&mut conn, campaign_id).await?;
    Ok(Some(
        rows.into_iter()
            .map(|row| {
                Some(CannedResponse {
                    id: Some(row.id.into()),
                    title: Some(row.title),
                    text: Some(row.text),
                    is_user_created: Some(row.user_id.is_some()),
                    tag_ids: Some(Vec::new()),
                    answer_actions: row.answer_actions,
                    answer_actions_data: row.answer_actions_data,
                })
            })
            .collect(),
    ))
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
#[derive(SimpleObject)]
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
