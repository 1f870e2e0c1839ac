//! Vendors against local servers that speak their wire formats.

mod stub;
mod twilio;
