//! `RootMutation`: what can be done, one file per noun.

pub mod account;
pub mod assignment;
pub mod bulk;
pub mod campaign;
pub mod conversation;
pub mod opt_out;
pub mod organization;
pub mod people;
pub mod script;
pub mod sending;
pub mod tag;
pub mod texting_hours;
pub mod vendor;

use async_graphql::MergedObject;

/// What can be done.
#[derive(MergedObject, Default)]
pub struct RootMutation(
    account::AccountMutations,
    assignment::AssignmentMutations,
    bulk::BulkMutations,
    campaign::CampaignMutations,
    conversation::ConversationMutations,
    opt_out::OptOutMutations,
    organization::OrganizationMutations,
    script::ScriptMutations,
    sending::SendingMutations,
    texting_hours::TextingHoursMutations,
    tag::TagMutations,
    vendor::VendorMutations,
    people::PeopleMutations,
);
