//! Many texts in one request.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::conversation::MessageInput;
use crate::{
    conversation::send_message,
    error::OpError,
    graphql::{
        app,
        contact::CampaignContact,
        error::{GqlResult, describe},
        parse_id, requester,
    },
};

/// Texts in one request at most.
pub const MAX_SENDS: usize = 100;

/// A text to one contact.
#[derive(InputObject)]
pub struct ContactMessage {
    /// The text.
    pub message: MessageInput,
    /// The contact.
    pub campaign_contact_id: String,
}

/// Why one of many was not done.
#[derive(SimpleObject)]
pub struct ItemError {
    /// The stable code.
    pub code: String,
    /// In words.
    pub message: String,
}

/// What became of one text.
#[derive(SimpleObject)]
pub struct SendMessageResult {
    /// The contact that was named.
    pub campaign_contact_id: ID,
    /// The contact after the text was queued; null when it was refused.
    pub contact: Option<CampaignContact>,
    /// Why it was refused; null when it was queued.
    pub error: Option<ItemError>,
}

/// Many texts in one request.
#[derive(Default)]
pub struct BulkMutations;

/// Many texts in one request.
#[Object]
impl BulkMutations {
    /// Queues texts to many contacts, each for itself and by the rules of sendMessage: one that is refused keeps the
    /// others from nothing. With an idempotencyKey each, the whole request can be repeated. 100 at most.
    async fn send_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The texts.")] messages: Vec<ContactMessage>,
    ) -> GqlResult<Vec<SendMessageResult>> {
        let requester = requester(ctx)?;
        if messages.is_empty() || messages.len() > MAX_SENDS {
            return Err(OpError::bad_input(format!("messages: 1 to {MAX_SENDS}")).into());
        }
        let mut results = Vec::with_capacity(messages.len());
        for item in messages {
            let id = item.campaign_contact_id.clone();
            let sent = async {
                let input = item.message.parse()?;
                send_message::send_message(app(ctx), requester, parse_id(&item.campaign_contact_id)?, &input)
                    .await
            };
            results.push(match sent.await {
                Ok(result) => SendMessageResult {
                    campaign_contact_id: id.into(),
                    contact: Some(CampaignContact::after_send(&result)),
                    error: None,
                },
                Err(error) => {
                    let (code, message, _) = describe(error);
                    SendMessageResult {
                        campaign_contact_id: id.into(),
                        contact: None,
                        error: Some(ItemError {
                            code: code.as_str().to_owned(),
                            message,
                        }),
                    }
                }
            });
        }
        Ok(results)
    }
}
