//! Takes queued texts and hands them to their vendors.
//!
//! A claim commits before any vendor is called, and no transaction is open during a call. Right before a group of
//! texts goes out the database is asked once more which of them are still wanted: opting out takes back what is
//! claimed. So a text leaves at most [`attempt::MAX_AGE`] after somebody said stop, and only if it was on its way.

use std::time::{Duration, Instant};

use bellwether_db::message::{self, Claimed, outbox::ChangedContact};
use futures_util::{StreamExt, stream};

use super::{
    Shutdown,
    attempt::{self, Attempt, attempt},
    backoff, is_stopping, record,
};
use crate::{app::App, error::OpResult};

/// Texts claimed at a time.
pub const BATCH: i32 = 200;
/// How long a claim holds.
pub const LEASE: Duration = Duration::from_secs(30);
/// Texts that are checked and handed over together.
pub const GROUP: usize = 32;
/// Groups under way at a time.
const GROUPS: usize = 3;
/// A call begins only while this much of the lease is left, so that the lease outlives the call.
const MARGIN: Duration = Duration::from_secs(15);
/// How often the outbox is looked at when it was empty.
pub const POLL: Duration = Duration::from_millis(150);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Sends until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let mut failures = 0;
    while !is_stopping(&shutdown) {
        match send_batch(&app, Some(&shutdown)).await {
            Ok(0) => {
                failures = 0;
                backoff::pause(POLL, &mut shutdown).await;
            }
            Ok(_) => failures = 0,
            Err(error) => {
                tracing::warn!(failures, %error, "the outbox cannot be read");
                backoff::pause(backoff::delay(FIRST_WAIT, LONGEST_WAIT, failures), &mut shutdown).await;
                failures = failures.saturating_add(1);
            }
        }
    }
}

/// Sends all that is due now. Returns how many texts were looked at. For tests.
pub async fn run_once(app: &App) -> OpResult<usize> {
    let mut total = 0;
    loop {
        match send_batch(app, None).await? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

/// Claims a batch and sends it. Returns how many texts were due.
async fn send_batch(app: &App, shutdown: Option<&Shutdown>) -> OpResult<usize> {
    let claimed = {
        let mut conn = app.worker_db().await?;
        message::claim(&mut conn, BATCH, LEASE.as_secs_f64(), app.now()).await?
    };
    let due = claimed.len();
    let (held, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(Claimed::is_held);
    let changed: Vec<_> = others.iter().map(changed_contact).collect();
    record::tell(&app.events, &changed);
    let mut rest = held.into_iter();
    let mut groups = Vec::new();
    loop {
        let group: Vec<Claimed> = rest.by_ref().take(GROUP).collect();
        if group.is_empty() {
            break;
        }
        groups.push(group);
    }
    stream::iter(groups)
        .for_each_concurrent(GROUPS, |group| async move {
            if shutdown.is_some_and(is_stopping) {
                let held: Vec<_> = group
                    .iter()
                    .map(|text| (text.message_id, text.attempts))
                    .collect();
                record::give_back(app, &held).await;
            } else {
                send_group(app, group).await;
            }
        })
        .await;
    Ok(due)
}

fn changed_contact(text: &Claimed) -> ChangedContact {
    ChangedContact {
        campaign_id: text.campaign_id,
        assignment_id: text.assignment_id,
        contact_id: text.contact_id,
    }
}

/// Checks a group again, hands over what is still wanted, and records what became of it.
async fn send_group(app: &App, group: Vec<Claimed>) {
    let checked_at = Instant::now();
    let wanted = match still_wanted(app, &group).await {
        Ok(wanted) => wanted,
        Err(error) => {
            tracing::warn!(message.id = group.first().map(|text| text.message_id), %error, "claimed texts cannot be checked");
            Vec::new()
        }
    };
    let attempts: Vec<(Claimed, Attempt)> = stream::iter(group)
        .map(|text| {
            let is_wanted = wanted.contains(&text.message_id);
            async move {
                let attempt = if is_wanted {
                    attempt(app, &text, checked_at).await
                } else {
                    Attempt::NotBegun
                };
                (text, attempt)
            }
        })
        .buffer_unordered(GROUP)
        .collect()
        .await;
    record::record(app, &attempts).await;
}

async fn still_wanted(app: &App, group: &[Claimed]) -> OpResult<Vec<i64>> {
    let held: Vec<_> = group
        .iter()
        .map(|text| (text.message_id, text.attempts))
        .collect();
    let margin = MARGIN.max(attempt::CALL_TIMEOUT).as_secs_f64();
    Ok(message::still_wanted(&mut *app.worker_db().await?, &held, margin).await?)
}
