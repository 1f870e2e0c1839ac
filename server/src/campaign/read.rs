//! Reading campaigns.

use bellwether_db::campaign::{CampaignRow, CampaignsFilter, CountedCampaign};
use bellwether_domain::role::Role;

use crate::{
    app::App,
    error::{OpError, OpResult},
    requester::Requester,
};

/// One campaign, for supervisors of its organization.
pub async fn campaign(app: &App, requester: &Requester, id: i64) -> OpResult<CampaignRow> {
    required(app, requester, id, Role::Supervolunteer).await
}

/// One campaign, for who has this role in its organization.
pub async fn required(app: &App, requester: &Requester, id: i64, role: Role) -> OpResult<CampaignRow> {
    let row = bellwether_db::campaign::by_ids(&mut *app.db().await?, &[id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    requester.require(row.organization_id, role)?;
    Ok(row)
}

/// Campaigns of an organization, for its supervisors.
pub async fn campaigns(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    filter: &CampaignsFilter<'_>,
) -> OpResult<Vec<CountedCampaign>> {
    requester.require(organization_id, Role::Supervolunteer)?;
    Ok(bellwether_db::campaign::list(&mut *app.db().await?, organization_id, filter).await?)
}
