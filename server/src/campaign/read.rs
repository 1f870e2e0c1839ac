//! Reading campaigns.

use bellwether_db::campaign::{CampaignRow, CampaignsFilter, CountedCampaign};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// One campaign, for supervisors of its organization.
pub async fn campaign(app: &App, requester: &Requester, id: i64) -> OpResult<CampaignRow> {
    required(app, requester, id, Permission::Campaign).await
}

/// One campaign, for who may do this to it.
pub async fn required(
    app: &App,
    requester: &Requester,
    id: i64,
    permission: Permission,
) -> OpResult<CampaignRow> {
    let row = bellwether_db::campaign::by_ids(&mut *app.db().await?, &[id])
        .await?
        .pop()
        .ok_or_else(OpError::not_found)?;
    requester.permit(permission, row.organization_id)?;
    Ok(row)
}

/// Campaigns of an organization, for its supervisors.
pub async fn campaigns(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    filter: &CampaignsFilter<'_>,
) -> OpResult<Vec<CountedCampaign>> {
    requester.permit(Permission::Campaigns, organization_id)?;
    Ok(bellwether_db::campaign::list(&mut *app.db().await?, organization_id, filter).await?)
}
