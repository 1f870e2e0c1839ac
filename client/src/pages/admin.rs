//! What organizers use.

pub mod campaign_edit;
pub mod campaign_stats;
pub mod campaigns;

crate::operation!(CampaignChanged, "src/pages/admin/campaign_changed.graphql");
