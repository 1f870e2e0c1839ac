//! How a campaign is doing: for supervisors.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use bellwether_db::campaign::CampaignRow;

use super::{CampaignExportData, IngestMethod, JobRequest, StartBlocker};
use crate::{
    graphql::{
        app,
        assignment::Assignment,
        error::GqlResult,
        loaders::{
            CampaignAdminKey, CampaignAssignmentsKey, CampaignCountsKey, ErrorCountsKey, JobsKey, Load,
            UnassignedKey, UserKey,
        },
        requester,
        scalars::Date,
        stats::{CampaignCompletionStats, CampaignStats, ContactCounts, ErrorStat, int},
        user::User,
    },
    permissions::Permission,
};

/// Which assignments.
#[derive(InputObject, Default)]
pub struct AssignmentsFilter {
    /// Only of this texter.
    pub texter_id: Option<i32>,
    /// Whether counts are wanted; they always are there.
    pub stats: Option<bool>,
    /// Whether the texter sent a text, rather than has the contact; for conversations.
    pub sender: Option<bool>,
}

/// How a campaign is doing.
pub struct CampaignProgress(pub Arc<CampaignRow>);

impl CampaignProgress {
    fn permit(&self, ctx: &Context<'_>, permission: Permission) -> GqlResult<()> {
        Ok(requester(ctx)?.permit(permission, self.0.organization_id)?)
    }

    fn may(&self, ctx: &Context<'_>, permission: Permission) -> bool {
        requester(ctx).is_ok_and(|requester| requester.may(permission, self.0.organization_id))
    }

    async fn counts_row(&self, ctx: &Context<'_>) -> GqlResult<bellwether_db::contact_count::ContactCounts> {
        Ok(ctx
            .data_unchecked::<Load>()
            .load_one(CampaignCountsKey(self.0.id))
            .await?
            .unwrap_or_default())
    }

    /// Contacts that nobody has.
    async fn unassigned(&self, ctx: &Context<'_>) -> GqlResult<i64> {
        let load = ctx.data_unchecked::<Load>();
        Ok(load
            .load_one(UnassignedKey(self.0.id))
            .await?
            .map_or(0, |left| left.total))
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

/// How a campaign is doing.
#[Object]
impl CampaignProgress {
    /// Its texters; for supervisors.
    async fn texters(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<User>>>> {
        self.permit(ctx, Permission::CampaignTexters)?;
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
        self.permit(ctx, Permission::CampaignAssignments)?;
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
    /// Contacts in all; for supervisors.
    async fn contacts_count(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        self.permit(ctx, Permission::CampaignContactsCount)?;
        Ok(Some(int(self.counts_row(ctx).await?.total)))
    }
    /// Whether contacts without a texter are left; for supervisors.
    async fn has_unassigned_contacts(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        self.permit(ctx, Permission::CampaignHasUnassignedContacts)?;
        Ok(Some(self.unassigned(ctx).await? > 0))
    }
    /// Whether first messages are left to send; for supervisors.
    async fn has_unsent_initial_messages(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        self.permit(ctx, Permission::CampaignHasUnsentInitialMessages)?;
        Ok(Some(self.counts_row(ctx).await?.needs_message > 0))
    }
    /// What became of its texts; for supervisors.
    async fn stats(&self, ctx: &Context<'_>) -> GqlResult<Option<CampaignStats>> {
        self.permit(ctx, Permission::CampaignStats)?;
        let counts = self.counts_row(ctx).await?;
        let app = app(ctx);
        let load = ctx.data_unchecked::<Load>();
        let errors = load
            .load_one(ErrorCountsKey(self.0.id))
            .await?
            .unwrap_or_default();
        let error_counts = errors
            .iter()
            .map(|error| {
                Some(ErrorStat {
                    code: error.error_code.to_string(),
                    count: int(error.count),
                    link: None,
                    description: app
                        .vendors
                        .error_meaning(&app.config.default_service, error.error_code)
                        .map(|meaning| meaning.text.to_owned()),
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
        self.permit(ctx, Permission::CampaignCompletionStats)?;
        let counts = self.counts_row(ctx).await?;
        let unassigned = self.unassigned(ctx).await?;
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
        self.permit(ctx, Permission::CampaignCounts)?;
        Ok(ContactCounts(self.counts_row(ctx).await?))
    }
    /// Jobs that are under way or failed; for supervisors.
    async fn pending_jobs(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<JobRequest>>>> {
        self.permit(ctx, Permission::CampaignPendingJobs)?;
        let load = ctx.data_unchecked::<Load>();
        let jobs = load.load_one(JobsKey(self.0.id)).await?.unwrap_or_default();
        Ok(Some(jobs.iter().map(|job| Some(JobRequest::new(job))).collect()))
    }
    /// Where the last export can be downloaded; for admins, else null.
    async fn export_results(&self, ctx: &Context<'_>) -> GqlResult<Option<CampaignExportData>> {
        if !self.may(ctx, Permission::CampaignExportResults) {
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
        if !self.may(ctx, Permission::CampaignIngestMethod) {
            return Ok(None);
        }
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignAdminKey(self.0.id))
            .await?;
        Ok(row.and_then(|row| {
            let name = row.ingest_method?;
            Some(IngestMethod {
                display_name: Some(
                    if name == crate::campaign::fake_contacts::METHOD {
                        "Fake contacts"
                    } else {
                        "CSV upload"
                    }
                    .to_owned(),
                ),
                name,
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
    /// What is still missing before the campaign can start; empty means ready; for supervisors.
    async fn start_blockers(&self, ctx: &Context<'_>) -> GqlResult<Vec<StartBlocker>> {
        self.permit(ctx, Permission::CampaignStartBlockers)?;
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
