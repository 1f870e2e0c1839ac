//! Long lists, page by page.

use async_graphql::{Context, ID, Object};
use bellwether_db::contact_list::{self, ContactsFilter as Filter, Page};

use crate::{
    campaign::read as campaign_read,
    conversation::contact,
    graphql::{
        app,
        assignment::ContactsFilter,
        connection::{
            Asked, CampaignContactConnection, ConversationConnection, MessageConnection, OptOutConnection,
            UserConnection,
        },
        contact::{CampaignContact, Message, OptOut},
        conversation::{Conversation, ConversationFilter},
        error::GqlResult,
        parse_id, requester,
        user::{User, parse_role},
    },
    permissions::Permission,
};

/// Long lists, page by page.
#[derive(Default)]
pub struct ConnectionQueries;

fn before(asked: Asked) -> Page {
    Page {
        before: asked.after,
        limit: asked.fetched(),
        offset: 0,
    }
}

/// Long lists, page by page.
#[Object]
impl ConnectionQueries {
    /// Contacts of a campaign, newest first; for admins.
    async fn contacts_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] campaign_id: ID,
        #[graphql(desc = "Which contacts.")] filter: Option<ContactsFilter>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<CampaignContactConnection> {
        let id = parse_id(&campaign_id)?;
        let campaign =
            campaign_read::required(app(ctx), requester(ctx)?, id, Permission::ContactsConnection).await?;
        let asked = Asked::parse(first, after.as_deref())?;
        let filter = Filter {
            campaign_ids: Some(vec![campaign.id]),
            hide_past_due: false,
            ..filter.unwrap_or_default().parse()?
        };
        let mut conn = app(ctx).db().await?;
        let now = app(ctx).now();
        let rows =
            contact_list::newest(&mut conn, campaign.organization_id, &filter, before(asked), now).await?;
        drop(conn);
        let with_messages = ctx
            .look_ahead()
            .field("edges")
            .field("node")
            .field("messages")
            .exists();
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let contacts = CampaignContact::with_messages(ctx, rows, with_messages).await?;
        Ok(CampaignContactConnection::new(
            asked,
            ids.into_iter().zip(contacts).collect(),
        ))
    }
    /// Conversations of an organization, newest contact first; for supervisors.
    async fn conversations_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Which conversations.")] filter: Option<ConversationFilter>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<ConversationConnection> {
        let id = parse_id(&organization_id)?;
        requester(ctx)?.permit(Permission::ConversationsConnection, id)?;
        let asked = Asked::parse(first, after.as_deref())?;
        let filter = filter.unwrap_or_default().parse()?;
        let mut conn = app(ctx).db().await?;
        let rows = contact_list::newest(&mut conn, id, &filter, before(asked), app(ctx).now()).await?;
        drop(conn);
        let with_messages = ctx
            .look_ahead()
            .field("edges")
            .field("node")
            .field("contact")
            .field("messages")
            .exists();
        let conversations = Conversation::with_messages(ctx, rows, with_messages).await?;
        Ok(ConversationConnection::new(
            asked,
            conversations.into_iter().map(|row| (row.id(), row)).collect(),
        ))
    }
    /// Members of an organization, oldest account first; for supervisors.
    async fn people_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Only with this role; ANY includes suspended members.")] role: Option<String>,
        #[graphql(desc = "Part of a name or address.")] search: Option<String>,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<UserConnection> {
        let id = parse_id(&organization_id)?;
        requester(ctx)?.permit(Permission::PeopleConnection, id)?;
        let asked = Asked::parse(first, after.as_deref())?;
        let role = role.as_deref().filter(|role| !role.is_empty());
        if let Some(name) = role.filter(|role| *role != "ANY") {
            parse_role(Some(name))?;
        }
        let search = search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let mut conn = app(ctx).db().await?;
        let (after, limit) = (asked.after, asked.fetched());
        let rows = bellwether_db::user::people_page(&mut conn, id, role, search, after, limit).await?;
        let rows = rows
            .into_iter()
            .map(|row| (row.id, User::in_organization(row, id)));
        Ok(UserConnection::new(asked, rows.collect()))
    }
    /// Opt-outs of an organization, newest first; for admins.
    async fn opt_outs_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: ID,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<OptOutConnection> {
        let id = parse_id(&organization_id)?;
        requester(ctx)?.permit(Permission::OptOutsConnection, id)?;
        let asked = Asked::parse(first, after.as_deref())?;
        let mut conn = app(ctx).db().await?;
        let rows = bellwether_db::opt_out::page(&mut conn, id, asked.after, asked.fetched()).await?;
        let rows = rows.into_iter().map(|row| (row.id, OptOut(row)));
        Ok(OptOutConnection::new(asked, rows.collect()))
    }
    /// Texts to and from a contact, oldest first; for its texter and supervisors.
    async fn messages_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] campaign_contact_id: ID,
        #[graphql(desc = "Rows, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> GqlResult<MessageConnection> {
        let id = parse_id(&campaign_contact_id)?;
        let mut conn = app(ctx).db().await?;
        contact::check(&mut conn, requester(ctx)?, Permission::MessagesConnection, id).await?;
        let asked = Asked::parse(first, after.as_deref())?;
        let rows = bellwether_db::message::page(&mut conn, id, asked.after, asked.fetched()).await?;
        let rows = rows.into_iter().map(|row| (row.id, Message(row)));
        Ok(MessageConnection::new(asked, rows.collect()))
    }
}
