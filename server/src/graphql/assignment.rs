//! `Assignment`: what one texter has of one campaign.

use async_graphql::{Context, ID, InputObject, Object};
use bellwether_db::{
    assignment::{AssignmentRow, TodoRow},
    campaign::CampaignRow,
    contact_count::ContactCounts as Counts,
    contact_list::ContactsFilter as Filter,
    tag::TEXTER_TAGS,
};
use bellwether_domain::batch_policy::BatchKind;
use chrono::TimeDelta;

use super::{
    app,
    campaign::{Campaign, CannedResponse},
    contact::CampaignContact,
    error::GqlResult,
    feedback::AssignmentFeedback,
    loaders::{
        AssignmentCountsKey, CampaignKey, FeedbackKey, Load, MembershipKey, OrganizationKey, TagsKey,
        UnassignedKey, UserKey,
    },
    parse_id, parse_optional_id, requester,
    stats::{ContactCounts, int},
    user::User,
};
use crate::{
    assignment::{batch, read},
    error::OpError,
    permissions::Permission,
};

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
    /// A state, several with commas between, or needsMessageOrResponse, allReplies or needsResponseExpired.
    message_status: Option<String>,
    /// Only opted out, or only others.
    is_opted_out: Option<bool>,
    /// Only those who may be texted now, or only others.
    valid_timezone: Option<bool>,
    /// First messages too when the campaign is past its due date.
    include_past_due: Option<bool>,
    /// Ids: with one of these tags; "*": with any; an empty list: without any.
    tags: Option<Vec<Option<String>>>,
    /// Ids: with none of these tags.
    suppressed_tags: Option<Vec<Option<String>>>,
    /// Only this contact.
    contact_id: Option<String>,
    /// Any of these error codes; 0 stands for none.
    error_code: Option<Vec<Option<i32>>>,
}

impl ContactsFilter {
    /// The filter in the words of the database.
    pub fn parse(&self) -> GqlResult<Filter> {
        let words = self.message_status.as_deref().unwrap_or_default();
        let listed: Vec<&str> = match words {
            "needsMessageOrResponse" => vec!["needsMessage", "needsResponse"],
            "allReplies" => vec!["needsResponse", "convo", "closed"],
            words => words
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .collect(),
        };
        let is_expired = listed.contains(&EXPIRED);
        let statuses = listed
            .into_iter()
            .filter(|word| *word != EXPIRED)
            .map(str::to_owned);
        let statuses: Vec<String> = statuses.collect();
        // None at all: without a tag. A star: with any. Else: with one of these.
        let tags: Option<Vec<&str>> = self
            .tags
            .as_ref()
            .map(|tags| tags.iter().flatten().map(String::as_str).collect());
        let (has_tag, tag_ids) = match tags.as_deref() {
            None => (None, None),
            Some([]) => (Some(false), None),
            Some(tags) if tags.contains(&"*") => (Some(true), None),
            Some(tags) => (None, Some(parse_tags(tags)?)),
        };
        let suppressed: Vec<&str> = self
            .suppressed_tags
            .iter()
            .flatten()
            .flatten()
            .map(String::as_str)
            .collect();
        Ok(Filter {
            statuses: (!statuses.is_empty()).then_some(statuses),
            is_opted_out: self.is_opted_out,
            valid_timezone: self.valid_timezone,
            contact_id: parse_optional_id(self.contact_id.as_deref())?,
            error_codes: self
                .error_code
                .as_ref()
                .map(|codes| codes.iter().flatten().copied().collect()),
            has_tag,
            tag_ids,
            suppressed_tag_ids: if suppressed.is_empty() {
                None
            } else {
                Some(parse_tags(&suppressed)?)
            },
            is_expired,
            hide_past_due: !self.include_past_due.unwrap_or(false),
            ..Filter::default()
        })
    }
}

/// Spoke's word for those that wait longer than their campaign's response window.
const EXPIRED: &str = "needsResponseExpired";

/// Ids of tags; Spoke writes `s_` in front of those that must not be there.
fn parse_tags(tags: &[&str]) -> GqlResult<Vec<i64>> {
    let ids: Result<Vec<i64>, OpError> = tags
        .iter()
        .map(|tag| parse_id(tag.strip_prefix("s_").unwrap_or(tag)))
        .collect();
    Ok(ids?)
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

    /// The filter for contacts of this assignment alone.
    fn own(&self, filter: Filter) -> Filter {
        Filter {
            assignment_id: Some(self.row.id),
            ..filter
        }
    }

    /// Texters learn nothing of tags that are not for them, also not by filtering.
    async fn visible(&self, ctx: &Context<'_>, filter: Filter) -> GqlResult<Filter> {
        let by_tag =
            filter.has_tag.is_some() || filter.tag_ids.is_some() || filter.suppressed_tag_ids.is_some();
        if !by_tag || requester(ctx)?.may(Permission::OrganizationAllTags, self.organization_id) {
            return Ok(filter);
        }
        let tags = ctx
            .data_unchecked::<Load>()
            .load_one(TagsKey(self.organization_id))
            .await?;
        let tags = tags.unwrap_or_default();
        let texters = tags
            .iter()
            .filter(|tag| tag.group.as_deref() == Some(TEXTER_TAGS));
        let known: Vec<i64> = texters.map(|tag| tag.id).collect();
        let only = |ids: Vec<i64>| -> Vec<i64> { ids.into_iter().filter(|id| known.contains(id)).collect() };
        let (has, has_not) = match filter.has_tag {
            Some(true) => (Some(known.clone()), None),
            Some(false) => (None, Some(known.clone())),
            None => (None, None),
        };
        Ok(Filter {
            has_tag: None,
            tag_ids: has.or(filter.tag_ids.map(only)),
            suppressed_tag_ids: has_not.or(filter.suppressed_tag_ids.map(only)),
            ..filter
        })
    }

    async fn campaign_row(&self, ctx: &Context<'_>) -> GqlResult<CampaignRow> {
        if let Some(row) = &self.campaign {
            return Ok(row.clone());
        }
        let load = ctx.data_unchecked::<Load>();
        let row = load.load_one(CampaignKey(self.row.campaign_id)).await?;
        Ok(row.ok_or_else(OpError::not_found)?)
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
        Ok(Some(Campaign::new(self.campaign_row(ctx).await?)))
    }
    /// Its contacts, those that wait for a reply first; 1,000 at most.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contacts; without one those to text or answer.")] contacts_filter: Option<
            ContactsFilter,
        >,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let filter = self.own(contacts_filter.unwrap_or_default().parse()?);
        let filter = self.visible(ctx, filter).await?;
        let rows = read::contacts(app(ctx), self.organization_id, &filter).await?;
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
        let mut filter = self.visible(ctx, input.parse()?).await?;
        let counts = self.counts_row(ctx).await?;
        // First messages are hidden 24 hours after the due date: before it, nothing is.
        let due_by = self.campaign_row(ctx).await?.due_by;
        let is_past_due = due_by.is_some_and(|due| app(ctx).now() > due + TimeDelta::hours(24));
        filter.hide_past_due &= is_past_due;
        let includes_past_due = is_past_due && !filter.hide_past_due;
        let count = match from_counts(&filter, &counts, includes_past_due) {
            Some(count) => count,
            None => {
                let mut conn = app(ctx).db().await?;
                let filter = self.own(filter);
                let now = app(ctx).now();
                bellwether_db::contact_list::count(&mut conn, self.organization_id, &filter, now).await?
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
    /// How many contacts the texter gets by asking for a batch now; 0: none.
    async fn has_unassigned_contacts_for_texter(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        let campaign = self.campaign_row(ctx).await?;
        if !campaign.use_dynamic_assignment {
            return Ok(Some(0));
        }
        let load = ctx.data_unchecked::<Load>();
        let left = load
            .load_one(UnassignedKey(campaign.id))
            .await?
            .unwrap_or_default();
        let organization = load.load_one(OrganizationKey(self.organization_id)).await?;
        let organization = organization.ok_or_else(OpError::not_found)?;
        let counts = self.counts_row(ctx).await?;
        let requester = requester(ctx)?;
        let role = if requester.user_id == self.row.user_id {
            requester.role_in(self.organization_id)
        } else {
            let key = MembershipKey {
                organization_id: self.organization_id,
                user_id: self.row.user_id,
            };
            load.load_one(key).await?.and_then(|role| role.parse().ok())
        };
        let policies = batch::policies(app(ctx), &campaign, &organization);
        let texter = batch::Texter {
            role,
            held: counts.total,
            replies_waiting: counts.needs_response_now,
            max_contacts: self.row.max_contacts,
        };
        let batch = batch::offer(app(ctx), &campaign, &texter, batch::usual(&policies), None);
        let there = match batch.kind {
            BatchKind::Unsent => left.unsent,
            BatchKind::UnsentNow => left.unsent_now,
            BatchKind::Conversations => left.conversations,
        };
        Ok(Some(int(batch.size.min(there))))
    }
    /// The texter's own saved replies in the campaign.
    async fn user_canned_responses(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<CannedResponse>>>> {
        let mut conn = app(ctx).db().await?;
        let campaign_id = self.row.campaign_id;
        let rows = bellwether_db::canned_response::of_user(&mut conn, campaign_id, self.row.user_id).await?;
        Ok(Some(
            rows.into_iter()
                .map(|row| Some(CannedResponse::new(row)))
                .collect(),
        ))
    }
    /// What a supervisor told the texter.
    async fn feedback(&self, ctx: &Context<'_>) -> GqlResult<Option<AssignmentFeedback>> {
        let row = ctx
            .data_unchecked::<Load>()
            .load_one(FeedbackKey(self.row.id))
            .await?;
        Ok(row.map(AssignmentFeedback::new))
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
fn from_counts(filter: &Filter, counts: &Counts, includes_past_due: bool) -> Option<i64> {
    let by_tag = filter.has_tag.is_some() || filter.tag_ids.is_some() || filter.suppressed_tag_ids.is_some();
    let by_more = by_tag || filter.contact_id.is_some() || filter.error_codes.is_some() || filter.is_expired;
    if by_more || filter.is_opted_out == Some(true) {
        return None;
    }
    let Some(statuses) = &filter.statuses else {
        return match (filter.is_opted_out, filter.valid_timezone) {
            // Opted-out contacts may have been texted or not, so the total does not tell how many are hidden.
            (None, None) if !filter.hide_past_due => Some(counts.total),
            _ => None,
        };
    };
    // Opted-out contacts are not in the counts by state.
    filter.is_opted_out?;
    statuses.iter().try_fold(0, |sum, status| {
        let (all, now) = match status.as_str() {
            "needsMessage" if filter.hide_past_due => (0, 0),
            "needsMessage" => (counts.needs_message, counts.needs_message_now),
            "needsResponse" => (counts.needs_response, counts.needs_response_now),
            "messaged" => (counts.messaged, counts.messaged_now),
            "convo" => (counts.convo, counts.convo_now),
            "closed" => (counts.closed, counts.closed_now),
            _ => return None,
        };
        let count = match filter.valid_timezone {
            None => all,
            // needs_message_now leaves out what is past due.
            Some(_) if status == "needsMessage" && includes_past_due => return None,
            Some(true) => now,
            Some(false) => all - now,
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
