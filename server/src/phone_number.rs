//! Telephone numbers: buying, giving back, reserving for campaigns.

pub mod buy;
pub mod delete;
pub mod inventory;
pub mod release;
