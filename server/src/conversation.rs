//! Conversations: sending, opting out, answers, states.

pub mod bulk_send;
pub mod close;
pub mod contact;
pub mod create_canned_response;
pub mod custom_fields;
pub mod list;
pub mod opt_out;
pub mod question_responses;
pub mod send_message;
pub mod send_reply;
