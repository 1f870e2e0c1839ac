//! One's own account.

use async_graphql::{Context, Object};

use crate::{
    account::sign_in,
    graphql::{app, error::GqlResult, requester},
};

/// What can be done to one's own account.
#[derive(Default)]
pub struct AccountMutations;

/// What can be done to one's own account.
#[Object]
impl AccountMutations {
    /// Drops every other session of the signed-in person.
    async fn sign_out_everywhere(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        sign_in::sign_out_everywhere(app(ctx), requester(ctx)?).await?;
        Ok(true)
    }
}
