//! What every test stands on: an app with a fixed clock and a database of its own, people, campaigns.

pub mod app;
pub mod client;
pub mod world;

pub use app::TestApp;
pub use client::Client;
pub use world::World;
