//! Tells subscribers what changed, without costing the sender anything.
//!
//! NOTIFY inside a writing transaction takes a lock that serializes all commits of the instance, so nothing of this
//! happens there. An operation that has committed notes what changed in memory; four times a second one task per
//! process sends what was noted, merged, with one NOTIFY on a connection of its own. Every process listens,
//! its own notices included, and hands them to its subscribers. A notice says that something changed, never what it
//! is now: subscribers ask again, so a lost notice costs freshness and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

pub mod listener;

/// How often what changed is sent out.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(250);
/// More changed contacts of one assignment than this are told as "many": reload.
pub const MAX_LISTED_CONTACTS: usize = 50;
/// The channel of LISTEN and NOTIFY.
pub const CHANNEL: &str = "bellwether_changes";
/// Longest payload of one NOTIFY; PostgreSQL allows 8,000 bytes.
const MAX_PAYLOAD: usize = 7_500;
const BACKLOG: usize = 4_096;

/// Something of a campaign changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The campaign.
    #[serde(rename = "c")]
    pub campaign_id: i64,
    /// The assignment whose contacts changed; none when it is about the campaign itself or contacts of nobody.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub assignment_id: Option<i64>,
    /// The contacts; empty with an assignment means too many to list.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub contact_ids: Vec<i64>,
}

type Noted = BTreeMap<(i64, Option<i64>), BTreeSet<i64>>;

/// Notes what changed and hands it to subscribers. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    noted: Arc<Mutex<Noted>>,
    sender: broadcast::Sender<Change>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            noted: Arc::default(),
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Events {
    /// A contact's texts, state or answers changed.
    pub fn contact_changed(&self, campaign_id: i64, assignment_id: Option<i64>, contact_id: i64) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let contacts = noted.entry((campaign_id, assignment_id)).or_default();
        if assignment_id.is_some() && contacts.len() <= MAX_LISTED_CONTACTS {
            contacts.insert(contact_id);
        }
    }

    /// A campaign's counts, jobs or state changed.
    pub fn campaign_changed(&self, campaign_id: i64) {
        self.noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((campaign_id, None))
            .or_default();
    }

    /// What changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Takes what was noted since the last call.
    pub fn take(&self) -> Vec<Change> {
        let noted = std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner));
        noted
            .into_iter()
            .map(|((campaign_id, assignment_id), contacts)| Change {
                campaign_id,
                assignment_id,
                contact_ids: if contacts.len() > MAX_LISTED_CONTACTS {
                    Vec::new()
                } else {
                    contacts.into_iter().collect()
                },
            })
            .collect()
    }

    /// Hands a change to this process's subscribers.
    pub fn publish(&self, change: Change) {
        // An error only says that nobody listens.
        let _ = self.sender.send(change);
    }
}

/// Packs changes into as few NOTIFY payloads as fit.
pub fn payloads(changes: &[Change]) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut current = String::new();
    for change in changes {
        let Ok(text) = serde_json::to_string(change) else {
            continue;
        };
        if !current.is_empty() && current.len() + text.len() + 1 > MAX_PAYLOAD {
            payloads.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push('\n');
        }
        current.push_str(&text);
    }
    if !current.is_empty() {
        payloads.push(current);
    }
    payloads
}

/// Reads a payload of [`payloads`]; what it does not understand it leaves out.
pub fn parse_payload(payload: &str) -> Vec<Change> {
    payload
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
