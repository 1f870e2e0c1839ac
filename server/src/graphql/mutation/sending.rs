//! Stopping and resuming, limits, and texts that never left.

use async_graphql::{Context, Object};

use crate::{
    graphql::{
        app,
        campaign::Campaign,
        error::GqlResult,
        parse_id, requester,
        sending::{ErrorAlertRule, LateTexts, SendingLimit, SendingLimitInput},
        stats::int,
    },
    sending::{
        alerts::{self, AlertRule},
        dead_letters, limits, pause,
    },
};

/// Stopping and resuming, limits, and texts that never left.
#[derive(Default)]
pub struct SendingMutations;

fn ids(texts: &[String]) -> GqlResult<Vec<i64>> {
    Ok(texts.iter().map(|id| parse_id(id)).collect::<Result<_, _>>()?)
}

fn count(changed: usize) -> i32 {
    int(i64::try_from(changed).unwrap_or(i64::MAX))
}

/// Stopping and resuming, limits, and texts that never left.
#[Object]
impl SendingMutations {
    /// Stops a campaign's sending: what waits goes on waiting, what the service has, it has; for admins.
    async fn pause_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
        #[graphql(desc = "Why, in words.")] reason: Option<String>,
    ) -> GqlResult<Campaign> {
        let reason = reason.unwrap_or_default();
        let row = pause::pause_campaign(app(ctx), requester(ctx)?, parse_id(&id)?, &reason).await?;
        Ok(Campaign::new(row))
    }
    /// Goes on with a campaign's sending; for admins.
    async fn resume_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Campaign> {
        let row = pause::resume_campaign(app(ctx), requester(ctx)?, parse_id(&id)?).await?;
        Ok(Campaign::new(row))
    }
    /// Says what becomes of first messages whose turn comes outside texting hours; for admins.
    async fn set_late_texts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: String,
        #[graphql(desc = "What becomes of them.")] late_texts: LateTexts,
    ) -> GqlResult<Campaign> {
        let are_dropped = late_texts == LateTexts::Drop;
        let id = parse_id(&campaign_id)?;
        let row = pause::set_late_texts(app(ctx), requester(ctx)?, id, are_dropped).await?;
        Ok(Campaign::new(row))
    }
    /// Sends texts that never left after all. One whose fate is unknown may arrive twice. Answers how many are queued;
    /// texts of the organization that are no dead letters are left as they are. For admins.
    async fn retry_texts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The texts, 1,000 at most.")] message_ids: Vec<String>,
    ) -> GqlResult<i32> {
        let organization_id = parse_id(&organization_id)?;
        let ids = ids(&message_ids)?;
        let changed = dead_letters::retry_texts(app(ctx), requester(ctx)?, organization_id, &ids).await?;
        Ok(count(changed))
    }
    /// Takes texts off the list of those that never left, for good. Answers how many; for admins.
    async fn drop_texts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The texts, 1,000 at most.")] message_ids: Vec<String>,
    ) -> GqlResult<i32> {
        let organization_id = parse_id(&organization_id)?;
        let ids = ids(&message_ids)?;
        let changed = dead_letters::drop_texts(app(ctx), requester(ctx)?, organization_id, &ids).await?;
        Ok(count(changed))
    }
    /// Sets how fast an organization sends, or lifts a limit. Answers all limits; for owners.
    async fn set_sending_limit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The limit.")] limit: SendingLimitInput,
    ) -> GqlResult<Vec<SendingLimit>> {
        let organization_id = parse_id(&organization_id)?;
        let requester = requester(ctx)?;
        limits::set_sending_limit(app(ctx), requester, organization_id, &limit.into()).await?;
        let rows = limits::limits(app(ctx), requester, organization_id).await?;
        Ok(rows.into_iter().map(SendingLimit::from).collect())
    }
    /// Tries a service that refused the account again at once, since what was wrong is set right. Answers all limits;
    /// for owners.
    async fn resume_sending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
    ) -> GqlResult<Vec<SendingLimit>> {
        let organization_id = parse_id(&organization_id)?;
        let requester = requester(ctx)?;
        limits::resume_sending(app(ctx), requester, organization_id).await?;
        let rows = limits::limits(app(ctx), requester, organization_id).await?;
        Ok(rows.into_iter().map(SendingLimit::from).collect())
    }
    /// Sets when too many errors are told of, or pause a campaign; an empty list: never. For owners.
    async fn set_error_alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The rules, 20 at most.")] rules: Vec<ErrorAlertRule>,
    ) -> GqlResult<Vec<ErrorAlertRule>> {
        let organization_id = parse_id(&organization_id)?;
        let rules: Vec<AlertRule> = rules.into_iter().map(AlertRule::from).collect();
        let row = alerts::set_error_alerts(app(ctx), requester(ctx)?, organization_id, &rules).await?;
        Ok(alerts::rules(&row)
            .into_iter()
            .map(ErrorAlertRule::from)
            .collect())
    }
}
