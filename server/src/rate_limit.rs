//! How much one person, or one address of somebody who is not signed in, may ask for in a minute (S10).
//!
//! Costs are counted in memory, so that a request costs no statement. Every two seconds one statement tells the
//! database what was spent here and reads back what was spent in all processes: a limit holds across them, give or
//! take two seconds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{app::App, error::OpResult};

/// Length of a window, in seconds.
pub const WINDOW_SECONDS: i64 = 60;
/// How often what was spent is told to the other processes.
pub const TELL_INTERVAL: Duration = Duration::from_secs(2);
/// People and addresses remembered at most; beyond it the oldest windows are forgotten first.
const MAX_KEYS: usize = 100_000;

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    window: i64,
    /// In all processes, as far as is known.
    total: i64,
    /// Part of it that the others have not been told.
    untold: i64,
}

/// What was spent lately. Cheap to clone.
#[derive(Clone, Default)]
pub struct RateLimits(Arc<Mutex<HashMap<String, Spent>>>);

impl RateLimits {
    /// Spends; or says how long to wait, and spends nothing.
    pub fn spend(&self, key: &str, cost: i64, budget: i64, now: DateTime<Utc>) -> Result<(), Duration> {
        let window = now.timestamp().div_euclid(WINDOW_SECONDS);
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MAX_KEYS && !spent.contains_key(key) {
            spent.retain(|_, spent| spent.window == window);
        }
        let entry = spent.entry(key.to_owned()).or_default();
        if entry.window != window {
            *entry = Spent {
                window,
                ..Spent::default()
            };
        }
        if entry.total.saturating_add(cost) > budget {
            let left = (window + 1) * WINDOW_SECONDS - now.timestamp();
            return Err(Duration::from_secs(left.max(1).unsigned_abs()));
        }
        entry.total += cost;
        entry.untold += cost;
        Ok(())
    }

    fn take_untold(&self, window: i64) -> Vec<(String, i64)> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|_, spent| spent.window >= window);
        let untold = spent.iter_mut().filter(|(_, spent)| spent.untold > 0);
        untold
            .map(|(key, spent)| (key.clone(), std::mem::take(&mut spent.untold)))
            .collect()
    }

    fn learn(&self, key: &str, window: i64, total: i64) {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = spent.get_mut(key).filter(|entry| entry.window == window) {
            entry.total = total + entry.untold;
        }
    }
}

/// Tells what was spent and learns what the other processes spent.
pub async fn tell(app: &App) -> OpResult<()> {
    let window = app.now().timestamp().div_euclid(WINDOW_SECONDS);
    let untold = app.rate_limits.take_untold(window);
    if untold.is_empty() {
        return Ok(());
    }
    let (keys, costs): (Vec<String>, Vec<i64>) = untold.into_iter().unzip();
    let mut conn = app.worker_db().await?;
    for row in bellwether_db::rate_usage::add(&mut conn, window, &keys, &costs).await? {
        app.rate_limits.learn(&row.key, window, row.cost);
    }
    Ok(())
}

/// Tells every two seconds until `shutdown` says true.
pub async fn run(app: App, mut shutdown: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = shutdown.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(TELL_INTERVAL) => {}
        }
        if let Err(error) = tell(&app).await {
            tracing::warn!(%error, "could not tell what was spent");
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_window_ends_and_another_begins() {
        let limits = RateLimits::default();
        let at = |second| Utc.with_ymd_and_hms(2026, 12, 2, 17, 0, second).unwrap();
        assert_eq!(limits.spend("user:1", 60, 100, at(0)), Ok(()));
        assert_eq!(
            limits.spend("user:1", 60, 100, at(20)),
            Err(Duration::from_secs(40))
        );
        assert_eq!(limits.spend("user:1", 40, 100, at(30)), Ok(()));
        assert_eq!(limits.spend("user:2", 60, 100, at(30)), Ok(()));
        let next = Utc.with_ymd_and_hms(2026, 12, 2, 17, 1, 0).unwrap();
        assert_eq!(limits.spend("user:1", 100, 100, next), Ok(()));
    }

    #[test]
    fn what_others_spent_counts_too() {
        let limits = RateLimits::default();
        let now = Utc.with_ymd_and_hms(2026, 12, 2, 17, 0, 0).unwrap();
        let window = now.timestamp() / WINDOW_SECONDS;
        limits.spend("user:1", 10, 100, now).unwrap();
        assert_eq!(limits.take_untold(window), [("user:1".to_owned(), 10)]);
        limits.spend("user:1", 5, 100, now).unwrap();
        limits.learn("user:1", window, 90);
        assert!(limits.spend("user:1", 5, 100, now).is_ok());
        assert!(limits.spend("user:1", 1, 100, now).is_err());
    }
}
