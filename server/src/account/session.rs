//! Sessions: an opaque random key in a cookie, its SHA-256 in the database (S20).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bellwether_db::Conn;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    account::secret::{self, SecretHash},
    app::App,
    error::OpResult,
    requester::Requester,
};

/// Longest life of a session (S23).
pub const SESSION_DAYS: i64 = 7;
/// How long a look-up is remembered in this process: suspension and lost roles take effect within it (S22: 5 s).
/// Measured need: without it every request costs one more statement than its work (docs/performance.md).
pub const SESSION_CACHE: Duration = Duration::from_secs(2);
/// Sessions remembered at most.
const SESSION_CACHE_SIZE: usize = 20_000;

/// The hash of a session's key.
pub type KeyHash = SecretHash;
type Remembered = Arc<Mutex<HashMap<KeyHash, (Instant, Option<Arc<Requester>>)>>>;

/// Sessions looked up lately, by the hash of their key.
#[derive(Clone, Default)]
pub struct SessionCache(Remembered);

impl SessionCache {
    fn get(&self, key: &KeyHash) -> Option<Option<Arc<Requester>>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache
            .get(key)
            .filter(|(at, _)| at.elapsed() < SESSION_CACHE)
            .map(|(_, who)| who.clone())
    }

    fn put(&self, key: KeyHash, who: Option<Arc<Requester>>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= SESSION_CACHE_SIZE {
            cache.retain(|_, (at, _)| at.elapsed() < SESSION_CACHE);
        }
        if cache.len() < SESSION_CACHE_SIZE {
            cache.insert(key, (Instant::now(), who));
        }
    }

    /// Forgets one session, or all.
    pub fn forget(&self, key: Option<&KeyHash>) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match key {
            Some(key) => drop(cache.remove(key)),
            None => cache.clear(),
        }
    }
}

/// Starts a session; returns the key for the cookie and when it ends.
pub async fn start(
    app: &App,
    conn: &mut Conn,
    user_id: i64,
    user_agent: &str,
) -> OpResult<(String, DateTime<Utc>)> {
    let key = secret::random();
    let expires_at = app.now() + TimeDelta::days(SESSION_DAYS);
    let agent: String = user_agent.chars().take(200).collect();
    bellwether_db::session::insert(conn, &key_hash(&key), user_id, expires_at, &agent).await?;
    Ok((key, expires_at))
}

/// Who holds this key.
pub async fn find(app: &App, key: &str) -> OpResult<Option<Arc<Requester>>> {
    find_by_hash(app, key_hash(key)).await
}

/// Who holds the key with this hash.
pub async fn find_by_hash(app: &App, hash: KeyHash) -> OpResult<Option<Arc<Requester>>> {
    if let Some(known) = app.sessions.get(&hash) {
        return Ok(known);
    }
    let found = bellwether_db::session::find(&mut *app.db().await?, &hash, app.now()).await?;
    let who = found.map(|user| Arc::new(Requester::from_session(&user, hash)));
    app.sessions.put(hash, who.clone());
    Ok(who)
}

/// The SHA-256 of a key.
pub fn key_hash(key: &str) -> KeyHash {
    secret::hash(key)
}
