//! What failed, and what never left.

use async_graphql::{Context, ID, Object};
use chrono::TimeDelta;

use crate::{
    graphql::{
        app,
        connection::{Asked, DeadLetterConnection},
        error::GqlResult,
        parse_id, requester,
        scalars::Date,
        sending::{DeadLetter, DeliveryErrorCount, ErrorGrouping},
    },
    sending::{dead_letters, figures},
};

/// Days that errors are told of when nobody says.
const USUAL_DAYS: i64 = 7;

/// What failed, and what never left.
#[derive(Default)]
pub struct SendingQueries;

/// What failed, and what never left.
#[Object]
impl SendingQueries {
    /// Texts that never left, or may not have, oldest first; for admins.
    async fn dead_letters_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Of this campaign alone.")] campaign_id: Option<ID>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<DeadLetterConnection> {
        let organization_id = parse_id(&organization_id)?;
        let campaign_id = campaign_id.as_ref().map(|id| parse_id(id)).transpose()?;
        let asked = Asked::parse(first, after.as_deref())?;
        let app = app(ctx);
        let rows = dead_letters::dead_letters(
            app,
            requester(ctx)?,
            organization_id,
            campaign_id,
            asked.after,
            asked.fetched(),
        )
        .await?;
        let rows = rows.into_iter().map(|row| (row.id, DeadLetter::new(app, row)));
        Ok(DeadLetterConnection::new(asked, rows.collect()))
    }
    /// Texts that failed, by code and what else is asked for, most first; for supervisors.
    async fn delivery_errors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Of this campaign alone.")] campaign_id: Option<ID>,
        #[graphql(desc = "Since when, in whole five minutes; null: a week before the end.")] from: Option<
            Date,
        >,
        #[graphql(desc = "Until when; null: now.")] to: Option<Date>,
        #[graphql(desc = "What tells them apart beside the code.")] group_by: Option<ErrorGrouping>,
    ) -> GqlResult<Vec<DeliveryErrorCount>> {
        let organization_id = parse_id(&organization_id)?;
        let campaign_id = campaign_id.as_ref().map(|id| parse_id(id)).transpose()?;
        let app = app(ctx);
        let to = to.map_or_else(|| app.now(), |date| date.0);
        let from = from.map_or(to - TimeDelta::days(USUAL_DAYS), |date| date.0);
        let group = group_by.unwrap_or(ErrorGrouping::Code).into();
        let requester = requester(ctx)?;
        let rows =
            figures::delivery_errors(app, requester, organization_id, campaign_id, from, to, group).await?;
        Ok(rows
            .into_iter()
            .map(|row| DeliveryErrorCount::new(app, row))
            .collect())
    }
}
