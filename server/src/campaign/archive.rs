//! Archives campaigns and brings them back. What waits to be sent is taken back by the sender's own check.

use bellwether_db::campaign::CampaignRow;

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Archives a campaign, or brings it back.
pub async fn set_archived(
    app: &App,
    requester: &Requester,
    permission: Permission,
    id: i64,
    is_archived: bool,
) -> OpResult<CampaignRow> {
    let mut conn = app.db().await?;
    let organization_id = bellwether_db::campaign::organization_id(&mut conn, id)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.permit(permission, organization_id)?;
    let row = bellwether_db::campaign::set_archived(&mut conn, id, is_archived).await?;
    app.events.campaign_changed(id);
    Ok(row)
}
