//! Who texts which contacts.

pub mod assign_texters;
pub mod batch;
pub mod feedback;
pub mod read;
pub mod reassign;
pub mod release;
