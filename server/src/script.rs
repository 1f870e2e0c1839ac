//! Scripts: the tree of messages, questions and answers of a campaign.

pub mod bulk_update;
pub mod import_script;
pub mod save_interaction_steps;
