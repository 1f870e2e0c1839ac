//! Carries changes between processes: sends what this one noted, hands on what any noted.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use bellwether_db::{notice, pool};
use futures_util::StreamExt;

use super::{CHANNEL, Change, Events, FLUSH_INTERVAL, parse_payload, payloads};
use crate::{
    app::App,
    delivery::{Shutdown, backoff, is_stopping},
    error::OpResult,
};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A connection that held so long was sound: the next wait is short again.
const SOUND: Duration = Duration::from_secs(30);
/// After so long without a notice the connection is tried.
const SILENCE: Duration = Duration::from_secs(20);
const PING: Duration = Duration::from_secs(5);

/// Listens and sends until the process is to stop. Never ends for another reason.
pub async fn run(app: App, shutdown: Shutdown) {
    let is_listening = AtomicBool::new(false);
    tokio::join!(
        listen_for_ever(&app, &is_listening, shutdown.clone()),
        flush_for_ever(&app, &is_listening, shutdown)
    );
}

async fn listen_for_ever(app: &App, is_listening: &AtomicBool, mut shutdown: Shutdown) {
    let mut failures = 0;
    while !is_stopping(&shutdown) {
        let began = Instant::now();
        let ended = tokio::select! {
            ended = listen(app, is_listening) => ended,
            _ = shutdown.wait_for(|stop| *stop) => return,
        };
        is_listening.store(false, Ordering::Release);
        failures = if began.elapsed() > SOUND { 0 } else { failures + 1 };
        tracing::warn!(failures, reason = %ended, "not listening for changes; trying again");
        backoff::pause(backoff::delay(FIRST_WAIT, LONGEST_WAIT, failures), &mut shutdown).await;
    }
}

/// Hands on notices until the connection ends; says why it did. What was sent in between is lost, which costs
/// freshness and nothing else.
async fn listen(app: &App, is_listening: &AtomicBool) -> String {
    let mut conn = match pool::connect(app.config.database_url.expose()).await {
        Ok(conn) => conn,
        Err(error) => return error.to_string(),
    };
    if let Err(error) = notice::listen(&mut conn, CHANNEL).await {
        return error.to_string();
    }
    is_listening.store(true, Ordering::Release);
    loop {
        let notified = tokio::time::timeout(SILENCE, pin!(conn.notifications_stream()).next()).await;
        match notified {
            Ok(Some(Ok(notified))) => publish(&app.events, parse_payload(&notified.payload)),
            Ok(Some(Err(error))) => return error.to_string(),
            Ok(None) => return "the connection ended".to_owned(),
            // Silence may be peace, or a cable that was cut.
            Err(_) => match tokio::time::timeout(PING, notice::ping(&mut conn)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "the connection is dead".to_owned(),
            },
        }
    }
}

async fn flush_for_ever(app: &App, is_listening: &AtomicBool, mut shutdown: Shutdown) {
    while !is_stopping(&shutdown) {
        backoff::pause(FLUSH_INTERVAL, &mut shutdown).await;
        flush(app, is_listening).await;
    }
}

/// Sends what was noted; where that fails, at least this process's subscribers are told.
async fn flush(app: &App, is_listening: &AtomicBool) {
    let changes = app.events.take();
    if changes.is_empty() {
        return;
    }
    let sent = send(app, &changes).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "changes were not sent to other processes");
    }
    if sent.is_err() || !is_listening.load(Ordering::Acquire) {
        publish(&app.events, changes);
    }
}

async fn send(app: &App, changes: &[Change]) -> OpResult<()> {
    notice::send(&mut *app.worker_db().await?, CHANNEL, &payloads(changes)).await?;
    Ok(())
}

fn publish(events: &Events, changes: Vec<Change>) {
    for change in changes {
        events.publish(change);
    }
}
