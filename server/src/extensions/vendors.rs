//! The services that carry texts; each implements [`crate::delivery::vendor::Vendor`].

pub mod fakeservice;
pub mod http;
pub mod twilio;
