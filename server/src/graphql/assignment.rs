//! `Assignment`: what one texter has of one campaign.

use async_graphql::{Context, ID, InputObject, Object};
use bellwether_db::{
    assignment::{AssignmentRow, TodoRow},
    campaign::CampaignRow,
    campaign_contact::ContactsFilter as Filter,
    contact_count::ContactCounts as Counts,
};

use super::{
    app,
    campaign::{Campaign, CannedResponse},
    contact::CampaignContact,
    error::GqlResult,
    loaders::{AssignmentCountsKey, CampaignKey, Load, UserKey},
    parse_id, parse_optional_id, requester,
    stats::ContactCounts,
    user::User,
};
use crate::permissions::Permission;
use crate::{assignment::read, error::OpError};

/// What one texter has of one campaign.
pub struct Assignment {
    row: AssignmentRow,
    organization_id: i64,
    campaign: Option<CampaignRow>,
    counts: Option<Counts>,
}

/// Which contacts of an assignment.
#[derive(InputObject, Default, Clone)]
pub struct ContactsFilter {
    /// A state, several with commas between, or needsMessageOrResponse or allReplies.
    message_status: Option<String>,
    /// Only opted out, or only others.
    is_opted_out: Option<bool>,
    /// Only those who may be texted now, or only others.
    valid_timezone: Option<bool>,
    /// First messages too when the campaign is past its due date.
    include_past_due: Option<bool>,
    /// Tags are not there yet: only an empty list is accepted.
    tags: Option<Vec<Option<String>>>,
    /// Tags are not there yet: only an empty list is accepted.
    suppressed_tags: Option<Vec<Option<String>>>,
    /// Only this contact.
    contact_id: Option<String>,
    /// Any of these error codes; 0 stands for none.
    error_code: Option<Vec<Option<i32>>>,
}

impl ContactsFilter {
    /// The filter in the words of the database.
    pub fn parse(&self) -> GqlResult<Filter> {
        for (name, tags) in [("tags", &self.tags), ("suppressedTags", &self.suppressed_tags)] {
            if tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
                return Err(OpError::bad_input(format!("{name}: tags are not there yet")).into());
            }
        }
        let statuses = self
            .message_status
            .as_deref()
            .filter(|words| !words.is_empty())
            .map(|words| {
                let listed: Vec<&str> = match words {
                    "needsMessageOrResponse" => vec!["needsMessage", "needsResponse"],
                    "allReplies" => vec!["needsResponse", "convo", "closed"],
                    words => words.split(',').map(str::trim).collect(),
                };
                listed.into_iter().map(str::to_owned).collect()
            });
        Ok(Filter {
            statuses,
            is_opted_out: self.is_opted_out,
            valid_timezone: self.valid_timezone,
            contact_id: parse_optional_id(self.contact_id.as_deref())?,
            error_codes: self
                .error_code
                .as_ref()
                .map(|codes| codes.iter().flatten().copied().collect()),
            hide_past_due: !self.include_past_due.unwrap_or(false),
        })
    }
}

impl Assignment {
    /// Wraps a row of an organization.
    pub fn new(row: AssignmentRow, organization_id: i64) -> Self {
        Self {
            row,
            organization_id,
            campaign: None,
            counts: None,
        }
    }

    /// Wraps a to-do: campaign and counts are there already.
    pub fn from_todo(row: TodoRow) -> Self {
        let (row, campaign, counts) = row.split();
        Self {
            row,
            organization_id: campaign.organization_id,
            campaign: Some(campaign),
            counts: Some(counts),
        }
    }

    async fn counts_row(&self, ctx: &Context<'_>) -> GqlResult<Counts> {
        match &self.counts {
            Some(counts) => Ok(counts.clone()),
            None => Ok(ctx
                .data_unchecked::<Load>()
                .load_one(AssignmentCountsKey(self.row.id))
                .await?
                .unwrap_or_default()),
        }
    }
}

/// What one texter has of one campaign.
#[Object]
impl Assignment {
    /// The assignment's id.
    async fn id(&self) -> Option<ID> {
        Some(self.row.id.into())
    }
    /// Whose it is.
    async fn texter(&self, ctx: &Context<'_>) -> GqlResult<Option<User>> {
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(UserKey(self.row.user_id))
            .await?;
        Ok(row.map(|row| User::in_organization(row, self.organization_id)))
    }
    /// Its campaign.
    async fn campaign(&self, ctx: &Context<'_>) -> GqlResult<Option<Campaign>> {
        Ok(match &self.campaign {
            Some(row) => Some(Campaign::new(row.clone())),
            None => ctx
                .data_unchecked::<Load>()
                .load_one(CampaignKey(self.row.campaign_id))
                .await?
                .map(Campaign::new),
        })
    }
    /// Its contacts, those that wait for a reply first; 1,000 at most.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contacts; without one those to text or answer.")] contacts_filter: Option<
            ContactsFilter,
        >,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let filter = contacts_filter.unwrap_or_default().parse()?;
        let rows = read::contacts(app(ctx), self.row.id, &filter).await?;
        CampaignContact::list(ctx, rows.into_iter().map(Some).collect()).await
    }
    /// How many of its contacts match.
    async fn contacts_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contacts.")] contacts_filter: Option<ContactsFilter>,
        #[graphql(desc = "Whether 1 is answer enough for any number.")] has_any: Option<bool>,
    ) -> GqlResult<Option<i32>> {
        let input = contacts_filter.unwrap_or_default();
        let filter = input.parse()?;
        let counts = self.counts_row(ctx).await?;
        let count = match from_counts(&filter, &counts) {
            Some(count) => count,
            None => {
                let mut conn = app(ctx).db().await?;
                bellwether_db::campaign_contact::count_of_assignment(
                    &mut conn,
                    self.row.id,
                    &filter,
                    app(ctx).now(),
                )
                .await?
            }
        };
        let count = if has_any == Some(true) {
            count.min(1)
        } else {
            count
        };
        Ok(Some(i32::try_from(count).unwrap_or(i32::MAX)))
    }
    /// What there is to do in this assignment, kept by the server, not counted.
    async fn counts(&self, ctx: &Context<'_>) -> GqlResult<ContactCounts> {
        Ok(ContactCounts(self.counts_row(ctx).await?))
    }
    /// Saved replies of the campaign.
    async fn campaign_canned_responses(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
        super::campaign::canned_responses(ctx, self.row.campaign_id).await
    }
    /// Contacts the texter may hold at most; null: no limit.
    async fn max_contacts(&self) -> Option<i32> {
        self.row.max_contacts
    }
}

/// Answers the usual filters from the kept counts; none when the filter asks for more than they tell.
fn from_counts(filter: &Filter, counts: &Counts) -> Option<i64> {
    if filter.contact_id.is_some() || filter.error_codes.is_some() || filter.is_opted_out == Some(true) {
        return None;
    }
    let Some(statuses) = &filter.statuses else {
        return match (filter.is_opted_out, filter.valid_timezone) {
            // Past-due first messages are left out of a list, so the total does not answer it.
            (None, None) if !filter.hide_past_due => Some(counts.total),
            _ => None,
        };
    };
    // Opted-out contacts are not in the counts by state.
    filter.is_opted_out?;
    statuses.iter().try_fold(0, |sum, status| {
        let count = match (status.as_str(), filter.valid_timezone) {
            ("needsMessage", Some(true)) if filter.hide_past_due => counts.needs_message_now,
            ("needsMessage", None) if !filter.hide_past_due => counts.needs_message,
            ("needsResponse", None) => counts.needs_response,
            ("needsResponse", Some(true)) => counts.needs_response_now,
            ("messaged", None) => counts.messaged,
            ("convo", None) => counts.convo,
            ("closed", None) => counts.closed,
            _ => return None,
        };
        Some(sum + count)
    })
}

/// The assignment by its own id or by a contact's.
pub async fn find(
    ctx: &Context<'_>,
    assignment_id: Option<String>,
    contact_id: Option<String>,
) -> GqlResult<Option<Assignment>> {
    let found = match (parse_optional_id(assignment_id.as_deref())?, contact_id) {
        (Some(id), _) => Some(read::assignment(app(ctx), requester(ctx)?, Permission::Assignment, id).await?),
        (None, Some(contact_id)) => {
            read::assignment_of_contact(app(ctx), requester(ctx)?, parse_id(&contact_id)?).await?
        }
        (None, None) => return Err(OpError::bad_input("assignmentId: give it or contactId").into()),
    };
    Ok(found.map(|found| Assignment::new(found.assignment, found.organization_id)))
}
