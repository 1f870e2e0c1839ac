//! Tags, and tags on contacts.

use async_graphql::{Context, Object};

use crate::{
    error::OpError,
    graphql::{
        app,
        contact::CampaignContact,
        error::GqlResult,
        parse_id, requester,
        tag::{ContactTagInput, Tag, TagInput},
    },
    tag::{
        save::{self, TagEdit},
        update_contact_tags::{self, TagOnContact},
    },
};

/// What can be done to tags.
#[derive(Default)]
pub struct TagMutations;

fn edit(input: TagInput) -> TagEdit {
    let _ = (input.id, input.value, input.is_deleted, input.organization_id);
    TagEdit {
        name: input.name,
        group: input.group,
        description: input.description,
    }
}

/// What can be done to tags.
#[Object]
impl TagMutations {
    /// Makes a tag; for supervisors.
    async fn create_tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "What it is to be.")] tag_data: TagInput,
    ) -> GqlResult<Option<Tag>> {
        let organization_id = parse_id(&organization_id)?;
        let row = save::create_tag(app(ctx), requester(ctx)?, organization_id, &edit(tag_data)).await?;
        Ok(Some(row.into()))
    }
    /// Changes a tag of the organization; for supervisors.
    async fn edit_tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The tag.")] id: String,
        #[graphql(desc = "What it is to be.")] tag_data: TagInput,
    ) -> GqlResult<Option<Tag>> {
        let (organization_id, id) = (parse_id(&organization_id)?, parse_id(&id)?);
        let row = save::edit_tag(app(ctx), requester(ctx)?, organization_id, id, &edit(tag_data)).await?;
        Ok(Some(row.into()))
    }
    /// Deletes a tag of the organization: it is shown nowhere any more; for supervisors.
    async fn delete_tag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The tag.")] id: String,
    ) -> GqlResult<Option<Tag>> {
        let (organization_id, id) = (parse_id(&organization_id)?, parse_id(&id)?);
        let row = save::delete_tag(app(ctx), requester(ctx)?, organization_id, id).await?;
        Ok(Some(row.into()))
    }
    /// Puts tags on a contact, or changes what they say of it; others stay. For the assignment's texter (tags of the
    /// group texter-tags) and supervisors.
    async fn update_contact_tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tags.")] tags: Option<Vec<Option<ContactTagInput>>>,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
    ) -> GqlResult<Option<CampaignContact>> {
        let contact_id = parse_id(&campaign_contact_id)?;
        let mut given = Vec::new();
        for tag in tags.into_iter().flatten().flatten() {
            let _ = tag.name;
            let id = tag.id.ok_or_else(|| OpError::bad_input("tags.id: missing"))?;
            given.push(TagOnContact {
                id: parse_id(&id)?,
                value: tag.value,
            });
        }
        update_contact_tags::update_contact_tags(app(ctx), requester(ctx)?, contact_id, &given).await?;
        Ok(Some(CampaignContact::by_id(contact_id)))
    }
}
