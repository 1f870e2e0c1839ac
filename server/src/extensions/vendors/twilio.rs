//! Twilio.

pub mod codes;
