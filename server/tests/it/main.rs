//! The API through HTTP against a real PostgreSQL, a database per test.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on shall stop where it stands"
)]

mod account;
mod architecture;
mod batches;
mod beside;
mod campaign;
mod contact_counts;
mod contract;
mod conversation;
mod delivery;
mod error_codes;
mod harness;
mod http;
mod migrations;
mod one_organization;
mod operations;
mod opting_out;
mod organization;
mod people;
mod permissions;
mod schema;
mod statements;
mod supervision;
mod texting_day;
mod texting_hours;
mod vendors;
