//! Who asks, and what they may.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::HttpRequest;
use bellwether_db::session::SessionUser;
use bellwether_domain::{error_codes::ErrorCode, role::Role};

use crate::{
    account::session::{self, KeyHash},
    app::App,
    error::{OpError, OpResult},
    permissions::{Permission, Rule},
};

/// The session cookie's name where people reach us by https; `__Host-` binds it to this host (S20).
pub const SECURE_COOKIE: &str = "__Host-session";
/// Its name by http, where browsers refuse the prefix.
pub const PLAIN_COOKIE: &str = "session";

/// A signed-in person with their roles.
#[derive(Debug, Clone)]
pub struct Requester {
    /// The account.
    pub user_id: i64,
    /// Whether the person runs the whole instance.
    pub is_superadmin: bool,
    /// The session, so that it can be ended.
    pub session_key_hash: KeyHash,
    roles: BTreeMap<i64, Role>,
}

impl Requester {
    /// From what the database knows of a session.
    pub fn from_session(user: &SessionUser, session_key_hash: KeyHash) -> Self {
        let roles = user
            .organization_ids
            .iter()
            .zip(&user.roles)
            .filter_map(|(id, role)| Some((*id, role.parse().ok()?)))
            .collect();
        Self {
            user_id: user.user_id,
            is_superadmin: user.is_superadmin,
            session_key_hash,
            roles,
        }
    }

    /// The role in an organization; none for strangers and suspended members.
    pub fn role_in(&self, organization_id: i64) -> Option<Role> {
        self.roles
            .get(&organization_id)
            .copied()
            .filter(|role| *role > Role::Suspended)
    }

    /// The same person with the role that a transaction has just read: a session may be some seconds behind.
    pub fn with_role(&self, organization_id: i64, role: Option<Role>) -> Self {
        let mut fresh = self.clone();
        match role {
            Some(role) => fresh.roles.insert(organization_id, role),
            None => fresh.roles.remove(&organization_id),
        };
        fresh
    }

    /// The role that counts where people are compared: a superadmin's is the highest.
    pub fn power_in(&self, organization_id: i64) -> Option<Role> {
        if self.is_superadmin {
            Role::ALL.iter().copied().max()
        } else {
            self.role_in(organization_id)
        }
    }

    /// Whether the requester has this role or a higher one there.
    fn is_at_least(&self, organization_id: i64, role: Role) -> bool {
        self.is_superadmin || self.role_in(organization_id).is_some_and(|own| own >= role)
    }

    /// Refuses who may not do this in the organization. To strangers the organization does not exist (S08).
    ///
    /// Where the rule is about an account or an assignment, nobody's is meant: only the role counts.
    pub fn permit(&self, permission: Permission, organization_id: i64) -> OpResult<()> {
        if self.may(permission, organization_id) {
            Ok(())
        } else if self.role_in(organization_id).is_some() {
            Err(OpError::refused(ErrorCode::Forbidden))
        } else {
            Err(OpError::not_found())
        }
    }

    /// Whether the requester may do this in the organization; for what is left out instead of refused.
    pub fn may(&self, permission: Permission, organization_id: i64) -> bool {
        match permission.rule() {
            Rule::Role(role) | Rule::OwnAccount(Some(role)) => self.is_at_least(organization_id, role),
            Rule::OwnAssignment => self.is_at_least(organization_id, Role::Supervolunteer),
            Rule::OwnAccount(None) => false,
            Rule::Anyone | Rule::SignedIn | Rule::Reached => true,
        }
    }

    /// Refuses who neither holds the assignment nor has the rule's role (the rule "own assignment"). `texter_id` is
    /// whose the assignment is; none: nobody's.
    pub fn permit_assignment(
        &self,
        permission: Permission,
        organization_id: i64,
        texter_id: Option<i64>,
    ) -> OpResult<()> {
        let own = permission.rule() == Rule::OwnAssignment
            && texter_id == Some(self.user_id)
            && self.role_in(organization_id).is_some();
        if own || self.may(permission, organization_id) {
            Ok(())
        } else {
            // A texter learns nothing of contacts that are not theirs, not even that they exist.
            Err(OpError::not_found())
        }
    }

    /// Refuses whose account it is not and who lacks the rule's role in the organization through which the account
    /// was reached (the rule "own account"). The caller makes sure that the account is a member there.
    pub fn permit_account(
        &self,
        permission: Permission,
        organization_id: Option<i64>,
        user_id: i64,
    ) -> OpResult<()> {
        let own = matches!(permission.rule(), Rule::OwnAccount(_)) && user_id == self.user_id;
        match organization_id {
            _ if own => Ok(()),
            Some(organization_id) => self.permit(permission, organization_id),
            None => Err(OpError::not_found()),
        }
    }

    /// Organizations with this role or a higher one.
    pub fn organizations(&self, at_least: Role) -> Vec<i64> {
        self.roles
            .iter()
            .filter(|(_, role)| **role >= at_least && **role > Role::Suspended)
            .map(|(id, _)| *id)
            .collect()
    }
}

/// The signed-in person behind a request, if any.
pub async fn optional_from_request(request: &HttpRequest, app: &App) -> OpResult<Option<Arc<Requester>>> {
    let name = if app.config.is_https() {
        SECURE_COOKIE
    } else {
        PLAIN_COOKIE
    };
    match cookie(request, name) {
        Some(key) => session::find(app, &key).await,
        None => Ok(None),
    }
}

/// The signed-in person behind a request; a refusal when nobody is.
pub async fn from_request(request: &HttpRequest, app: &App) -> OpResult<Arc<Requester>> {
    optional_from_request(request, app)
        .await?
        .ok_or_else(|| OpError::refused(ErrorCode::Unauthenticated))
}

fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(actix_web::http::header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
