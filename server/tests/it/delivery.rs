//! The outbox against a carrier that does what a test tells it to: whose turn it is, how fast, what becomes of lost
//! answers, and what people see and do (R01 to R04, R13 to R18).

mod carrier;
mod figures;
mod hand;
mod hours;
mod numbers;
mod pace;
mod settle;
mod turns;
