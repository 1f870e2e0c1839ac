//! Known-bad variants of the pipeline, for `cargo xtask chaos --prove` alone: the same chaos that the real pipeline
//! survives must catch each of them, else a green run says nothing. Compiled in only with the feature `failpoints`,
//! chosen by `CHAOS_VARIANT`. Two more (`opt-out-at-queueing`, `no-unique-key`) are made by SQL in `crates/chaos`,
//! the first with a part here.

use std::{sync::OnceLock, time::Instant};

use bellwether_db::{
    AsyncConnection, Error,
    message::{self, Outcome, OutcomeKind, outbox::NumberChoice},
};

use super::attempt::{Attempt, attempt};
use crate::{app::App, error::OpResult};

/// Whether this variant was chosen.
pub fn is(variant: &str) -> bool {
    static CHOSEN: OnceLock<String> = OnceLock::new();
    #[expect(
        clippy::disallowed_methods,
        reason = "not a setting: compiled in for the chaos harness alone"
    )]
    let chosen = CHOSEN.get_or_init(|| std::env::var("CHAOS_VARIANT").unwrap_or_default());
    chosen == variant
}

/// Texts sent in one transaction; as in the systems of failures.md ("batch rollback re-send").
const BATCH: i32 = 20;
const LEASE_SECONDS: f64 = 30.0;

/// The variant `send-in-transaction`: claims, calls the vendor and records in one transaction, and rolls all of it
/// back when one of the calls fails.
pub async fn send_in_transaction(app: &App) -> OpResult<usize> {
    let services = app.vendors.number_services();
    let numbers = NumberChoice {
        services: &services,
        daily_share: app.config.number_daily_share,
    };
    let mut conn = app.worker_db().await?;
    let sent = conn
        .transaction(async |conn| {
            let claimed = message::claim(conn, BATCH, LEASE_SECONDS, app.now(), numbers).await?;
            let mut outcomes = Vec::new();
            for text in claimed.iter().filter(|text| text.is_held()) {
                match attempt(app, text, Instant::now()).await {
                    Attempt::Settled(
                        kind @ (OutcomeKind::Accepted { .. } | OutcomeKind::Failed { .. }),
                        _,
                    ) => {
                        outcomes.push(Outcome {
                            message_id: text.message_id,
                            attempt: text.attempts,
                            kind,
                        });
                    }
                    _ => return Err(Error::RollbackTransaction),
                }
            }
            message::record(conn, &outcomes).await?;
            Ok::<_, Error>(claimed.len())
        })
        .await;
    match sent {
        Err(Error::RollbackTransaction) => Ok(1),
        sent => Ok(sent?),
    }
}
