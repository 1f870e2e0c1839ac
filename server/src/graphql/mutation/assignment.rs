//! Who has which contacts.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use bellwether_db::contact_list::ContactOfCampaign;

use crate::{
    assignment::{
        batch, feedback, read,
        reassign::{self, Reassigned},
        release,
    },
    error::OpError,
    graphql::{
        app,
        assignment::{Assignment, ContactsFilter},
        campaign::progress::AssignmentsFilter,
        campaign_inputs::CampaignsFilter,
        contact::CampaignContact,
        conversation::{ConversationFilter, NOBODY},
        error::GqlResult,
        parse_id, parse_optional_id, requester,
        scalars::Json,
    },
    permissions::Permission,
};

/// A contact of a campaign.
#[derive(InputObject)]
pub struct CampaignIdContactId {
    /// The campaign.
    pub campaign_id: String,
    /// The contact.
    pub campaign_contact_id: i32,
    /// Texts of the contact; not read.
    pub message_ids: Vec<Option<i32>>,
}

impl CampaignIdContactId {
    /// The contact and its campaign.
    pub fn parse(&self) -> GqlResult<ContactOfCampaign> {
        let _ = &self.message_ids;
        Ok(ContactOfCampaign {
            id: parse_id(&self.campaign_contact_id.to_string())?,
            campaign_id: parse_id(&self.campaign_id)?,
        })
    }
}

/// A campaign whose contacts went to an assignment.
#[derive(SimpleObject)]
pub struct CampaignIdAssignmentId {
    /// The campaign.
    pub campaign_id: String,
    /// The new assignment; null: nobody has them.
    pub assignment_id: Option<String>,
}

fn told(reassigned: Vec<Reassigned>) -> Option<Vec<Option<CampaignIdAssignmentId>>> {
    let told = reassigned.into_iter().map(|to| {
        Some(CampaignIdAssignmentId {
            campaign_id: to.campaign_id.to_string(),
            assignment_id: to.assignment_id.map(|id| id.to_string()),
        })
    });
    Some(told.collect())
}

/// Who gets contacts: a person, or nobody.
fn new_texter(id: &str) -> GqlResult<Option<i64>> {
    if id.trim() == NOBODY.to_string() {
        return Ok(None);
    }
    Ok(Some(parse_id(id)?))
}

/// What a request for contacts brought.
#[derive(SimpleObject)]
pub struct FoundContact {
    /// Whether there were any.
    pub found: Option<bool>,
    /// The assignment.
    pub assignment: Option<Assignment>,
}

/// What can be done to assignments.
#[derive(Default)]
pub struct AssignmentMutations;

/// What can be done to assignments.
#[Object]
impl AssignmentMutations {
    /// Contacts of an assignment in the order asked for; null in the place of one that it has no longer.
    async fn get_assignment_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: Option<String>,
        #[graphql(desc = "The contacts, 1,000 at most.")] contact_ids: Option<Vec<Option<String>>>,
        #[graphql(desc = "Whether to take a batch of new contacts first, when none are left.")]
        find_new: Option<bool>,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let assignment_id = parse_optional_id(assignment_id.as_deref())?.ok_or_else(OpError::not_found)?;
        if find_new == Some(true) {
            let permission = Permission::GetAssignmentContacts;
            batch::take_when_empty(app(ctx), requester(ctx)?, permission, assignment_id).await?;
        }
        let mut ids = Vec::new();
        for id in contact_ids.into_iter().flatten() {
            // What is no id is no contact of the assignment.
            ids.push(id.as_deref().and_then(|id| parse_id(id).ok()).unwrap_or(0));
        }
        let rows = read::get_assignment_contacts(app(ctx), requester(ctx)?, assignment_id, &ids).await?;
        CampaignContact::list(ctx, rows).await
    }
    /// Gives the assignment's texter more contacts, as the campaign's policy allows; for the texter and supervisors.
    async fn find_new_campaign_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: String,
        #[graphql(desc = "How many; 0: a batch.")] number_contacts: i32,
        #[graphql(desc = "The policy, of those of the campaign; left out: the first.")] batch_type: Option<
            String,
        >,
    ) -> GqlResult<Option<FoundContact>> {
        let id = parse_id(&assignment_id)?;
        let permission = Permission::FindNewCampaignContact;
        let found = batch::take(
            app(ctx),
            requester(ctx)?,
            permission,
            id,
            number_contacts,
            batch_type.as_deref(),
        )
        .await?;
        Ok(Some(FoundContact {
            found: Some(found.found),
            assignment: Some(Assignment::new(
                found.assignment.assignment,
                found.assignment.organization_id,
            )),
        }))
    }
    /// Gives back the contacts that were not texted, or the conversations too; for the texter and supervisors.
    async fn release_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: String,
        #[graphql(desc = "Whether conversations go too.")] release_conversations: Option<bool>,
    ) -> GqlResult<Option<Assignment>> {
        let id = parse_id(&assignment_id)?;
        let all = release_conversations.unwrap_or(false);
        let found = release::release_contacts(app(ctx), requester(ctx)?, id, all).await?;
        Ok(Some(Assignment::new(found.assignment, found.organization_id)))
    }
    /// Writes feedback (for supervisors), or notes that it was read (for the texter).
    async fn update_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: String,
        #[graphql(
            desc = "message, issueCounts, skillCounts and sweepComplete, or a text that holds them as JSON."
        )]
        feedback: Option<Json>,
        #[graphql(desc = "Whether it was read.")] acknowledge: Option<bool>,
    ) -> GqlResult<Option<Assignment>> {
        let id = parse_id(&assignment_id)?;
        let feedback = feedback.as_ref().map(|feedback| &feedback.0);
        let acknowledge = acknowledge.unwrap_or(false);
        let found = feedback::update_feedback(app(ctx), requester(ctx)?, id, feedback, acknowledge).await?;
        Ok(Some(Assignment::new(found.assignment, found.organization_id)))
    }
    /// Gives contacts to a texter, or with -2 to nobody, all or none; for supervisors.
    async fn reassign_campaign_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "The contacts.")] campaign_ids_contact_ids: Vec<Option<CampaignIdContactId>>,
        #[graphql(desc = "Who gets them; -2: nobody.")] new_texter_user_id: String,
    ) -> GqlResult<Option<Vec<Option<CampaignIdAssignmentId>>>> {
        let organization_id = parse_id(&organization_id)?;
        let contacts = campaign_ids_contact_ids
            .iter()
            .flatten()
            .map(CampaignIdContactId::parse);
        let contacts = contacts.collect::<Result<Vec<_>, _>>()?;
        let texter = new_texter(&new_texter_user_id)?;
        let reassigned = reassign::reassign_campaign_contacts(
            app(ctx),
            requester(ctx)?,
            organization_id,
            &contacts,
            texter,
        )
        .await?;
        Ok(told(reassigned))
    }
    /// Gives all contacts that match to a texter, or with -2 to nobody, all or none; for supervisors.
    #[expect(clippy::too_many_arguments, reason = "the arguments are the contract's")]
    async fn bulk_reassign_campaign_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: String,
        #[graphql(desc = "Of which campaigns.")] campaigns_filter: Option<CampaignsFilter>,
        #[graphql(desc = "Whose; texterId -2: nobody's.")] assignments_filter: Option<AssignmentsFilter>,
        #[graphql(desc = "Which contacts.")] contacts_filter: Option<ContactsFilter>,
        #[graphql(desc = "Part of a text, any case.")] message_text_filter: Option<String>,
        #[graphql(desc = "Who gets them; -2: nobody.")] new_texter_user_id: String,
    ) -> GqlResult<Option<Vec<Option<CampaignIdAssignmentId>>>> {
        let organization_id = parse_id(&organization_id)?;
        let requester = requester(ctx)?;
        requester.permit(Permission::BulkReassignCampaignContacts, organization_id)?;
        let filter = ConversationFilter {
            assignments_filter,
            campaigns_filter,
            contacts_filter,
            message_text_filter,
        };
        let (filter, texter) = (filter.parse()?, new_texter(&new_texter_user_id)?);
        let reassigned =
            reassign::bulk_reassign_campaign_contacts(app(ctx), requester, organization_id, &filter, texter)
                .await?;
        Ok(told(reassigned))
    }
    /// Gives the signed-in texter replies that have waited for an hour, by the campaign's link; answers the
    /// organization's id.
    async fn dynamic_reassign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Secret of the link.")] join_token: String,
        #[graphql(desc = "The campaign.")] campaign_id: String,
    ) -> GqlResult<Option<String>> {
        let id = parse_id(&campaign_id)?;
        let organization_id = reassign::dynamic_reassign(app(ctx), requester(ctx)?, &join_token, id).await?;
        Ok(Some(organization_id.to_string()))
    }
}
