//! Campaigns: made, edited, started, filled with contacts, exported, archived.

pub mod archive;
pub mod canned_responses;
pub mod copy;
pub mod create;
pub mod edit;
pub mod editors;
pub mod export;
pub mod fake_contacts;
pub mod import_contacts;
pub mod read;
pub mod start;
