//! An organization's tags.

use std::sync::Arc;

use async_graphql::{Context, Object};
use bellwether_db::{organization::OrganizationRow, tag::TEXTER_TAGS};

use crate::{
    graphql::{
        error::GqlResult,
        loaders::{Load, TagsKey},
        requester,
        tag::Tag,
    },
    permissions::Permission,
};

/// An organization's tags.
pub struct OrganizationTags(pub Arc<OrganizationRow>);

/// An organization's tags.
#[Object]
impl OrganizationTags {
    /// Tags that are not deleted: of a group, or all; texters get those of the group texter-tags, whatever they ask for.
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this group.")] group: Option<String>,
    ) -> GqlResult<Option<Vec<Option<Tag>>>> {
        let requester = requester(ctx)?;
        requester.permit(Permission::OrganizationTags, self.0.id)?;
        let group = if requester.may(Permission::OrganizationAllTags, self.0.id) {
            group
        } else {
            Some(TEXTER_TAGS.to_owned())
        };
        let rows = ctx
            .data_unchecked::<Load>()
            .load_one(TagsKey(self.0.id))
            .await?
            .unwrap_or_default();
        let wanted = rows.iter().filter(|row| group.is_none() || row.group == group);
        Ok(Some(wanted.map(|row| Some(row.clone().into())).collect()))
    }
}
