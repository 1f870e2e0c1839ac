//! One module per page.

pub mod admin;
pub mod home;
pub mod login;
pub mod not_found;
pub mod shared;
pub mod shell;
pub mod texter;
