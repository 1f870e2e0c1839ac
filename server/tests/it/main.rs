//! The API through HTTP against a real PostgreSQL, a database per test.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on shall stop where it stands"
)]

mod account;
mod architecture;
mod campaign;
mod contact_counts;
mod contract;
mod conversation;
mod harness;
mod http;
mod migrations;
mod operations;
mod organization;
mod people;
mod permissions;
mod schema;
mod statements;
mod texting_day;
