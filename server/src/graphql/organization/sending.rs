//! How fast an organization sends, and what its rules on errors noticed: for supervisors.

use std::sync::Arc;

use async_graphql::{Context, Object};
use bellwether_db::organization::OrganizationRow;

use crate::{
    graphql::{
        app,
        error::GqlResult,
        requester,
        sending::{DeliveryAlert, ErrorAlertRule, SendingLimit},
        texting_hours::TextingHoursRule,
    },
    organization::texting_hours,
    permissions::Permission,
    sending::{alerts, limits},
};

/// How fast an organization sends, and what its rules on errors noticed.
pub struct OrganizationSending(pub Arc<OrganizationRow>);

/// How fast an organization sends, and what its rules on errors noticed.
#[Object]
impl OrganizationSending {
    /// Limits that owners set and that services taught; for supervisors.
    async fn sending_limits(&self, ctx: &Context<'_>) -> GqlResult<Vec<SendingLimit>> {
        let rows = limits::limits(app(ctx), requester(ctx)?, self.0.id).await?;
        Ok(rows.into_iter().map(SendingLimit::from).collect())
    }
    /// In which hours people may be texted by law and by what the organization made of it, everybody's (`US`) first,
    /// then states that have hours of their own; for supervisors. The organization's and campaign's own hours
    /// (`textingHoursStart` and so on) hold on top of them.
    async fn texting_hours_rules(&self, ctx: &Context<'_>) -> GqlResult<Vec<TextingHoursRule>> {
        let rows = texting_hours::in_force(app(ctx), requester(ctx)?, self.0.id).await?;
        Ok(rows.into_iter().map(TextingHoursRule::from).collect())
    }
    /// What the organization ever set for places, newest first, 200 at most; for owners.
    async fn texting_hours_history(&self, ctx: &Context<'_>) -> GqlResult<Vec<TextingHoursRule>> {
        let rows = texting_hours::history(app(ctx), requester(ctx)?, self.0.id).await?;
        Ok(rows.into_iter().map(TextingHoursRule::from).collect())
    }
    /// What its rules on errors noticed, newest first, 100 at most; for supervisors.
    async fn delivery_alerts(&self, ctx: &Context<'_>) -> GqlResult<Vec<DeliveryAlert>> {
        let rows = alerts::alerts(app(ctx), requester(ctx)?, self.0.id).await?;
        Ok(rows.into_iter().map(DeliveryAlert::from).collect())
    }
    /// When too many errors are told of; for supervisors.
    async fn error_alert_rules(&self, ctx: &Context<'_>) -> GqlResult<Vec<ErrorAlertRule>> {
        requester(ctx)?.permit(Permission::OrganizationErrorAlertRules, self.0.id)?;
        Ok(alerts::rules(&self.0)
            .into_iter()
            .map(ErrorAlertRule::from)
            .collect())
    }
}
