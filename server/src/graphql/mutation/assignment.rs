//! Who has which contacts.

use async_graphql::{Context, Object};

use crate::{
    assignment::read,
    error::OpError,
    graphql::{app, contact::CampaignContact, error::GqlResult, parse_id, parse_optional_id, requester},
};

/// What can be done to assignments.
#[derive(Default)]
pub struct AssignmentMutations;

/// What can be done to assignments.
#[Object]
impl AssignmentMutations {
    /// Contacts of an assignment in the order asked for; null in the place of one that it has no longer.
    async fn get_assignment_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: Option<String>,
        #[graphql(desc = "The contacts, 1,000 at most.")] contact_ids: Option<Vec<Option<String>>>,
        #[graphql(desc = "Whether to take new contacts when none are left; not there yet.")] find_new: Option<
            bool,
        >,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let _ = find_new;
        let assignment_id = parse_optional_id(assignment_id.as_deref())?.ok_or_else(OpError::not_found)?;
        let mut ids = Vec::new();
        for id in contact_ids.into_iter().flatten() {
            // What is no id is no contact of the assignment.
            ids.push(id.as_deref().and_then(|id| parse_id(id).ok()).unwrap_or(0));
        }
        let rows = read::get_assignment_contacts(app(ctx), requester(ctx)?, assignment_id, &ids).await?;
        CampaignContact::list(ctx, rows).await
    }
}
