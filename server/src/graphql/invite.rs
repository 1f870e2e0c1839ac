//! `Invite`: a secret that lets its bearer make an organization.

use async_graphql::{ID, InputObject, SimpleObject};

use super::scalars::Date;
use crate::organization::invite::InviteState;

/// A secret that lets its bearer make an organization.
#[derive(SimpleObject)]
pub struct Invite {
    /// The secret again: an invitation is known by nothing that could be guessed.
    pub id: Option<ID>,
    /// Whether it can still be used.
    pub is_valid: Option<bool>,
    /// The secret.
    pub hash: Option<String>,
}

impl Invite {
    /// Wraps an invitation whose secret the requester knows.
    pub fn new(state: InviteState) -> Self {
        Self {
            id: Some(ID(state.hash.clone())),
            is_valid: Some(state.is_valid),
            hash: Some(state.hash),
        }
    }
}

/// What Spoke's clients say of an invitation to be made; none of it is read, the server decides.
#[derive(InputObject, Default)]
pub struct InviteInput {
    /// Not read.
    pub id: Option<String>,
    /// Not read.
    #[graphql(name = "is_valid")]
    pub is_valid: Option<bool>,
    /// Not read.
    pub hash: Option<String>,
    /// Not read.
    #[graphql(name = "created_at")]
    pub created_at: Option<Date>,
}
