//! Texting one contact, and what is noted of it.

use async_graphql::{Context, InputObject, Object};

use crate::{
    conversation::{
        bulk_send, close, create_canned_response, custom_fields, opt_out, question_responses, send_message,
        send_reply,
    },
    error::{OpError, OpResult},
    graphql::{
        app, campaign::CannedResponse, campaign_inputs::CannedResponseInput, contact::CampaignContact,
        error::GqlResult, mutation::assignment::CampaignIdContactId, parse_id, parse_optional_id, requester,
        scalars::Phone,
    },
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

impl MessageInput {
    /// The operation's input. The number and the sender are the server's to know.
    pub fn parse(self) -> OpResult<send_message::SendMessageInput> {
        let _ = (&self.contact_number, &self.user_id);
        Ok(send_message::SendMessageInput {
            assignment_id: parse_optional_id(self.assignment_id.as_deref())?,
            text: self.text,
            script_version: self.script_version,
            idempotency_key: self.idempotency_key,
            canned_response_id: None,
        })
    }
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

/// What can be done to conversations.
#[derive(Default)]
pub struct ConversationMutations;

/// What can be done to conversations.
#[Object]
impl ConversationMutations {
    /// Queues one text to one contact; for the assignment's texter and supervisors. Refused with a code when the
    /// contact has opted out, the hours are closed, the assignment has changed, and so on; then nothing is stored.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text.")] message: MessageInput,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
        #[graphql(desc = "The saved reply it came from: its tags go on the contact.")]
        canned_response_id: Option<String>,
    ) -> GqlResult<Option<CampaignContact>> {
        let mut input = message.parse()?;
        input.canned_response_id = parse_optional_id(canned_response_id.as_deref())?;
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
        let mut contacts = Vec::new();
        if let Some(id) = parse_optional_id(campaign_contact_id.as_deref())? {
            contacts.push((id, None));
        }
        for pair in campaign_ids_contact_ids.into_iter().flatten().flatten() {
            let contact = pair.parse()?;
            contacts.push((contact.id, Some(contact.campaign_id)));
        }
        close::edit_message_status(app(ctx), requester(ctx)?, &contacts, &message_status).await?;
        Ok(Some(
            contacts
                .into_iter()
                .map(|(id, _)| Some(CampaignContact::by_id(id)))
                .collect(),
        ))
    }
    /// Takes back a contact's answers to these questions; for the assignment's texter and supervisors.
    async fn delete_question_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The questions' steps.")] interaction_step_ids: Option<Vec<Option<String>>>,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
    ) -> GqlResult<Option<CampaignContact>> {
        let contact_id = parse_id(&campaign_contact_id)?;
        let ids = interaction_step_ids.iter().flatten().flatten();
        let ids: Vec<i64> = ids.map(|id| parse_id(id)).collect::<Result<_, _>>()?;
        question_responses::delete_question_responses(app(ctx), requester(ctx)?, contact_id, &ids).await?;
        Ok(Some(CampaignContact::by_id(contact_id)))
    }
    /// Merges fields into the list's own columns of a contact (notes, for example); for the assignment's texter and
    /// supervisors.
    async fn update_contact_custom_fields(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A text that holds a JSON object.")] custom_fields: String,
        #[graphql(desc = "The contact.")] campaign_contact_id: String,
    ) -> GqlResult<Option<CampaignContact>> {
        let contact_id = parse_id(&campaign_contact_id)?;
        custom_fields::update_contact_custom_fields(app(ctx), requester(ctx)?, contact_id, &custom_fields)
            .await?;
        Ok(Some(CampaignContact::by_id(contact_id)))
    }
    /// Sends the first message to contacts of the assignment whose texting hours are open, where instance and
    /// organization allow it; answers those that were texted. Call it again until it answers nothing.
    async fn bulk_send_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment.")] assignment_id: i32,
    ) -> GqlResult<Option<Vec<Option<CampaignContact>>>> {
        let id = parse_id(&assignment_id.to_string())?;
        let sent = bulk_send::bulk_send_messages(app(ctx), requester(ctx)?, id).await?;
        Ok(Some(
            sent.iter()
                .map(|result| Some(CampaignContact::after_send(result)))
                .collect(),
        ))
    }
    /// Pretends that a contact wrote, where texts go to the built-in fake service; for admins.
    async fn send_reply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] id: String,
        #[graphql(desc = "The contact's words.")] message: String,
    ) -> GqlResult<Option<CampaignContact>> {
        let contact_id = parse_id(&id)?;
        send_reply::send_reply(app(ctx), requester(ctx)?, contact_id, &message).await?;
        Ok(Some(CampaignContact::by_id(contact_id)))
    }
    /// Adds a saved reply to a campaign: one's own with userId, for its texters; the campaign's, for supervisors.
    async fn create_canned_response(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be; the campaign is needed.")] canned_response: CannedResponseInput,
    ) -> GqlResult<Option<CannedResponse>> {
        let campaign_id = parse_optional_id(canned_response.campaign_id.as_deref())?
            .ok_or_else(|| OpError::bad_input("cannedResponse.campaignId: missing"))?;
        let user_id = parse_optional_id(canned_response.user_id.as_deref())?;
        let reply = canned_response.into();
        let row = create_canned_response::create_canned_response(
            app(ctx),
            requester(ctx)?,
            campaign_id,
            user_id,
            reply,
        )
        .await?;
        Ok(Some(CannedResponse::new(row)))
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
}
