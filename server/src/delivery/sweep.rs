//! Asks vendors for texts from contacts that no webhook told (R06): while we were away, or they could not reach us.

use std::{collections::BTreeSet, time::Duration};

use bellwether_db::delivery_report;
use chrono::TimeDelta;

use super::{
    Shutdown, accounts, backoff, is_stopping,
    receive::{self, Stored},
    vendor::AskError,
};
use crate::{app::App, error::OpResult, metrics};

/// The first time, texts of so many hours are asked for; vendors themselves try webhooks again for some hours at most.
pub const FIRST_HOURS: i64 = 24;
/// Afterwards, of so many: more than passes between two questions, since what is told twice is stored once.
pub const LATER_HOURS: i64 = 2;
/// Accounts that sent something in so many hours are asked.
const USED_HOURS: i32 = 24 * 7;
/// Longest time for one account.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let interval = app.config.inbound_sweep;
    if interval.is_zero() {
        return;
    }
    let mut hours = FIRST_HOURS;
    while !is_stopping(&shutdown) {
        match run_once(&app, hours).await {
            Ok(_) => hours = LATER_HOURS,
            Err(error) => tracing::warn!(%error, "vendors cannot be asked for texts that no webhook told"),
        }
        backoff::pause(interval, &mut shutdown).await;
    }
}

/// Asks every account that is in use once, for the texts of the last `hours`. Returns how many were news.
pub async fn run_once(app: &App, hours: i64) -> OpResult<usize> {
    let senders = delivery_report::senders(&mut *app.worker_db().await?, USED_HOURS).await?;
    let since = app.now() - TimeDelta::hours(hours);
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
        if !asked.insert((vendor.name(), owner)) {
            continue;
        }
        let question = tokio::time::timeout(PATIENCE, vendor.received_since(&account, since));
        let events = match question.await {
            Ok(Ok(events)) => events,
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
        for event in &events {
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
                Err(error) => tracing::warn!(%error, "a text that a vendor told is not stored yet"),
            }
        }
    }
    Ok(news)
}
