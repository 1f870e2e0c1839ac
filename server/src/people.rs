//! Members of an organization: reading and changing them.

pub mod edit_roles;
pub mod edit_user;
mod manage;
pub mod read;
pub mod reset_password;
