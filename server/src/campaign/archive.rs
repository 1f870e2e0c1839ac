//! Archives campaigns and brings them back. What waits to be sent is taken back by the sender's own check.

use bellwether_db::campaign::CampaignRow;
use bellwether_domain::role::Role;

use crate::{
    app::App,
    error::{OpError, OpResult},
    requester::Requester,
};

/// Archives a campaign, or brings it back.
pub async fn set_archived(
    app: &App,
    requester: &Requester,
    id: i64,
    is_archived: bool,
) -> OpResult<CampaignRow> {
    let mut conn = app.db().await?;
    let organization_id = bellwether_db::campaign::organization_id(&mut conn, id)
        .await?
        .ok_or_else(OpError::not_found)?;
    requester.require(organization_id, Role::Admin)?;
    let row = bellwether_db::campaign::set_archived(&mut conn, id, is_archived).await?;
    app.events.campaign_changed(id);
    Ok(row)
}
