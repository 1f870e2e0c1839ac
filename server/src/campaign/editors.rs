//! Who else is changing a campaign.

use bellwether_db::campaign_editor;
use chrono::TimeDelta;

use crate::{app::App, error::OpResult, requester::Requester};

/// How long somebody counts as editing after a change.
pub const EDITING_MINUTES: i64 = 2;

/// Names of the others who changed something lately, with commas between.
pub async fn editors(app: &App, requester: &Requester, campaign_id: i64) -> OpResult<String> {
    let since = app.now() - TimeDelta::minutes(EDITING_MINUTES);
    let mut conn = app.db().await?;
    let names = campaign_editor::others_since(&mut conn, campaign_id, requester.user_id, since).await?;
    Ok(names.join(", "))
}
