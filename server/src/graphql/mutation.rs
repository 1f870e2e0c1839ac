//! `RootMutation`: what can be done.

use async_graphql::{Context, InputObject, Object};
use bellwether_domain::role::Role;

use super::{
    app,
    campaign::{Campaign, JobRequest},
    campaign_inputs::CampaignInput,
    contact::CampaignContact,
    error::GqlResult,
    parse_id, parse_optional_id, requester,
    scalars::Phone,
};
use crate::{
    account::sign_in,
    assignment::read,
    campaign::{archive, create, edit, export, read as campaign_read, start},
    conversation::{close, opt_out, question_responses, send_message},
    error::OpError,
    jobs,
    organization::opt_out_message,
};

/// A text to be sent.
#[derive(InputObject)]
pub struct MessageInput {
    /// The text; may be left out with `scriptVersion`.
    text: Option<String>,
    /// The contact's number; the server uses the one it has.
    contact_number: Option<Phone>,
    /// The assignment that has the contact.
    assignment_id: Option<String>,
    /// The sender; the server uses who is signed in.
    user_id: Option<String>,
    /// Version of the first message the texter saw; with it the server renders the text and `text` may be left out.
    script_version: Option<i32>,
    /// Any unique text; a repeated key returns the first result and sends nothing.
    idempotency_key: Option<String>,
}

/// Whom to opt out.
#[derive(InputObject)]
pub struct OptOutInput {
    /// The assignment that has the contact.
    assignment_id: String,
    /// The contact's number; the server uses the one it has.
    cell: Phone,
    /// Why, in the texter's words.
    reason: Option<String>,
    /// The confirmation to send, in the same transaction; left out, none is sent.
    message: Option<String>,
}

/// An answer to a question.
#[derive(InputObject)]
pub struct QuestionResponseInput {
    /// The contact.
    campaign_contact_id: String,
    /// The step that asks the question.
    interaction_step_id: String,
    /// One of its answers.
    value: String,
}

/// A contact of a campaign.
#[derive(InputObject)]
pub struct CampaignIdContactId {
    /// The campaign.
    campaign_id: String,
    /// The contact.
    campaign_contact_id: i32,
    /// Texts of the contact; not used.
    message_ids: Vec<Option<i32>>,
}

/// What can be done.
pub struct RootMutation;

/// What can be done.
#[Object]
impl RootMutation {
    /// Makes a campaign that is not started; for admins.
    async fn create_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be; the organization is needed.")] campaign: CampaignInput,
    ) -> GqlResult<Option<Campaign>> {
        let (edit, organization_id) = campaign.parse()?;
        let organization_id =
            organization_id.ok_or_else(|| OpError::bad_input("campaign.organizationId: missing"))?;
        let row =
            create::create_campaign(app(ctx), requester(ctx)?, parse_id(&organization_id)?, edit).await?;
        Ok(Some(Campaign(row)))
    }
    /// Changes what is given of a campaign; for supervisors, contacts for admins.
    async fn edit_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
        #[graphql(desc = "What it is to be.")] campaign: CampaignInput,
    ) -> GqlResult<Option<Campaign>> {
        let (edit, _) = campaign.parse()?;
        Ok(Some(Campaign(
            edit::edit_campaign(app(ctx), requester(ctx)?, parse_id(&id)?, edit).await?,
        )))
    }
    /// Starts a campaign in the background, if nothing is missing; for admins.
    async fn start_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        let row = campaign_read::required(app(ctx), requester(ctx)?, parse_id(&id)?, Role::Admin).await?;
        start::enqueue_start(
            &mut *app(ctx).db().await?,
            (row.id, row.organization_id),
            app(ctx).now(),
        )
        .await?;
        jobs::wake();
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(Campaign(row)))
    }
    /// Puts a campaign away: nothing more is sent; for admins.
    async fn archive_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        Ok(Some(Campaign(
            archive::set_archived(app(ctx), requester(ctx)?, parse_id(&id)?, true).await?,
        )))
    }
    /// Brings a campaign back; for admins.
    async fn unarchive_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<Campaign>> {
        Ok(Some(Campaign(
            archive::set_archived(app(ctx), requester(ctx)?, parse_id(&id)?, false).await?,
        )))
    }
    /// Writes a campaign's contacts and texts to CSV files in the background; for admins.
    async fn export_campaign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The campaign.")] id: String,
    ) -> GqlResult<Option<JobRequest>> {
        let requester = requester(ctx)?;
        let row = campaign_read::required(app(ctx), requester, parse_id(&id)?, Role::Admin).await?;
        let mut conn = app(ctx).db().await?;
        let job = export::enqueue_export(&mut conn, (row.id, row.organization_id), requester.user_id).await?;
        jobs::wake();
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(JobRequest::new(&job)))
    }
    /// Takes a job back; one that runs stops at its next step; for admins.
    async fn delete_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's campaign.")] campaign_id: String,
        #[graphql(desc = "The job.")] id: String,
    ) -> GqlResult<Option<JobRequest>> {
        let row =
            campaign_read::required(app(ctx), requester(ctx)?, parse_id(&campaign_id)?, Role::Admin).await?;
        let job_id = parse_id(&id)?;
        let mut conn = app(ctx).db().await?;
        let job = jobs::cancel_job(&mut conn, row.id, job_id)
            .await?
            .ok_or_else(OpError::not_found)?;
        app(ctx).events.campaign_changed(row.id);
        Ok(Some(JobRequest::new(&job)))
    }
    /// Queues one text to one contact; for the assignment's texter and supervisors. Refused with a code when the
    /// contact has opted out, the hours are closed, the assignment has changed, and so on; then nothing is stored.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text.")] message: MessageInput,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
        #[graphql(desc = "The saved reply it came from; not used yet.")] canned_response_id: Option<String>,
    ) -> GqlResult<Option<CampaignContact>> {
        let _ = (canned_response_id, &message.contact_number, &message.user_id);
        let input = send_message::SendMessageInput {
            text: message.text,
            assignment_id: parse_optional_id(message.assignment_id.as_deref())?,
            script_version: message.script_version,
            idempotency_key: message.idempotency_key,
        };
        let result =
            send_message::send_message(app(ctx), requester(ctx)?, parse_id(&campaign_contact_id)?, &input)
                .await?;
        Ok(Some(CampaignContact::after_send(&result)))
    }
    /// Opts a contact out of the organization: from then on no text leaves for the cell; for the assignment's texter
    /// and supervisors.
    async fn create_opt_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and how it is confirmed.")] opt_out: OptOutInput,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
        #[graphql(desc = "Whether no confirmation was sent before.")] no_reply: Option<bool>,
    ) -> GqlResult<Option<CampaignContact>> {
        // Whoever has the contact now: who said stop is opted out also when the assignment has just changed.
        let _ = (&opt_out.cell, &opt_out.assignment_id);
        let contact_id = parse_id(&campaign_contact_id)?;
        let input = opt_out::OptOutInput {
            reason: opt_out.reason.unwrap_or_default(),
            message: opt_out.message,
            no_reply: no_reply.unwrap_or(false),
        };
        opt_out::create_opt_out(app(ctx), requester(ctx)?, contact_id, &input).await?;
        Ok(Some(CampaignContact::by_id(contact_id)))
    }
    /// Sets the state of one contact or many: closed, needsResponse and so on; for texters of their own, and
    /// supervisors.
    async fn edit_campaign_contact_message_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The state.")] message_status: String,
        #[graphql(desc = "The contact.")] campaign_contact_id: Option<String>,
        #[graphql(desc = "Or contacts.")] campaign_ids_contact_ids: Option<Vec<Option<CampaignIdContactId>>>,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let mut ids = Vec::new();
        if let Some(id) = parse_optional_id(campaign_contact_id.as_deref())? {
            ids.push(id);
        }
        for pair in campaign_ids_contact_ids.into_iter().flatten().flatten() {
            let _ = (&pair.campaign_id, &pair.message_ids);
            ids.push(parse_id(&pair.campaign_contact_id.to_string())?);
        }
        close::edit_message_status(app(ctx), requester(ctx)?, &ids, &message_status).await?;
        Ok(Some(
            ids.into_iter()
                .map(|id| Some(CampaignContact::by_id(id)))
                .collect(),
        ))
    }
    /// Makes these the contact's answers; what is not named is taken back.
    async fn update_question_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whole set of answers.")] question_responses: Option<
            Vec<Option<QuestionResponseInput>>,
        >,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
    ) -> GqlResult<Option<String>> {
        let contact_id = parse_id(&campaign_contact_id)?;
        let mut answers = Vec::new();
        for answer in question_responses.into_iter().flatten().flatten() {
            if parse_id(&answer.campaign_contact_id)? != contact_id {
                return Err(OpError::bad_input("questionResponses: an answer names another contact").into());
            }
            answers.push(question_responses::Answer {
                interaction_step_id: parse_id(&answer.interaction_step_id)?,
                value: answer.value,
            });
        }
        question_responses::update_question_responses(app(ctx), requester(ctx)?, contact_id, &answers)
            .await?;
        Ok(Some(contact_id.to_string()))
    }
    /// Contacts of an assignment in the order asked for; null in the place of one that it has no longer.
    async fn get_assignment_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: Option<String>,
        #[graphql(desc = "The contacts, 1,000 at most.")] contact_ids: Option<Vec<Option<String>>>,
        #[graphql(desc = "Whether to take new contacts when none are left; not there yet.")] find_new: Option<
            bool,
        >,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let _ = find_new;
        let assignment_id = parse_optional_id(assignment_id.as_deref())?.ok_or_else(OpError::not_found)?;
        let mut ids = Vec::new();
        for id in contact_ids.into_iter().flatten() {
            // What is no id is no contact of the assignment.
            ids.push(id.as_deref().and_then(|id| parse_id(id).ok()).unwrap_or(0));
        }
        let rows = read::get_assignment_contacts(app(ctx), requester(ctx)?, assignment_id, &ids).await?;
        CampaignContact::list(ctx, rows).await
    }
    /// The confirmation that an opted-out contact gets.
    async fn get_opt_out_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organization.")] organization_id: Option<String>,
        #[graphql(desc = "The contact's ZIP code; texts by state are not there yet.")] zip: Option<String>,
        #[graphql(desc = "What to answer without an organization.")] default_message: Option<String>,
    ) -> GqlResult<Option<String>> {
        let _ = zip;
        let organization_id = parse_optional_id(organization_id.as_deref())?;
        let text =
            opt_out_message::get_opt_out_message(app(ctx), requester(ctx)?, organization_id, default_message)
                .await?;
        Ok(Some(text))
    }
    /// Drops every other session of the signed-in person.
    async fn sign_out_everywhere(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        sign_in::sign_out_everywhere(app(ctx), requester(ctx)?).await?;
        Ok(true)
    }
}
