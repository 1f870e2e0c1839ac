//! Making, changing, starting and putting away campaigns.

use async_graphql::{Context, Object};

use crate::{
    campaign::{archive, create, edit, export, read as campaign_read, start},
    error::OpError,
    graphql::{
        app,
        campaign::{Campaign, JobRequest},
        campaign_inputs::CampaignInput,
        error::GqlResult,
        parse_id, parse_optional_id, requester,
    },
    jobs,
    permissions::Permission,
};

/// What can be done to campaigns.
#[derive(Default)]
pub struct CampaignMutations;

/// What can be done to campaigns.
#[Object]
impl CampaignMutations {
    /// Makes a campaign that is not started; for admins.
    async fn create_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be; the organization is needed.")] campaign: CampaignInput,
    ) -> GqlResult<Option<Campaign>> {
        let (edit, organization_id) = campaign.parse()?;
        let organization_id =
            organization_id.ok_or_else(|| OpError::bad_input("campaign.organizationId: missing"))?;
        let row =
            create::create_campaign(app(ctx), requester(ctx)?, parse_id(&organization_id)?, edit).await?;
        Ok(Some(Campaign::new(row)))
    }
    /// Changes what is given of a campaign; for supervisors, contacts for admins.
    async fn edit_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
        #[graphql(desc = "What it is to be.")] campaign: CampaignInput,
    ) -> GqlResult<Option<Campaign>> {
        let (edit, organization_id) = campaign.parse()?;
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let row =
            edit::edit_campaign(app(ctx), requester(ctx)?, parse_id(&id)?, organization_id, edit).await?;
        Ok(Some(Campaign::new(row)))
    }
    /// Starts a campaign in the background, if nothing is missing; for admins.
    async fn start_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        let row = campaign_read::required(
            app(ctx),
            requester(ctx)?,
            parse_id(&id)?,
            Permission::StartCampaign,
        )
        .await?;
        start::enqueue_start(
            &mut *app(ctx).db().await?,
            (row.id, row.organization_id),
            app(ctx).now(),
        )
        .await?;
        jobs::wake();
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(Campaign::new(row)))
    }
    /// Puts a campaign away: nothing more is sent; for admins.
    async fn archive_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        let ids = [parse_id(&id)?];
        let rows =
            archive::archive_campaigns(app(ctx), requester(ctx)?, Permission::ArchiveCampaign, &ids).await?;
        Ok(rows.into_iter().next().map(Campaign::new))
    }
    /// Puts campaigns away, all or none; for admins of their organizations.
    async fn archive_campaigns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaigns.")] ids: Option<Vec<String>>,
    ) -> GqlResult<Option<Vec<Option<Campaign>>>> {
        let ids: Vec<i64> = ids
            .iter()
            .flatten()
            .map(|id| parse_id(id))
            .collect::<Result<_, _>>()?;
        let rows =
            archive::archive_campaigns(app(ctx), requester(ctx)?, Permission::ArchiveCampaigns, &ids).await?;
        Ok(Some(
            rows.into_iter().map(|row| Some(Campaign::new(row))).collect(),
        ))
    }
    /// Brings a campaign back; for admins.
    async fn unarchive_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        Ok(Some(Campaign::new(
            archive::unarchive_campaign(app(ctx), requester(ctx)?, parse_id(&id)?).await?,
        )))
    }
    /// Writes a campaign's contacts and texts to CSV files in the background; for admins.
    async fn export_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<JobRequest>> {
        let requester = requester(ctx)?;
        let row =
            campaign_read::required(app(ctx), requester, parse_id(&id)?, Permission::ExportCampaign).await?;
        let mut conn = app(ctx).db().await?;
        let job = export::enqueue_export(&mut conn, (row.id, row.organization_id), requester.user_id).await?;
        jobs::wake();
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(JobRequest::new(&job)))
    }
    /// Takes a job back; one that runs stops at its next step; for admins.
    async fn delete_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's campaign.")] campaign_id: String,
        #[graphql(desc = "The job.")] id: String,
    ) -> GqlResult<Option<JobRequest>> {
        let row = campaign_read::required(
            app(ctx),
            requester(ctx)?,
            parse_id(&campaign_id)?,
            Permission::DeleteJob,
        )
        .await?;
        let job_id = parse_id(&id)?;
        let mut conn = app(ctx).db().await?;
        let job = jobs::cancel_job(&mut conn, row.id, job_id)
            .await?
            .ok_or_else(OpError::not_found)?;
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(JobRequest::new(&job)))
    }
}
