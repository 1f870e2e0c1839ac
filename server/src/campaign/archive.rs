//! Archives campaigns and brings them back. What waits to be sent is taken back by the sender's own check.

use bellwether_db::{AsyncConnection, campaign::CampaignRow};

use crate::{
    app::App,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Campaigns in one request at most.
pub const MAX_CAMPAIGNS: usize = 500;

/// Archives campaigns, all or none; answers in the order asked for.
pub async fn archive_campaigns(
    app: &App,
    requester: &Requester,
    permission: Permission,
    ids: &[i64],
) -> OpResult<Vec<CampaignRow>> {
    if ids.len() > MAX_CAMPAIGNS {
        return Err(OpError::bad_input(format!("ids: {MAX_CAMPAIGNS} at most")));
    }
    let mut ordered = ids.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    let rows = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let rows = bellwether_db::campaign::by_ids(conn, &ordered).await?;
            if rows.len() < ordered.len() {
                return Err(OpError::not_found());
            }
            for row in &rows {
                requester.permit(permission, row.organization_id)?;
            }
            let mut archived = Vec::new();
            for id in &ordered {
                archived.push(bellwether_db::campaign::set_archived(conn, *id, true).await?);
            }
            Ok(archived)
        })
        .await?;
    for id in &ordered {
        app.events.campaign_changed(*id);
    }
    let in_order = ids.iter().filter_map(|id| rows.iter().find(|row| row.id == *id));
    Ok(in_order.cloned().collect())
}

/// Brings a campaign back, unless its numbers were given away.
pub async fn unarchive_campaign(app: &App, requester: &Requester, id: i64) -> OpResult<CampaignRow> {
    let row = super::read::required(app, requester, id, Permission::UnarchiveCampaign).await?;
    if row.is_archived_permanently() {
        return Err(OpError::bad_input(
            "id: the campaign's telephone numbers were released, so it stays archived; copy it instead",
        ));
    }
    let row = bellwether_db::campaign::set_archived(&mut *app.db().await?, id, false).await?;
    app.events.campaign_changed(id);
    Ok(row)
}
