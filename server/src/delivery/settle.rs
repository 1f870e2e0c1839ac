//! Asks vendors what became of texts whose answer was lost. A text goes out again only when its vendor says, twice and
//! after a while, that it has none: no vendor promises to recognize the same text (R01, R03).

use std::time::Duration;

use bellwether_db::message::unknown::{self, SentText, UnknownText};
use bellwether_domain::media::split_media;

use super::{
    Shutdown, accounts, backoff, is_stopping, record,
    vendor::{AskError, FoundText, LostText, Vendor},
};
use crate::{app::App, error::OpResult, failpoint, metrics};

/// Texts asked about at a time.
const BATCH: i32 = 20;
/// A text is asked about again after this time when we stop in between.
const LEASE: Duration = Duration::from_secs(60);
/// How often one looks whether there are any.
pub const POLL: Duration = Duration::from_secs(1);
/// Longest that a vendor may take to answer.
const ASK_TIMEOUT: Duration = Duration::from_secs(20);
/// A text that the vendor does not have is asked about once more after this time before it goes out again.
const SECOND_LOOK: Duration = Duration::from_secs(5);
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// After so many questions without an answer, about a day, a person has to settle it.
const MAX_QUESTIONS: i16 = 160;
/// So often a text goes out again.
const MAX_RESENDS: i16 = 4;

/// Asks until the process is to stop. Never ends for another reason.
pub async fn run(app: App, mut shutdown: Shutdown) {
    while !is_stopping(&shutdown) {
        match run_batch(&app).await {
            Ok(0) => backoff::pause(POLL, &mut shutdown).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "texts whose fate is unknown cannot be read");
                backoff::pause(LONGEST_WAIT.min(POLL * 5), &mut shutdown).await;
            }
        }
    }
}

/// Asks about all that are due now. Returns how many there were. For tests.
pub async fn run_once(app: &App) -> OpResult<usize> {
    let mut total = 0;
    loop {
        match run_batch(app).await? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

async fn run_batch(app: &App) -> OpResult<usize> {
    let texts = unknown::claim(&mut *app.worker_db().await?, BATCH, LEASE.as_secs_f64()).await?;
    // One after another: two that are alike must not both take the same text of the vendor's for theirs.
    for text in &texts {
        failpoint!("settle-before-ask");
        if let Err(error) = settle(app, text).await {
            tracing::warn!(message.id = text.message_id, %error, "a text's fate is still unknown");
        }
    }
    Ok(texts.len())
}

async fn settle(app: &App, text: &UnknownText) -> OpResult<()> {
    let found = match app.vendors.get(&text.service) {
        Some(vendor) => ask(app, vendor.as_ref(), text).await?,
        None => Err(AskError::Unsupported),
    };
    failpoint!("settle-before-record");
    let mut conn = app.worker_db().await?;
    let known = match &found {
        Ok(found) => {
            let ids: Vec<String> = found.iter().map(|found| found.service_id.clone()).collect();
            unknown::known_service_ids(&mut conn, &text.service, &ids).await?
        }
        Err(_) => Vec::new(),
    };
    let found = found.and_then(|found| {
        if choose(&found, &known, text.message_id).is_none() && has_stranger(&found, &known) {
            let reason = "it has another text to the same cell that none of ours is".to_owned();
            return Err(AskError::Failed(reason));
        }
        Ok(found)
    });
    match found {
        Ok(found) => match choose(&found, &known, text.message_id) {
            Some(found) => {
                let sent = SentText {
                    service_id: &found.service_id,
                    user_number: &found.user_number,
                    status: found.status.send_status(),
                    error_code: found.error_code,
                };
                let changed = unknown::settle_sent(&mut conn, text.message_id, &sent).await?;
                metrics::TEXTS_FOUND.add_one();
                record::tell(&app.events, changed.as_slice());
            }
            None if text.age_seconds < app.config.settle_after.as_secs_f64() => {
                let rest = app.config.settle_after.as_secs_f64() - text.age_seconds;
                let wait = rest.clamp(1.0, FIRST_WAIT.as_secs_f64());
                unknown::put_off(&mut conn, text.message_id, wait).await?;
            }
            None if text.settle_attempts < 2 => {
                unknown::put_off(&mut conn, text.message_id, SECOND_LOOK.as_secs_f64()).await?;
            }
            None => {
                if unknown::settle_unsent(&mut conn, text.message_id, true, MAX_RESENDS).await? {
                    metrics::TEXTS_SENT_AGAIN.add_one();
                    tracing::info!(
                        message.id = text.message_id,
                        "the vendor does not have a text: it is queued again"
                    );
                }
            }
        },
        Err(AskError::Failed(reason)) if text.settle_attempts < MAX_QUESTIONS => {
            let failures = u32::try_from(text.settle_attempts - 1).unwrap_or_default();
            let wait = backoff::delay(FIRST_WAIT, LONGEST_WAIT, failures);
            tracing::warn!(
                message.id = text.message_id,
                reason,
                "the vendor cannot say what became of a text"
            );
            unknown::put_off(&mut conn, text.message_id, wait.as_secs_f64()).await?;
        }
        Err(_) => {
            unknown::settle_unsent(&mut conn, text.message_id, false, MAX_RESENDS).await?;
        }
    }
    failpoint!("settle-after-record");
    Ok(())
}

async fn ask(
    app: &App,
    vendor: &dyn Vendor,
    text: &UnknownText,
) -> OpResult<Result<Vec<FoundText>, AskError>> {
    let Some(account) = accounts::of(app, vendor, text.organization_id).await? else {
        return Ok(Err(AskError::Unsupported));
    };
    let lost = LostText {
        message_id: text.message_id,
        contact_number: text.contact_number.clone(),
        text: split_media(&text.body).0,
        asked_at: text.asked_at,
    };
    Ok(
        match tokio::time::timeout(ASK_TIMEOUT, vendor.find_sent(&account, &lost)).await {
            Ok(found) => found,
            Err(_) => Err(AskError::Failed("no answer in time".to_owned())),
        },
    )
}

/// Whether the vendor has a text to the cell that is none of ours by its id, and has other words.
fn has_stranger(found: &[FoundText], known: &[String]) -> bool {
    found
        .iter()
        .any(|found| !found.has_words && found.message_id.is_none() && !known.contains(&found.service_id))
}

/// The vendor's text that is ours: the one with our id; else one with its words that none of ours has yet.
fn choose<'a>(found: &'a [FoundText], known: &[String], message_id: i64) -> Option<&'a FoundText> {
    let is_free = |found: &&FoundText| !known.contains(&found.service_id);
    found
        .iter()
        .filter(is_free)
        .find(|found| found.message_id == Some(message_id))
        .or_else(|| {
            found
                .iter()
                .filter(is_free)
                .find(|found| found.message_id.is_none() && found.has_words)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::vendor::ReceiptStatus;

    fn found(service_id: &str, message_id: Option<i64>) -> FoundText {
        FoundText {
            service_id: service_id.to_owned(),
            message_id,
            has_words: true,
            user_number: String::new(),
            status: ReceiptStatus::Sent,
            error_code: None,
        }
    }

    #[test]
    fn our_id_beats_a_likeness_and_nobody_elses_text_is_taken() {
        let texts = [found("a", None), found("b", Some(7)), found("c", Some(8))];
        let chosen = |known: &[&str], id| {
            let known: Vec<String> = known.iter().map(|id| (*id).to_owned()).collect();
            choose(&texts, &known, id).map(|found| found.service_id.as_str())
        };
        assert_eq!(chosen(&[], 7), Some("b"));
        assert_eq!(chosen(&["b"], 7), Some("a"));
        assert_eq!(chosen(&["a", "b"], 7), None);
        assert_eq!(chosen(&[], 9), Some("a"));
        let changed = [FoundText {
            has_words: false,
            ..found("d", None)
        }];
        assert_eq!(choose(&changed, &[], 9), None);
        assert!(has_stranger(&changed, &[]));
        assert!(!has_stranger(&changed, &["d".to_owned()]));
        assert!(!has_stranger(&texts, &[]));
    }
}
