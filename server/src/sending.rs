//! What people see of the outbox, and what they may do about it.

pub mod alerts;
pub mod dead_letters;
pub mod figures;
pub mod limits;
pub mod pause;
