//! How a campaign's texts fare: for supervisors.

use std::sync::Arc;

use async_graphql::{Context, Object};
use bellwether_db::campaign::CampaignRow;

use crate::{
    graphql::{
        app,
        error::GqlResult,
        loaders::{CampaignCountsKey, Load, OrganizationKey},
        requester,
        sending::{LateTexts, SendingBacklog, SendingEstimate, SendingTotals},
    },
    permissions::Permission,
    sending::figures,
};

/// The way to how a campaign's texts fare.
pub struct CampaignSendingField(pub Arc<CampaignRow>);

/// How a campaign's texts fare.
#[Object]
impl CampaignSendingField {
    /// How its texts fare: what waits, what arrived, what it costs; for supervisors.
    async fn sending(&self, ctx: &Context<'_>) -> GqlResult<CampaignSending> {
        requester(ctx)?.permit(Permission::CampaignSending, self.0.organization_id)?;
        Ok(CampaignSending(Arc::clone(&self.0)))
    }
}

/// How a campaign's texts fare.
pub struct CampaignSending(Arc<CampaignRow>);

/// How a campaign's texts fare.
#[Object]
impl CampaignSending {
    /// Whether its sending is stopped for a while.
    async fn is_paused(&self) -> bool {
        self.0.is_paused
    }
    /// Why, in words; empty where nobody said.
    async fn pause_reason(&self) -> &str {
        &self.0.pause_reason
    }
    /// What becomes of first messages whose turn comes outside texting hours.
    async fn late_texts(&self) -> LateTexts {
        if self.0.late_texts == "drop" {
            LateTexts::Drop
        } else {
            LateTexts::Hold
        }
    }
    /// What waits, and when it will be through.
    async fn backlog(&self, ctx: &Context<'_>) -> GqlResult<SendingBacklog> {
        Ok(figures::backlog(app(ctx), &self.0).await?.into())
    }
    /// What became of its texts.
    async fn totals(&self, ctx: &Context<'_>) -> GqlResult<SendingTotals> {
        Ok(figures::totals(app(ctx), &self.0).await?.into())
    }
    /// What first messages to all contacts will cost; null: no contacts, or no script.
    async fn estimate(&self, ctx: &Context<'_>) -> GqlResult<Option<SendingEstimate>> {
        let load = ctx.data_unchecked::<Load>();
        let Some(organization) = load.load_one(OrganizationKey(self.0.organization_id)).await? else {
            return Ok(None);
        };
        let contacts = load
            .load_one(CampaignCountsKey(self.0.id))
            .await?
            .map_or(0, |counts| counts.total);
        let estimate = figures::estimate(app(ctx), &self.0, &organization).await?;
        Ok(estimate.map(|estimate| SendingEstimate::new(estimate, contacts)))
    }
}
