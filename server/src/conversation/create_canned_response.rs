//! Adds one saved reply: a texter's own, or the campaign's.

use bellwether_db::canned_response::CannedResponseRow;

use crate::{
    app::App,
    campaign::canned_responses::{self, CannedResponseEdit},
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Saved replies of one texter in one campaign at most.
pub const MAX_OWN: usize = 200;

/// Adds a saved reply to a campaign. With a user, who must be the requester, it is that texter's own.
pub async fn create_canned_response(
    app: &App,
    requester: &Requester,
    campaign_id: i64,
    user_id: Option<i64>,
    reply: CannedResponseEdit,
) -> OpResult<CannedResponseRow> {
    let mut conn = app.db().await?;
    let organization_id = bellwether_db::campaign::organization_id(&mut conn, campaign_id)
        .await?
        .ok_or_else(OpError::not_found)?;
    match user_id {
        None => requester.permit(Permission::CreateCannedResponse, organization_id)?,
        Some(user_id) => {
            let own = bellwether_db::assignment::of_user(&mut conn, requester.user_id, campaign_id).await?;
            let texter = own.map(|assignment| assignment.user_id);
            requester.permit_assignment(Permission::CreateOwnCannedResponse, organization_id, texter)?;
            if user_id != requester.user_id {
                return Err(OpError::not_found());
            }
            let had = bellwether_db::canned_response::of_user(&mut conn, campaign_id, user_id).await?;
            if had.len() >= MAX_OWN {
                return Err(OpError::bad_input(format!(
                    "cannedResponse: {MAX_OWN} saved replies of your own at most"
                )));
            }
        }
    }
    let replies = [reply];
    canned_responses::validate(&replies)?;
    canned_responses::check_tags(&mut conn, organization_id, &replies).await?;
    let [reply] = replies;
    Ok(reply.as_text().insert(&mut conn, campaign_id, user_id).await?)
}
