//! The HTTP edges: they translate and call; they hold no rule and no SQL.

pub mod client_files;
pub mod downloads;
pub mod graphql;
pub mod health;
pub mod opt_out_uploads;
pub mod sign_in;
pub mod uploads;
pub mod webhooks;
