//! Gives a campaign's numbers back to its organization.

use bellwether_db::{
    AsyncConnection,
    campaign::{CampaignChanges, CampaignRow, NUMBERS_RELEASED},
    owned_phone_number,
};

use crate::{
    app::App,
    campaign::read,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Frees the numbers of an archived campaign, which then stays archived for good.
pub async fn release_campaign_numbers(app: &App, requester: &Requester, id: i64) -> OpResult<CampaignRow> {
    let row = read::required(app, requester, id, Permission::ReleaseCampaignNumbers).await?;
    if !row.is_archived {
        return Err(OpError::bad_input("campaignId: archive the campaign first"));
    }
    let row = app
        .db()
        .await?
        .transaction::<_, OpError, _>(async |conn| {
            let freed = owned_phone_number::release(conn, id).await?;
            if freed == 0 && !row.use_own_messaging_service {
                return Err(OpError::bad_input(
                    "campaignId: the campaign has no numbers of its own",
                ));
            }
            let changes = CampaignChanges {
                // Empty stands for none.
                messageservice_sid: Some(""),
                features: Some(serde_json::json!({ NUMBERS_RELEASED: true })),
                ..CampaignChanges::default()
            };
            Ok(bellwether_db::campaign::update(conn, id, &changes).await?)
        })
        .await?;
    app.events.campaign_changed(id);
    Ok(row)
}
