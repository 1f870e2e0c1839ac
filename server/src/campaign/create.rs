//! Makes a campaign.

use bellwether_db::{AsyncConnection, campaign::CampaignRow};

use crate::{
    app::App,
    campaign::edit::{self, CampaignEdit},
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Title of a campaign that was given none.
pub const DEFAULT_TITLE: &str = "New Campaign";

/// Makes a campaign, not started, and applies what else was given.
pub async fn create_campaign(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    edit: CampaignEdit,
) -> OpResult<CampaignRow> {
    requester.permit(Permission::CreateCampaign, organization_id)?;
    edit.validate()?;
    let title = edit.title.as_deref().map_or(DEFAULT_TITLE, str::trim).to_owned();
    let row = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let user_id = requester.user_id;
            let row = bellwether_db::campaign::insert(conn, organization_id, user_id, &title).await?;
            edit::apply_in(app, conn, requester, row, &edit).await
        })
        .await?;
    crate::jobs::wake();
    app.events.campaign_changed(row.id);
    Ok(row)
}
