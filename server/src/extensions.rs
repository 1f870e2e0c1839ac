//! What organizations can choose between: the one place where a trait has several implementations.

pub mod action_handlers;
pub mod service_managers;
pub mod vendors;
