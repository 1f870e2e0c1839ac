//! Accounts: signing in and out, sessions, one's own password and terms.

pub mod agree_terms;
pub mod change_password;
pub mod password;
pub mod reset;
pub mod secret;
pub mod session;
pub mod sign_in;
