//! Who texts which contacts.

pub mod assign_texters;
pub mod read;
