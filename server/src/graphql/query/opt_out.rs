//! Opting out and coming back: settings, history, lists, and texts that belong to no conversation.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        app,
        connection::{Asked, OptOutEventConnection, UnmatchedTextConnection},
        error::GqlResult,
        opt_out::{
            OptOutEvent, OptOutRuleTest, OptOutRulesInput, OptOutSettings, OptOutTransfer, UnmatchedText,
        },
        parse_id, parse_optional_id, requester,
    },
    opt_out::{history, test_rules, transfer, unmatched},
    organization::read,
    permissions::Permission,
};

/// Opting out and coming back.
#[derive(Default)]
pub struct OptOutQueries;

/// Opting out and coming back.
#[Object]
impl OptOutQueries {
    /// What an organization has set about opting out; for admins.
    async fn opt_out_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
    ) -> GqlResult<OptOutSettings> {
        let id = parse_id(&organization_id)?;
        requester(ctx)?.permit(Permission::OptOutSettings, id)?;
        let organization = read::organization(app(ctx), requester(ctx)?, id).await?;
        Ok(OptOutSettings::new(ctx, &organization))
    }
    /// What would become of these texts, by which rule, and what would be said to them; for admins. Changes nothing.
    async fn test_opt_out_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Texts, 100 at most.")] samples: Vec<String>,
        #[graphql(desc = "Rules to try instead of those that are saved.")] rules: Option<OptOutRulesInput>,
    ) -> GqlResult<Vec<OptOutRuleTest>> {
        let id = parse_id(&organization_id)?;
        let rules = rules.map(OptOutRulesInput::parse).transpose()?;
        let tested = test_rules::test_opt_out_rules(app(ctx), requester(ctx)?, id, samples, rules).await?;
        Ok(tested.into_iter().map(OptOutRuleTest::new).collect())
    }
    /// Who opted out and came back, when and why, newest first; for admins.
    async fn opt_out_events_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Only of this cell.")] cell: Option<String>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<OptOutEventConnection> {
        let id = parse_id(&organization_id)?;
        let asked = Asked::parse(first, after.as_deref())?;
        let (after, limit) = (asked.after, asked.fetched());
        let rows =
            history::opt_out_events(app(ctx), requester(ctx)?, id, cell.as_deref(), after, limit).await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let made = rows.into_iter().map(|row| OptOutEvent::new(ctx, row));
        let events = futures_util::future::try_join_all(made).await?;
        Ok(OptOutEventConnection::new(
            asked,
            ids.into_iter().zip(events).collect(),
        ))
    }
    /// Lists that are or were taken in or given out, the newest 50; for admins.
    async fn opt_out_transfers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
    ) -> GqlResult<Vec<OptOutTransfer>> {
        let id = parse_id(&organization_id)?;
        let rows = transfer::opt_out_transfers(app(ctx), requester(ctx)?, id).await?;
        Ok(rows.into_iter().map(OptOutTransfer::new).collect())
    }
    /// Texts that belonged to no conversation when they came, newest first; for admins. Without an organization: those
    /// that nobody can place, for superadmins.
    async fn unmatched_texts_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: Option<ID>,
        #[graphql(desc = "Also those that somebody has seen to.")] with_resolved: Option<bool>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<UnmatchedTextConnection> {
        let id = parse_optional_id(organization_id.as_ref().map(|id| id.as_str()))?;
        let asked = Asked::parse(first, after.as_deref())?;
        let (after, limit) = (asked.after, asked.fetched());
        let rows = unmatched::unmatched_texts(
            app(ctx),
            requester(ctx)?,
            id,
            !with_resolved.unwrap_or(false),
            after,
            limit,
        )
        .await?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let made = rows.into_iter().map(|row| UnmatchedText::new(ctx, row));
        let texts = futures_util::future::try_join_all(made).await?;
        Ok(UnmatchedTextConnection::new(
            asked,
            ids.into_iter().zip(texts).collect(),
        ))
    }
}
