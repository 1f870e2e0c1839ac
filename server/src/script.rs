//! Scripts: the tree of messages, questions and answers of a campaign.

pub mod save_interaction_steps;
