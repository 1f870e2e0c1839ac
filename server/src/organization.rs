//! Organizations.

pub mod opt_out_message;
pub mod read;
pub mod vendor_config;
