//! Tags: made, changed, deleted, put on contacts.

pub mod save;
pub mod update_contact_tags;
