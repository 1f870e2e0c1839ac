//! Campaigns: made, edited, started, filled with contacts, exported, archived.

pub mod archive;
pub mod create;
pub mod edit;
pub mod export;
pub mod import_contacts;
pub mod read;
pub mod start;
