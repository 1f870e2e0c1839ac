//! What texters use.

pub mod texting;
pub mod todos;
