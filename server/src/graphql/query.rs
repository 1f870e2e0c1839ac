//! `RootQuery`: what can be read, one file per noun.

pub mod campaign;
pub mod connection;
pub mod conversation;
pub mod node;
pub mod opt_out;
pub mod organization;
pub mod sending;

use async_graphql::MergedObject;

/// What can be read.
#[derive(MergedObject, Default)]
pub struct RootQuery(
    organization::OrganizationQueries,
    campaign::CampaignQueries,
    conversation::ConversationQueries,
    connection::ConnectionQueries,
    node::NodeQueries,
    opt_out::OptOutQueries,
    sending::SendingQueries,
);
