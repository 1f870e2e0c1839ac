//! The services that carry texts; each implements [`crate::delivery::vendor::Vendor`].

pub mod bandwidth;
pub mod code_table;
pub mod fakeservice;
pub mod http;
pub mod telnyx;
pub mod twilio;
pub mod vonage;
