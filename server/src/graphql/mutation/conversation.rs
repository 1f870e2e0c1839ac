//! Texting one contact, and what is noted of it.

use async_graphql::{Context, InputObject, Object};

use crate::{
    conversation::{close, opt_out, question_responses, send_message},
    error::OpError,
    graphql::{
        app, contact::CampaignContact, error::GqlResult, parse_id, parse_optional_id, requester,
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
}
