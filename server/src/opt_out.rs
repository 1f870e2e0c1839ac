//! Opting out and coming back: an organization's rules and answers, lists in and out, and texts that belong to no
//! conversation. A texter's own button is in [`crate::conversation::opt_out`]; a contact's STOP in
//! [`crate::delivery::receive`].

pub mod add;
pub mod export;
pub mod history;
pub mod import;
pub mod lift;
pub mod settings;
pub mod test_rules;
pub mod transfer;
pub mod unmatched;
