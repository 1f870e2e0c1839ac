//! Organizations and their members.

pub mod edit;
pub mod features;
pub mod invite;
pub mod join;
pub mod opt_out_message;
pub mod read;
pub mod settings;
pub mod texting_hours;
pub mod vendor_config;
