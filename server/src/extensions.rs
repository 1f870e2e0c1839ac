//! What organizations can choose between: the one place where a trait has several implementations.

pub mod vendors;
