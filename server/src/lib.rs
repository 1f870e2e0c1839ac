//! Bellwether's server: operations, GraphQL, HTTP edges and jobs.
//!
//! | module | what |
//! |---|---|
//! | [`app`], [`config`], [`error`] | what operations may touch, settings, what can go wrong |
//! | [`account`], [`requester`] | sign-in and sessions; who asks, and what they may |
//! | [`organization`], [`people`], [`campaign`], [`script`], [`assignment`], [`conversation`], [`opt_out`] | operations, a file each |
//! | [`delivery`], [`extensions`] | the outbox, inbound texts and reports; the vendors |
//! | [`sending`] | what people see of the outbox, and what they may do about it |
//! | [`events`], [`jobs`] | what subscribers are told; background jobs |
//! | [`secret_box`] | organizations' secrets at rest |
//! | [`metrics`] | counters for operators |
//! | [`graphql`], [`http`] | the edges: no rule and no SQL |
//! | [`seed`], [`serve`] | demo data; starting and stopping |

pub mod account;
pub mod app;
pub mod assignment;
pub mod campaign;
pub mod config;
pub mod conversation;
pub mod delivery;
pub mod error;
pub mod events;
pub mod extensions;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod metrics;
pub mod opt_out;
pub mod organization;
pub mod people;
pub mod permissions;
pub mod phone_number;
pub mod rate_limit;
pub mod requester;
pub mod script;
pub mod secret_box;
pub mod seed;
pub mod sending;
pub mod serve;
pub mod tag;
