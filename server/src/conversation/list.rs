//! Conversations of an organization, as supervisors review them.

use bellwether_db::{
    campaign_contact::CampaignContactRow,
    contact_list::{self, ContactsFilter, Page},
};

use crate::{app::App, error::OpResult, permissions::Permission, requester::Requester};

/// A page of conversations, newest contact first, and how many there are in all.
pub async fn conversations(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    filter: &ContactsFilter,
    page: Page,
) -> OpResult<(Vec<CampaignContactRow>, i64)> {
    requester.permit(Permission::Conversations, organization_id)?;
    let mut conn = app.db().await?;
    let now = app.now();
    let rows = contact_list::newest(&mut conn, organization_id, filter, page, now).await?;
    // A first page that is not full is the whole list.
    let total = if page.offset == 0 && (rows.len() as i64) < page.limit {
        rows.len() as i64
    } else {
        contact_list::count(&mut conn, organization_id, filter, now).await?
    };
    Ok((rows, total))
}
