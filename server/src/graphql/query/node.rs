//! Anything by its type and id.

use async_graphql::{Context, ID, Object, Union};
use bellwether_db::tag::TEXTER_TAGS;

use crate::{
    assignment::read,
    campaign::read as campaign_read,
    conversation::contact,
    error::{OpError, OpResult},
    graphql::{
        app,
        assignment::Assignment,
        campaign::Campaign,
        contact::{CampaignContact, Message},
        error::GqlResult,
        organization::Organization,
        parse_id, requester,
        tag::Tag,
        user::User,
    },
    organization::read as organization_read,
    permissions::Permission,
};

/// Anything that has an id.
#[derive(Union)]
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and gone with the answer"
)]
pub enum Node {
    /// An organization.
    Organization(Organization),
    /// A campaign.
    Campaign(Campaign),
    /// An assignment.
    Assignment(Assignment),
    /// A contact.
    CampaignContact(CampaignContact),
    /// A text.
    Message(Message),
    /// A person.
    User(User),
    /// A tag.
    Tag(Tag),
}

/// Anything by its id.
#[derive(Default)]
pub struct NodeQueries;

/// Anything by its id.
#[Object]
impl NodeQueries {
    /// A thing by the name of its type, a colon and its id: Campaign:12. Who may not see it is told that it does not
    /// exist.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name of its type, a colon and its id.")] id: ID,
    ) -> GqlResult<Option<Node>> {
        let (ty, id) = id.split_once(':').ok_or_else(OpError::not_found)?;
        let id = parse_id(id)?;
        let found = find(ctx, ty, id).await;
        // No other answer tells whether it is there.
        Ok(Some(found.map_err(|error| match error {
            OpError::Refused { .. } if requester(ctx).is_ok() => OpError::not_found(),
            error => error,
        })?))
    }
}

async fn find(ctx: &Context<'_>, ty: &str, id: i64) -> OpResult<Node> {
    let (app, requester) = (app(ctx), requester(ctx)?);
    Ok(match ty {
        "Organization" => Node::Organization(Organization::new(
            organization_read::organization(app, requester, id).await?,
        )),
        "Campaign" => Node::Campaign(Campaign::new(campaign_read::campaign(app, requester, id).await?)),
        "Assignment" => {
            let found = read::assignment(app, requester, Permission::Assignment, id).await?;
            Node::Assignment(Assignment::new(found.assignment, found.organization_id))
        }
        "CampaignContact" => {
            contact::check(
                &mut *app.db().await?,
                requester,
                Permission::GetAssignmentContacts,
                id,
            )
            .await?;
            Node::CampaignContact(CampaignContact::by_id(id))
        }
        "Message" => {
            let mut conn = app.db().await?;
            let row = bellwether_db::message::by_id(&mut conn, id)
                .await?
                .ok_or_else(OpError::not_found)?;
            match row.campaign_contact_id {
                Some(contact_id) => {
                    contact::check(&mut conn, requester, Permission::MessagesConnection, contact_id).await?;
                }
                None => requester.permit(Permission::Conversations, row.organization_id)?,
            }
            Node::Message(Message(row))
        }
        "User" if id == requester.user_id => Node::User(User::own(id)),
        "User" => {
            let mut conn = app.db().await?;
            let shared = bellwether_db::user::organizations_of(&mut conn, id).await?;
            let organization_id = shared
                .into_iter()
                .find(|organization_id| requester.permit(Permission::People, *organization_id).is_ok())
                .ok_or_else(OpError::not_found)?;
            let row = bellwether_db::user::by_ids(&mut conn, &[id]).await?.pop();
            Node::User(User::in_organization(
                row.ok_or_else(OpError::not_found)?,
                organization_id,
            ))
        }
        "Tag" => {
            let mut conn = app.db().await?;
            let row = bellwether_db::tag::by_id(&mut conn, id)
                .await?
                .ok_or_else(OpError::not_found)?;
            let permission = if row.group.as_deref() == Some(TEXTER_TAGS) {
                Permission::OrganizationTags
            } else {
                Permission::OrganizationAllTags
            };
            requester.permit(permission, row.organization_id)?;
            Node::Tag(row.into())
        }
        _ => return Err(OpError::not_found()),
    })
}
