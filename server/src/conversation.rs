//! Conversations: sending, opting out, answers, states.

pub mod close;
pub mod contact;
pub mod opt_out;
pub mod question_responses;
pub mod send_message;
