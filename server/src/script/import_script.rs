//! Importing a script from a Google Doc, which needs an account at Google that this server does not have yet.

use bellwether_domain::error_codes::ErrorCode;

use crate::{
    app::App,
    campaign::read,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Refuses, in words: after the permission, so that nobody learns whether a campaign exists.
pub async fn import_campaign_script(
    app: &App,
    requester: &Requester,
    campaign_id: i64,
    url: &str,
) -> OpResult<i64> {
    let row = read::required(app, requester, campaign_id, Permission::ImportCampaignScript).await?;
    if row.is_archived {
        return Err(OpError::refused(ErrorCode::CampaignArchived));
    }
    if row.is_started {
        return Err(OpError::bad_input("campaignId: the campaign has started already"));
    }
    if !url.contains("document/d/") {
        return Err(OpError::bad_input(
            "url: not the address of a Google Doc (…/document/d/…)",
        ));
    }
    Err(OpError::bad_input(
        "url: importing from Google Docs is not set up on this server; paste the script into the builder",
    ))
}
