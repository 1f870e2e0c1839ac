//! The GraphQL edge: ids are parsed, one operation is called, the row is wrapped. No rule and no SQL.

pub mod assignment;
pub mod campaign;
pub mod campaign_inputs;
pub mod connection;
pub mod contact;
pub mod conversation;
pub mod cost;
pub mod enums;
pub mod error;
pub mod feedback;
pub mod gate;
pub mod inputs;
pub mod interaction_step;
pub mod invite;
pub mod loaders;
pub mod location;
pub mod mutation;
pub mod opt_out;
pub mod organization;
pub mod query;
pub mod scalars;
pub mod sending;
pub mod stats;
pub mod subscription;
pub mod tag;
pub mod texter_ui;
pub mod texting_hours;
pub mod user;

use std::sync::Arc;

use async_graphql::{Context, Schema, SchemaBuilder};
use bellwether_domain::error_codes::ErrorCode;

use crate::{
    app::App,
    error::{OpError, OpResult},
    requester::Requester,
};

/// Directives of one field at most (S01).
pub const MAX_DIRECTIVES: usize = 10;

/// Bellwether's schema.
pub type BellwetherSchema = Schema<query::RootQuery, mutation::RootMutation, subscription::RootSubscription>;

/// Who asks; in each request's data.
#[derive(Clone, Default)]
pub struct Viewer(pub Option<Arc<Requester>>);

fn builder() -> SchemaBuilder<query::RootQuery, mutation::RootMutation, subscription::RootSubscription> {
    Schema::build(
        query::RootQuery::default(),
        mutation::RootMutation::default(),
        subscription::RootSubscription,
    )
    // In Spoke's listing, though no field of its interface takes or gives them.
    .register_input_type::<inputs::AnswerOptionInput>()
    .register_input_type::<inputs::CampaignContactInput>()
    .register_output_type::<inputs::ReturnString>()
}

/// The schema that serves requests.
pub fn schema(app: &App) -> BellwetherSchema {
    // Depth, cost and introspection are judged by the gate, before anything runs.
    let builder = builder()
        .data(app.clone())
        .limit_recursive_depth(gate::MAX_NESTING)
        .limit_directives(MAX_DIRECTIVES);
    if app.config.development {
        builder.finish()
    } else {
        builder.disable_suggestions().finish()
    }
}

/// The contract, as it stands in schema.graphql.
pub fn sdl() -> String {
    let mut text = builder().finish().sdl();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The app of a request.
pub fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// The signed-in person, or a refusal.
pub fn requester<'a>(ctx: &Context<'a>) -> OpResult<&'a Requester> {
    viewer(ctx).ok_or_else(|| OpError::refused(ErrorCode::Unauthenticated))
}

/// The signed-in person, if any.
pub fn viewer<'a>(ctx: &Context<'a>) -> Option<&'a Requester> {
    ctx.data_unchecked::<Viewer>().0.as_deref()
}

/// An id given as text: a positive whole number, or what it names does not exist.
pub fn parse_id(id: &str) -> OpResult<i64> {
    id.trim()
        .parse::<i64>()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(OpError::not_found)
}

/// An optional id given as text; empty is none.
pub fn parse_optional_id(id: Option<&str>) -> OpResult<Option<i64>> {
    id.filter(|id| !id.trim().is_empty()).map(parse_id).transpose()
}
