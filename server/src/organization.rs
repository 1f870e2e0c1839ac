//! Organizations.

pub mod opt_out_message;
pub mod read;
