//! All that an operation may touch, in one value. Tests build it too, with a fixed clock.

use std::sync::Arc;

use bellwether_db::{Pool, PooledConn};
use chrono::{DateTime, Utc};

use crate::{
    config::Config,
    delivery::vendor::Vendors,
    error::{OpResult, pool_error},
    events::Events,
};

/// Handed to every operation, job and edge; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Settings, read once at start.
    pub config: Arc<Config>,
    /// Connections for people's requests.
    pub pool: Pool,
    /// Connections for the sender, receiver and jobs, so that neither side starves the other (R18).
    pub worker_pool: Pool,
    /// The time.
    pub clock: Clock,
    /// The services that carry texts.
    pub vendors: Vendors,
    /// Vendor accounts looked up lately.
    pub accounts: crate::delivery::accounts::Accounts,
    /// Tells subscribers what changed.
    pub events: Events,
    /// Sessions looked up lately.
    pub sessions: crate::account::session::SessionCache,
    /// What people and addresses spent lately.
    pub rate_limits: crate::rate_limit::RateLimits,
    /// Queries that clients named by their hash.
    pub persisted_queries: crate::graphql::gate::PersistedQueries,
}

impl App {
    /// A connection for a request.
    pub async fn db(&self) -> OpResult<PooledConn> {
        self.pool.get().await.map_err(pool_error)
    }

    /// A connection for background work.
    pub async fn worker_db(&self) -> OpResult<PooledConn> {
        self.worker_pool.get().await.map_err(pool_error)
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Where "now" comes from: the system, or a test.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<std::sync::Mutex<DateTime<Utc>>>>);

impl Clock {
    /// A clock that stands still until it is set.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(std::sync::Mutex::new(at))))
    }

    /// Moves a fixed clock; a system clock stays as it is.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(fixed) = &self.0 {
            *fixed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at;
        }
    }

    /// The present instant.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Some(fixed) => *fixed.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
            None => Utc::now(),
        }
    }
}
