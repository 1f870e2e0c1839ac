//! The texting screen: first messages one by one, and conversations.

mod assignment;
mod bubble;
mod composer;
mod contact;
mod contact_bar;
mod contact_list;
mod conversation;
mod conversations;
mod deck;
mod delivery;
mod desk;
mod first_message;
mod first_messages;
mod opt_out_dialog;
mod order;
mod outbox;
mod refusals;
mod shortcuts;
mod survey;
mod survey_panel;
mod thread;
mod toolbar;
mod work;

pub use conversations::{PastConversationsPage, RepliesPage};
pub use first_messages::FirstMessagesPage;
pub use outbox::{OutboxView, provide_outbox};

use crate::operation;

operation!(TextingAssignment, "src/pages/texter/texting/assignment.graphql");
operation!(GetAssignmentContacts, "src/pages/texter/texting/contacts.graphql");
operation!(SendMessage, "src/pages/texter/texting/send_message.graphql");
operation!(CreateOptOut, "src/pages/texter/texting/opt_out.graphql");
operation!(
    GetOptOutMessage,
    "src/pages/texter/texting/opt_out_message.graphql"
);
operation!(
    EditCampaignContactMessageStatus,
    "src/pages/texter/texting/message_status.graphql"
);
operation!(
    UpdateQuestionResponses,
    "src/pages/texter/texting/question_responses.graphql"
);
operation!(
    AssignmentChanged,
    "src/pages/texter/texting/assignment_changed.graphql"
);
