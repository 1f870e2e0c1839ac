//! A campaign's contacts.

use std::sync::Arc;

use async_graphql::{Context, Object};
use bellwether_db::{
    campaign::CampaignRow,
    contact_list::{self, ContactsFilter, Page},
};

use crate::{
    assignment::read::MAX_CONTACTS,
    graphql::{
        app,
        contact::CampaignContact,
        error::GqlResult,
        loaders::{Load, UnassignedKey},
        requester,
    },
    permissions::Permission,
};

/// A campaign's contacts.
pub struct CampaignContacts(pub Arc<CampaignRow>);

/// A campaign's contacts.
#[Object]
impl CampaignContacts {
    /// Its contacts, newest first, 1,000 at most; for admins. contactsConnection has all of them, page by page.
    async fn contacts(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        requester(ctx)?.permit(Permission::CampaignContacts, self.0.organization_id)?;
        let filter = ContactsFilter {
            campaign_ids: Some(vec![self.0.id]),
            ..ContactsFilter::default()
        };
        let page = Page {
            limit: MAX_CONTACTS,
            ..Page::default()
        };
        let mut conn = app(ctx).db().await?;
        let organization_id = self.0.organization_id;
        let rows = contact_list::newest(&mut conn, organization_id, &filter, page, app(ctx).now()).await?;
        drop(conn);
        CampaignContact::list(ctx, rows.into_iter().map(Some).collect()).await
    }
    /// Whether texters can take contacts that nobody has; for members.
    async fn has_unassigned_contacts_for_texter(&self, ctx: &Context<'_>) -> GqlResult<Option<bool>> {
        let permission = Permission::CampaignHasUnassignedContactsForTexter;
        requester(ctx)?.permit(permission, self.0.organization_id)?;
        if !self.0.use_dynamic_assignment || self.0.is_archived {
            return Ok(Some(false));
        }
        let left = ctx
            .data_unchecked::<Load>()
            .load_one(UnassignedKey(self.0.id))
            .await?;
        Ok(Some(left.is_some_and(|left| left.unsent > 0)))
    }
}
