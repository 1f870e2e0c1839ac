//! The services that carry texts; each implements [`crate::delivery::vendor::Vendor`].

pub mod fakeservice;
#[cfg(feature = "failpoints")]
pub mod standin;
pub mod twilio;
