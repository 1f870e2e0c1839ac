//! Accounts: signing in and out, sessions.

pub mod password;
pub mod session;
pub mod sign_in;
