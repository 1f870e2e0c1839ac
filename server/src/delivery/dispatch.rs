//! Takes queued texts and hands them to their vendors.
//!
//! A claim commits before any vendor is called, and no transaction is open during a call. Right before a group of
//! texts goes out the database is asked once more which of them are still wanted: opting out takes back what is
//! claimed. So a text leaves at most [`attempt::MAX_AGE`] after somebody said stop, and only if it was on its way.
//!
//! Texts are claimed as long as there is room for more in flight; what became of them is written down in batches. A
//! slow vendor holds back nothing but its own texts' places.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bellwether_db::message::{
    self, Claimed,
    outbox::{ChangedContact, NumberChoice},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};

use super::{
    Shutdown,
    attempt::{self, Attempt, attempt},
    backoff, is_stopping,
    record::{self, Rates},
};
use crate::{app::App, error::OpResult, failpoint};

/// Texts claimed at a time, at most.
pub const BATCH: usize = 400;
/// How long a claim holds.
pub const LEASE: Duration = Duration::from_secs(30);
/// Texts that are checked together.
pub const GROUP: usize = 32;
/// While more is on its way, no less is claimed than this part of all places: a claim has a price of its own, about that
/// of ten texts.
const SMALLEST_CLAIM: usize = 4;
/// A call begins only while this much of the lease is left, so that the lease outlives the call.
const MARGIN: Duration = Duration::from_secs(15);
/// How often the outbox is looked at when it was empty.
pub const POLL: Duration = Duration::from_millis(150);
/// Outcomes written down together, at most.
const RECORD_BATCH: usize = 64;
/// Batches written down at a time.
const RECORDING: usize = 3;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What an attempt came to, and the place in flight that it holds until that is written down.
struct Done {
    text: Claimed,
    attempt: Attempt,
    _place: OwnedSemaphorePermit,
}

/// Claims and sends; dropping it ends the recorder once all is written down.
struct Sender {
    app: App,
    places: Arc<Semaphore>,
    all_places: usize,
    done: mpsc::UnboundedSender<Done>,
}

/// Sends until the process is to stop; then finishes what is in flight. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    let (sender, recorder) = Sender::start(&app);
    let mut failures = 0;
    while !is_stopping(&shutdown) {
        tokio::select! {
            _ = sender.wait_for_room() => {}
            _ = shutdown.wait_for(|stop| *stop) => break,
        }
        #[cfg(feature = "failpoints")]
        if super::known_bad::is("send-in-transaction") {
            if super::known_bad::send_in_transaction(&app).await.unwrap_or(0) == 0 {
                backoff::pause(POLL, &mut shutdown).await;
            }
            continue;
        }
        match sender.claim_and_send(Some(&shutdown)).await {
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
    sender.finish(recorder).await;
}

/// Sends all that is due now. Returns how many texts were looked at. For tests.
pub async fn run_once(app: &App) -> OpResult<usize> {
    let (sender, recorder) = Sender::start(app);
    let mut total = 0;
    loop {
        let due = sender.claim_and_send(None).await;
        sender.wait_until_idle().await;
        match due {
            Ok(0) => break,
            Ok(count) => total += count,
            Err(error) => {
                sender.finish(recorder).await;
                return Err(error);
            }
        }
    }
    sender.finish(recorder).await;
    Ok(total)
}

impl Sender {
    fn start(app: &App) -> (Self, JoinHandle<()>) {
        let all_places = app.config.sender_concurrency.max(1);
        let (done, results) = mpsc::unbounded_channel();
        let recorder = tokio::spawn(record_all(app.clone(), results));
        let sender = Self {
            app: app.clone(),
            places: Arc::new(Semaphore::new(all_places)),
            all_places,
            done,
        };
        (sender, recorder)
    }

    /// Until a claim is worth its while.
    async fn wait_for_room(&self) {
        let needed = (self.all_places / SMALLEST_CLAIM).max(1);
        if let Ok(needed) = u32::try_from(needed) {
            let _room = self.places.acquire_many(needed).await;
        }
    }

    async fn wait_until_idle(&self) {
        if let Ok(all) = u32::try_from(self.all_places) {
            let _all = self.places.acquire_many(all).await;
        }
    }

    async fn finish(self, recorder: JoinHandle<()>) {
        self.wait_until_idle().await;
        drop(self);
        let _ = recorder.await;
    }

    /// Claims what there is room for and begins to send it. Returns how many texts were due.
    async fn claim_and_send(&self, shutdown: Option<&Shutdown>) -> OpResult<usize> {
        let room = self.places.available_permits().min(BATCH);
        let services = self.app.vendors.number_services();
        let numbers = NumberChoice {
            services: &services,
            daily_share: self.app.config.number_daily_share,
        };
        failpoint!("claim-before");
        let claimed = {
            let mut conn = self.app.worker_db().await?;
            let limit = i32::try_from(room).unwrap_or(i32::MAX);
            message::claim(&mut conn, limit, LEASE.as_secs_f64(), self.app.now(), numbers).await?
        };
        if !claimed.is_empty() {
            failpoint!("claim-after");
        }
        let due = claimed.len();
        let (held, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(Claimed::is_held);
        let changed: Vec<_> = others.iter().map(changed_contact).collect();
        record::tell(&self.app.events, &changed);
        let mut rest = held.into_iter();
        loop {
            let mut group = Vec::new();
            for text in rest.by_ref().take(GROUP) {
                // There was room when they were claimed, and nobody else takes any.
                let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                    break;
                };
                group.push((text, place));
            }
            if group.is_empty() {
                return Ok(due);
            }
            let (app, done) = (self.app.clone(), self.done.clone());
            let is_stopping = shutdown.is_some_and(is_stopping);
            tokio::spawn(async move { send_group(&app, group, is_stopping, &done).await });
        }
    }
}

fn changed_contact(text: &Claimed) -> ChangedContact {
    ChangedContact {
        campaign_id: text.campaign_id,
        assignment_id: text.assignment_id,
        contact_id: text.contact_id,
    }
}

/// Checks a group again and hands over what is still wanted.
async fn send_group(
    app: &App,
    group: Vec<(Claimed, OwnedSemaphorePermit)>,
    is_stopping: bool,
    done: &mpsc::UnboundedSender<Done>,
) {
    failpoint!("look-before");
    let checked_at = Instant::now();
    let wanted = if is_stopping {
        Vec::new()
    } else {
        match still_wanted(app, &group).await {
            Ok(wanted) => wanted,
            Err(error) => {
                let first = group.first().map(|(text, _)| text.message_id);
                tracing::warn!(message.id = first, %error, "claimed texts cannot be checked");
                Vec::new()
            }
        }
    };
    failpoint!("look-after");
    for (text, place) in group {
        let is_wanted = wanted.contains(&text.message_id);
        let (app, done) = (app.clone(), done.clone());
        let call = async move {
            let attempt = if is_wanted {
                attempt(&app, &text, checked_at).await
            } else {
                Attempt::NotBegun
            };
            // The recorder outlives all senders; where it does not, the lease settles it.
            let _ = done.send(Done {
                text,
                attempt,
                _place: place,
            });
        };
        if is_wanted {
            tokio::spawn(call);
        } else {
            call.await;
        }
    }
}

async fn still_wanted(app: &App, group: &[(Claimed, OwnedSemaphorePermit)]) -> OpResult<Vec<i64>> {
    let held: Vec<_> = group
        .iter()
        .map(|(text, _)| (text.message_id, text.attempts))
        .collect();
    #[cfg(feature = "failpoints")]
    if super::known_bad::is("opt-out-at-queueing") {
        return Ok(held.into_iter().map(|(message_id, _)| message_id).collect());
    }
    let margin = MARGIN.max(attempt::CALL_TIMEOUT).as_secs_f64();
    Ok(message::still_wanted(&mut *app.worker_db().await?, &held, margin).await?)
}

/// Writes down what became of texts, some batches at a time, until all senders are gone.
async fn record_all(app: App, mut results: mpsc::UnboundedReceiver<Done>) {
    let recording = Arc::new(Semaphore::new(RECORDING));
    let rates = Arc::new(Rates::default());
    loop {
        let Ok(turn) = Arc::clone(&recording).acquire_owned().await else {
            return;
        };
        let mut batch = Vec::with_capacity(RECORD_BATCH);
        if results.recv_many(&mut batch, RECORD_BATCH).await == 0 {
            drop(turn);
            break;
        }
        let (app, rates) = (app.clone(), Arc::clone(&rates));
        tokio::spawn(async move {
            let (places, attempts): (Vec<_>, Vec<_>) = batch
                .into_iter()
                .map(|done| (done._place, (done.text, done.attempt)))
                .unzip();
            record::record(&app, &attempts, &rates).await;
            drop(places);
            drop(turn);
        });
    }
    if let Ok(all) = u32::try_from(RECORDING) {
        let _all = recording.acquire_many(all).await;
    }
}
