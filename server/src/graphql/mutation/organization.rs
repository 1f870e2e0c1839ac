//! Settings of organizations.

use async_graphql::{Context, Object};

use crate::{
    graphql::{app, error::GqlResult, parse_optional_id, requester},
    organization::opt_out_message,
};

/// What can be done to organizations.
#[derive(Default)]
pub struct OrganizationMutations;

/// What can be done to organizations.
#[Object]
impl OrganizationMutations {
    /// The confirmation that an opted-out contact gets.
    async fn get_opt_out_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: Option<String>,
        #[graphql(desc = "The contact's ZIP code; texts by state are not there yet.")] zip: Option<String>,
        #[graphql(desc = "What to answer without an organization.")] default_message: Option<String>,
    ) -> GqlResult<Option<String>> {
        let _ = zip;
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let text =
            opt_out_message::get_opt_out_message(app(ctx), requester(ctx)?, organization_id, default_message)
                .await?;
        Ok(Some(text))
    }
}
