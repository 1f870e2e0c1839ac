//! Conversations as supervisors review them, and the filters of lists of contacts.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use bellwether_db::{campaign_contact::CampaignContactRow, contact_list::ContactsFilter as Filter};

use super::{
    assignment::ContactsFilter,
    campaign::{Campaign, progress::AssignmentsFilter},
    campaign_inputs::CampaignsFilter,
    contact::CampaignContact,
    error::GqlResult,
    loaders::{CampaignKey, Load, OwnedAssignmentKey, UserKey},
    user::{PageInfo, User},
};
use crate::error::OpError;

/// Characters of a text that is searched for at most.
pub const MAX_SEARCH: usize = 200;
/// Spoke's number for "nobody's".
pub const NOBODY: i32 = -2;

/// A contact with its campaign and texter.
pub struct Conversation {
    row: CampaignContactRow,
    contact: CampaignContact,
}

impl Conversation {
    /// Wraps contacts that the requester may review, with their texts when these are asked for.
    pub async fn list(ctx: &Context<'_>, rows: Vec<CampaignContactRow>, field: &str) -> GqlResult<Vec<Self>> {
        let with_messages = ctx
            .look_ahead()
            .field(field)
            .field("contact")
            .field("messages")
            .exists();
        Self::with_messages(ctx, rows, with_messages).await
    }

    /// The same for who knows whether texts are asked for.
    pub async fn with_messages(
        ctx: &Context<'_>,
        rows: Vec<CampaignContactRow>,
        with_messages: bool,
    ) -> GqlResult<Vec<Self>> {
        let contacts = CampaignContact::with_messages(ctx, rows.clone(), with_messages).await?;
        Ok(rows
            .into_iter()
            .zip(contacts)
            .map(|(row, contact)| Self { row, contact })
            .collect())
    }

    /// The contact's id.
    pub fn id(&self) -> i64 {
        self.row.id
    }
}

/// A contact with its campaign and texter.
#[Object]
impl Conversation {
    /// Who has it; a person without an id and a name when nobody has.
    async fn texter(&self, ctx: &Context<'_>) -> GqlResult<User> {
        let load = ctx.data_unchecked::<Load>();
        let Some(id) = self.row.assignment_id else {
            return Ok(User::nobody());
        };
        let Some(owned) = load.load_one(OwnedAssignmentKey(id)).await? else {
            return Ok(User::nobody());
        };
        let row = load.load_one(UserKey(owned.assignment.user_id)).await?;
        Ok(row.map_or_else(User::nobody, |row| {
            User::in_organization(row, self.row.organization_id)
        }))
    }
    /// The contact.
    async fn contact(&self) -> &CampaignContact {
        &self.contact
    }
    /// Its campaign.
    async fn campaign(&self, ctx: &Context<'_>) -> GqlResult<Campaign> {
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(CampaignKey(self.row.campaign_id))
            .await?;
        Ok(Campaign::new(row.ok_or_else(OpError::not_found)?))
    }
}

/// A page of conversations.
#[derive(SimpleObject)]
pub struct PaginatedConversations {
    /// The conversations.
    pub conversations: Vec<Option<Conversation>>,
    /// Where the page stands.
    pub page_info: Option<PageInfo>,
}

/// Which conversations.
#[derive(InputObject, Default)]
pub struct ConversationFilter {
    /// Whose.
    pub assignments_filter: Option<AssignmentsFilter>,
    /// Of which campaigns.
    pub campaigns_filter: Option<CampaignsFilter>,
    /// Which contacts.
    pub contacts_filter: Option<ContactsFilter>,
    /// Part of a text, any case.
    pub message_text_filter: Option<String>,
}

impl ConversationFilter {
    /// The filter in the words of the database.
    pub fn parse(self) -> GqlResult<Filter> {
        let mut filter = match &self.contacts_filter {
            Some(contacts) => contacts.parse()?,
            None => Filter::default(),
        };
        // A list for review has first messages whenever they are due.
        filter.hide_past_due = false;
        if let Some(campaigns) = self.campaigns_filter {
            filter.is_archived = campaigns.is_archived;
            filter.campaign_ids = match (campaigns.campaign_id, campaigns.campaign_ids) {
                (Some(id), _) => Some(vec![id.into()]),
                (None, Some(ids)) if !ids.is_empty() => {
                    Some(ids.into_iter().flatten().map(i64::from).collect())
                }
                _ => None,
            };
            let search = campaigns.search_string.unwrap_or_default();
            let search = search.trim();
            let (title, is_negated) = match search.strip_prefix('-') {
                Some(title) => (title, true),
                None => (search, false),
            };
            filter.title = (!title.is_empty()).then(|| (title.to_owned(), is_negated));
        }
        if let Some(assignments) = self.assignments_filter {
            match (assignments.texter_id, assignments.sender) {
                (Some(NOBODY), _) => filter.is_unassigned = true,
                (Some(id), Some(true)) => filter.sender_id = Some(id.into()),
                (Some(id), _) => filter.texter_id = Some(id.into()),
                (None, _) => {}
            }
        }
        let text = self.message_text_filter.unwrap_or_default();
        if text.chars().count() > MAX_SEARCH || text.contains('\0') {
            return Err(
                OpError::bad_input(format!("messageTextFilter: {MAX_SEARCH} characters at most")).into(),
            );
        }
        filter.message_text = Some(text).filter(|text| !text.trim().is_empty());
        Ok(filter)
    }
}
