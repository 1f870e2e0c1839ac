//! Services that carry texts, and their telephone numbers.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        app,
        campaign::{Campaign, JobRequest},
        error::GqlResult,
        organization::vendors::{ServiceManager, ServiceVendor},
        parse_id, parse_optional_id, requester,
        scalars::Json,
    },
    organization::vendor_config,
    phone_number::{buy, delete, release},
};

/// What can be done to services and numbers.
#[derive(Default)]
pub struct VendorMutations;

/// What can be done to services and numbers.
#[Object]
impl VendorMutations {
    /// Sets up an account of the organization's own with the service that carries its texts; for owners. Names are those
    /// of `ServiceVendor.config`; an empty value takes one out, "<Encrypted>" leaves a secret as it is.
    async fn update_service_vendor_config(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The service; it must be the organization's.")] service_name: String,
        #[graphql(desc = "What it needs: a text that holds a JSON object.")] config: Json,
    ) -> GqlResult<Option<ServiceVendor>> {
        let organization_id = parse_id(&organization_id)?;
        let organization = vendor_config::update_service_vendor_config(
            app(ctx),
            requester(ctx)?,
            organization_id,
            &service_name,
            &config.0,
        )
        .await?;
        Ok(Some(ServiceVendor::of(app(ctx), &organization)))
    }
    /// Sets up a service manager, of an organization (for owners) or of a campaign (for supervisors).
    async fn update_service_manager(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The campaign.")] campaign_id: Option<String>,
        #[graphql(desc = "Its name.")] service_manager_name: String,
        #[graphql(desc = "What it needs.")] update_data: Json,
        #[graphql(desc = "Whether the page of statistics asks.")] from_campaign_stats_page: Option<bool>,
    ) -> GqlResult<Option<ServiceManager>> {
        let _ = (update_data, from_campaign_stats_page);
        let organization_id = parse_id(&organization_id)?;
        let campaign_id = parse_optional_id(campaign_id.as_deref())?;
        let manager = vendor_config::service_manager(
            app(ctx),
            requester(ctx)?,
            organization_id,
            campaign_id,
            &service_manager_name,
        )
        .await?;
        Ok(Some(ServiceManager::new(manager, organization_id, campaign_id)))
    }
    /// Buys telephone numbers in the background; for admins.
    async fn buy_phone_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Three digits.")] area_code: String,
        #[graphql(desc = "How many.")] limit: i32,
    ) -> GqlResult<Option<JobRequest>> {
        let organization_id = parse_id(&organization_id)?;
        let job =
            buy::buy_phone_numbers(app(ctx), requester(ctx)?, organization_id, &area_code, limit).await?;
        Ok(Some(JobRequest::new(&job)))
    }
    /// Gives the free telephone numbers of an area code back, in the background; for owners.
    async fn delete_phone_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Three digits.")] area_code: String,
    ) -> GqlResult<Option<JobRequest>> {
        let organization_id = parse_id(&organization_id)?;
        let job =
            delete::delete_phone_numbers(app(ctx), requester(ctx)?, organization_id, &area_code).await?;
        Ok(Some(JobRequest::new(&job)))
    }
    /// Frees the numbers of an archived campaign, which then stays archived for good; for admins.
    async fn release_campaign_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: ID,
    ) -> GqlResult<Campaign> {
        let id = parse_id(&campaign_id)?;
        let row = release::release_campaign_numbers(app(ctx), requester(ctx)?, id).await?;
        Ok(Campaign::new(row))
    }
}
