//! Setting the hours of places.

use async_graphql::{Context, Object};

use crate::{
    graphql::{
        app,
        error::GqlResult,
        parse_id, requester,
        texting_hours::{TextingHoursDayInput, TextingHoursRule},
    },
    organization::texting_hours::{self, NewHours},
};

/// Setting the hours of places.
#[derive(Default)]
pub struct TextingHoursMutations;

/// Setting the hours of places.
#[Object]
impl TextingHoursMutations {
    /// Sets in which hours people of a place may be texted, instead of the law's; for owners. Hours looser than the
    /// law's need `acknowledgeLooser` and a note, and are on record. Answers all hours in force.
    async fn set_texting_hours_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "`US` for everybody, or a state's two letters.")] place: String,
        #[graphql(desc = "Seven days, Monday first, or one for all.")] hours: Vec<TextingHoursDayInput>,
        #[graphql(desc = "Why.")] note: Option<String>,
        #[graphql(desc = "That they are looser than the law is known and meant.")] acknowledge_looser: Option<
            bool,
        >,
    ) -> GqlResult<Vec<TextingHoursRule>> {
        let new = NewHours {
            place,
            days: hours.iter().map(|day| (day.start_hour, day.end_hour)).collect(),
            note: note.unwrap_or_default(),
            acknowledge_looser: acknowledge_looser.unwrap_or_default(),
        };
        let rows = texting_hours::set(app(ctx), requester(ctx)?, parse_id(&organization_id)?, &new).await?;
        Ok(rows.into_iter().map(TextingHoursRule::from).collect())
    }
    /// Ends what the organization set for a place: the law's hours hold again; for owners. Answers all hours in force.
    async fn remove_texting_hours_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "`US` for everybody, or a state's two letters.")] place: String,
    ) -> GqlResult<Vec<TextingHoursRule>> {
        let rows =
            texting_hours::remove(app(ctx), requester(ctx)?, parse_id(&organization_id)?, &place).await?;
        Ok(rows.into_iter().map(TextingHoursRule::from).collect())
    }
}
