//! Stops and resumes the sending of a campaign: what is queued waits, and what a vendor has, it has.

use bellwether_db::campaign::{self, CampaignRow};

use crate::{
    app::App,
    campaign::read,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Characters in a reason at most.
pub const MAX_REASON: usize = 500;

/// Stops a campaign's sending. Texters may go on; their texts wait.
pub async fn pause_campaign(
    app: &App,
    requester: &Requester,
    campaign_id: i64,
    reason: &str,
) -> OpResult<CampaignRow> {
    let reason = reason.replace('\0', "");
    if reason.chars().count() > MAX_REASON {
        return Err(OpError::bad_input(format!(
            "reason: {MAX_REASON} characters at most"
        )));
    }
    read::required(app, requester, campaign_id, Permission::PauseCampaign).await?;
    set(app, campaign_id, true, reason.trim()).await
}

/// Goes on with it.
pub async fn resume_campaign(app: &App, requester: &Requester, campaign_id: i64) -> OpResult<CampaignRow> {
    read::required(app, requester, campaign_id, Permission::ResumeCampaign).await?;
    set(app, campaign_id, false, "").await
}

async fn set(app: &App, campaign_id: i64, is_paused: bool, reason: &str) -> OpResult<CampaignRow> {
    let row = campaign::set_paused(&mut *app.db().await?, campaign_id, is_paused, reason).await?;
    app.events.campaign_changed(campaign_id);
    Ok(row)
}

/// Says what becomes of first messages whose turn comes outside texting hours: held until they open, or dropped.
pub async fn set_late_texts(
    app: &App,
    requester: &Requester,
    campaign_id: i64,
    are_dropped: bool,
) -> OpResult<CampaignRow> {
    read::required(app, requester, campaign_id, Permission::SetLateTexts).await?;
    let policy = if are_dropped { "drop" } else { "hold" };
    let row = campaign::set_late_texts(&mut *app.db().await?, campaign_id, policy).await?;
    app.events.campaign_changed(campaign_id);
    Ok(row)
}
