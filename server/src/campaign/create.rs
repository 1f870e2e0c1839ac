//! Makes a campaign.

use bellwether_db::campaign::CampaignRow;

use crate::{
    app::App, campaign::edit::CampaignEdit, error::OpResult, permissions::Permission, requester::Requester,
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
    let row = {
        let mut conn = app.db().await?;
        bellwether_db::campaign::insert(&mut conn, organization_id, requester.user_id, &title).await?
    };
    crate::campaign::edit::apply(app, requester, row, edit).await
}
