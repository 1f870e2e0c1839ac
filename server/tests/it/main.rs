//! The API through HTTP against a real PostgreSQL, a database per test.

mod campaign;
mod contact_counts;
mod conversation;
mod harness;
mod http;
mod migrations;
mod operations;
mod permissions;
mod schema;
mod texting_day;
