//! Conversations.

use async_graphql::{Context, Object};
use bellwether_db::contact_list::Page;

use crate::{
    conversation::list,
    graphql::{
        app,
        assignment::ContactsFilter,
        campaign::progress::AssignmentsFilter,
        campaign_inputs::{CampaignsFilter, OffsetLimitCursor},
        conversation::{Conversation, ConversationFilter, PaginatedConversations},
        error::GqlResult,
        parse_id, requester,
        user::PageInfo,
    },
};

/// What can be read of conversations.
#[derive(Default)]
pub struct ConversationQueries;

/// What can be read of conversations.
#[Object]
impl ConversationQueries {
    /// Conversations of an organization, newest contact first; for supervisors. Every filter may be left out.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the contract's")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page.")] cursor: OffsetLimitCursor,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Of which campaigns.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "Whose; texterId -2: nobody's.")] assignments_filter: Option<AssignmentsFilter>,
        #[graphql(desc = "Which contacts.")] contacts_filter: Option<ContactsFilter>,
        #[graphql(desc = "Part of a text, any case.")] message_text_filter: Option<String>,
        #[graphql(desc = "Any text; Spoke's clients use it to get around their cache.")] utc: Option<String>,
    ) -> GqlResult<Option<PaginatedConversations>> {
        let _ = utc;
        let organization_id = parse_id(&organization_id)?;
        let requester = requester(ctx)?;
        requester.permit(crate::permissions::Permission::Conversations, organization_id)?;
        let (offset, limit) = cursor.parse()?;
        let filter = ConversationFilter {
            assignments_filter,
            campaigns_filter,
            contacts_filter,
            message_text_filter,
        };
        let page = Page {
            before: None,
            limit,
            offset,
        };
        let (rows, total) =
            list::conversations(app(ctx), requester, organization_id, &filter.parse()?, page).await?;
        let conversations = Conversation::list(ctx, rows, "conversations").await?;
        Ok(Some(PaginatedConversations {
            conversations: conversations.into_iter().map(Some).collect(),
            page_info: Some(PageInfo::new(limit, offset, total)),
        }))
    }
}
