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
    },
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
