//! Asks vendors for texts from contacts that no webhook told (R06): while we were away, or they could not reach us.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bellwether_db::delivery_report;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Shutdown, accounts, backoff, is_stopping,
    receive::{self, Stored},
    vendor::AskError,
};
use crate::{app::App, error::OpResult, metrics};

/// The first time, texts of so many hours are asked for; vendors themselves try webhooks again for some hours at most.
pub const FIRST_HOURS: i64 = 24;
/// Afterwards, of those since the last question that was answered whole, and of so many before it: what is told twice is
/// stored once.
pub const OVERLAP_HOURS: i64 = 2;
/// Accounts that sent something in so many hours are asked.
const USED_HOURS: i32 = 24 * 7;
/// Longest time for one account.
const PATIENCE: Duration = Duration::from_secs(120);

/// When each account last answered whole: a vendor's name, and the organization whose account it is.
#[derive(Debug, Default)]
pub struct Answered(BTreeMap<(&'static str, Option<i64>), DateTime<Utc>>);

/// Asks until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let interval = app.config.inbound_sweep;
    if interval.is_zero() {
        return;
    }
    let mut answered = Answered::default();
    while !is_stopping(&shutdown) {
        if let Err(error) = run_once(&app, &mut answered).await {
            tracing::warn!(%error, "vendors cannot be asked for texts that no webhook told");
        }
        backoff::pause(interval, &mut shutdown).await;
    }
}

/// Asks every account that is in use once, for the texts since it last answered whole. Returns how many were news.
pub async fn run_once(app: &App, answered: &mut Answered) -> OpResult<usize> {
    let senders = delivery_report::senders(&mut *app.worker_db().await?, USED_HOURS).await?;
    let now = app.now();
    let mut asked = BTreeSet::new();
    let mut news = 0;
    for (organization_id, service) in senders {
        let Some(vendor) = app.vendors.get(&service) else {
            continue;
        };
        let Some(account) = accounts::of(app, vendor.as_ref(), organization_id).await? else {
            continue;
        };
        // Texts to the instance's account name no organization: the conversation or the number tells.
        let owner = account.is_own.then_some(organization_id);
        let key = (vendor.name(), owner);
        if !asked.insert(key) {
            continue;
        }
        let since = match answered.0.get(&key) {
            Some(last) => *last - TimeDelta::hours(OVERLAP_HOURS),
            None => now - TimeDelta::hours(FIRST_HOURS),
        };
        let question = tokio::time::timeout(PATIENCE, vendor.received_since(&account, since));
        let received = match question.await {
            Ok(Ok(received)) => received,
            Ok(Err(AskError::Unsupported)) => continue,
            Ok(Err(AskError::Failed(reason))) => {
                tracing::warn!(
                    organization.id = owner,
                    service,
                    reason,
                    "a vendor does not say what it received"
                );
                continue;
            }
            Err(_) => {
                tracing::warn!(
                    organization.id = owner,
                    service,
                    "a vendor takes too long to say what it received"
                );
                continue;
            }
        };
        let mut is_complete = received.is_complete;
        if !is_complete {
            tracing::warn!(
                organization.id = owner,
                service,
                texts = received.events.len(),
                "a vendor did not say all that it received: it is asked again"
            );
        }
        for event in &received.events {
            let stored = receive::store_event(
                &app.worker_pool,
                &app.events,
                vendor.name(),
                owner,
                &event.event,
                &event.payload,
            );
            match stored.await {
                Ok(Stored::Duplicate) => {}
                Ok(_) => {
                    news += 1;
                    metrics::TEXTS_SWEPT.add_one();
                }
                Err(error) => {
                    is_complete = false;
                    tracing::warn!(%error, "a text that a vendor told is not stored yet");
                }
            }
        }
        if is_complete {
            answered.0.insert(key, now);
        }
    }
    Ok(news)
}
