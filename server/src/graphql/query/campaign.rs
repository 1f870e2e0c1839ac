//! Campaigns and assignments.

use async_graphql::{Context, Object};

use crate::{
    campaign::read as campaign_read,
    graphql::{
        app,
        assignment::{self, Assignment},
        campaign::{Campaign, CampaignsReturn},
        campaign_inputs::{self, CampaignsFilter, OffsetLimitCursor, SortCampaignsBy},
        error::GqlResult,
        parse_id, requester,
    },
};

/// What can be read of campaigns.
#[derive(Default)]
pub struct CampaignQueries;

/// What can be read of campaigns.
#[Object]
impl CampaignQueries {
    /// A campaign, for supervisors.
    async fn campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        Ok(Some(Campaign::new(
            campaign_read::campaign(app(ctx), requester(ctx)?, parse_id(&id)?).await?,
        )))
    }
    /// An assignment by its id or by a contact's, for its texter and supervisors.
    async fn assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: Option<String>,
        #[graphql(desc = "A contact of it.")] contact_id: Option<String>,
    ) -> GqlResult<Option<Assignment>> {
        assignment::find(ctx, assignment_id, contact_id).await
    }
    /// Campaigns of an organization, for supervisors. A page with a cursor, else a list.
    async fn campaigns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Which page.")] cursor: Option<OffsetLimitCursor>,
        #[graphql(desc = "Which campaigns.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "In which order.")] sort_by: Option<SortCampaignsBy>,
    ) -> GqlResult<Option<CampaignsReturn>> {
        campaign_inputs::campaigns(
            ctx,
            parse_id(&organization_id)?,
            cursor,
            campaigns_filter,
            sort_by,
        )
        .await
    }
}
