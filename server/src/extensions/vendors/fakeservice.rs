//! The built-in carrier: sends nothing anywhere and behaves like one that does. For demos, tests and training.
//!
//! What is in a text steers it; case does not matter, and a keyword may stand anywhere in the text:
//!
//! | in the text | what happens |
//! |---|---|
//! | nothing of the below | taken at once; reported as delivered after `FAKESERVICE_DELAY_MS` |
//! | `refuse` + digits, as `refuse30006` | refused at once with that code |
//! | `error` + digits, as `error30007` | taken; reported as failed with that code |
//! | `autorespond`, or a question mark | the contact answers after the delay; what, depends on the cell alone |
//! | `replystop` | the contact answers STOP |
//! | `slow` | reports and answers take ten times as long |
//! | `twice` | each report and answer is delivered twice |
//!
//! A cell that ends in 13 cannot be reached: its texts are reported as failed with 30003, whatever they say, unless
//! they ask for an error of their own. Code 21610, by either way, opts the contact out.
//!
//! A text is taken under the id `fake-<message id>`, an answer comes as `fake-reply-<message id>`: sending a message
//! twice is one text. Reports and answers are stored by the function that real webhooks use, unsigned and without
//! HTTP. Until then they are in this process's memory: when it ends, what the carrier had not told yet is lost, and
//! the texts stay SENT. With a delay of 0 they are stored before the text counts as taken.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bellwether_db::{DatabaseErrorKind, Error, Pool};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::{
    config::{Config, Secret},
    delivery::{
        backoff,
        receive::{self, StoreError},
        vendor::{
            Account, AskError, BoughtNumber, ErrorMeaning, EventKind, Forged, InboundEvent, MalformedEvent,
            OutgoingText, ReadEvent, SendOutcome, Vendor, WebhookRequest,
        },
    },
    events::Events,
};

pub mod script;
pub mod wire;

use script::Script;

/// Holds [`signature`] of a webhook's body.
pub const SIGNATURE_HEADER: &str = "x-fakeservice-signature";
/// Separates this key from others that come from the same secret.
const KEY_PURPOSE: &[u8] = b"bellwether fakeservice webhook 1";

/// The signature of a body: HMAC-SHA256 in lower-case hex, under a key that comes from `SESSION_SECRET`. For load
/// generators and tests, since the carrier stores its own events without HTTP.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let key = authenticate(secret.as_bytes(), KEY_PURPOSE);
    authenticate(&key, body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn authenticate(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; the error that the type allows cannot come.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Its name in `message.service`.
pub const NAME: &str = "fakeservice";
const SLOWNESS: u32 = 10;
/// Events stored at a time, so that it leaves connections to others.
const STORING: usize = 3;
/// How often storing an event is tried, for about a minute.
const TRIES: u32 = 20;

/// The built-in carrier of one process.
#[derive(Clone)]
pub struct FakeService {
    delay: Duration,
    secret: Secret,
    pool: Pool,
    events: Events,
    storing: Arc<Semaphore>,
}

impl FakeService {
    /// Events are stored over `pool`; what a STOP changes is noted in `events`.
    pub fn new(config: &Config, pool: Pool, events: Events) -> Self {
        Self {
            secret: config.session_secret.clone(),
            delay: Duration::from_millis(config.fakeservice_delay_ms),
            pool,
            events,
            storing: Arc::new(Semaphore::new(STORING)),
        }
    }

    /// Delivers the reports and answers to a text, in order.
    async fn tell(&self, text: &OutgoingText, script: &Script) {
        for event in script.events(text, &user_number(text)) {
            let times = if script.twice { 2 } else { 1 };
            for _ in 0..times {
                self.store(text, &event).await;
            }
        }
    }

    /// Stores an event as a webhook would; like a vendor, tries again for a while.
    async fn store(&self, text: &OutgoingText, event: &InboundEvent) {
        let payload = wire::write(event);
        for failures in 0..TRIES {
            let stored = {
                let _permit = self.storing.acquire().await;
                receive::store_event(
                    &self.pool,
                    &self.events,
                    NAME,
                    Some(text.organization_id),
                    event,
                    &payload,
                )
                .await
            };
            match stored {
                Ok(_) => return,
                Err(StoreError::Database(Error::DatabaseError(
                    DatabaseErrorKind::ForeignKeyViolation,
                    _,
                ))) => break,
                Err(error) => {
                    tracing::warn!(message.id = text.message_id, %error, "the fake service could not tell an event");
                    tokio::time::sleep(backoff::delay(
                        Duration::from_millis(50),
                        Duration::from_secs(5),
                        failures,
                    ))
                    .await;
                }
            }
        }
        tracing::error!(
            message.id = text.message_id,
            "the fake service gave up telling an event"
        );
    }
}

/// An organization's number: the same for all its texts.
fn user_number(text: &OutgoingText) -> String {
    if text.user_number.is_empty() {
        format!("+1500555{:04}", text.organization_id.rem_euclid(10_000))
    } else {
        text.user_number.clone()
    }
}

/// Numbers of one area code that exist: 200-0000 to 999-9999.
const NUMBERS_PER_AREA: i64 = 8_000_000;

#[async_trait]
impl Vendor for FakeService {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sells_numbers(&self) -> bool {
        true
    }

    async fn buy_numbers(
        &self,
        _account: &Account,
        area_code: &str,
        amount: u32,
        order: i64,
    ) -> Result<Vec<BoughtNumber>, AskError> {
        // From the order alone, so that an order that is placed again is the same numbers.
        let first = order.rem_euclid(NUMBERS_PER_AREA / 1_000) * 1_000;
        Ok((0..i64::from(amount.min(1_000)))
            .map(|n| BoughtNumber {
                service_id: format!("fake-number-{order}-{n}"),
                phone_number: format!("+1{area_code}{:07}", 2_000_000 + first + n),
            })
            .collect())
    }

    async fn send(&self, _account: &Account, text: &OutgoingText) -> SendOutcome {
        let script = Script::of(text);
        if let Some(code) = script.refusal {
            return SendOutcome::Refused { code };
        }
        let accepted = SendOutcome::Accepted {
            service_id: script::service_id(text.message_id),
            user_number: user_number(text),
        };
        if self.delay.is_zero() {
            self.tell(text, &script).await;
            return accepted;
        }
        let delay = if script.slow {
            self.delay.saturating_mul(SLOWNESS)
        } else {
            self.delay
        };
        let (service, text) = (self.clone(), text.clone());
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            service.tell(&text, &script).await;
        });
        accepted
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    fn verify_webhook(&self, _account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let given = (request.header)(SIGNATURE_HEADER).unwrap_or_default();
        let signed = signature(self.secret.expose(), request.body);
        if bool::from(signed.as_bytes().ct_eq(given.as_bytes())) {
            Ok(())
        } else {
            Err(Forged("the signature is wrong"))
        }
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let payload = serde_json::from_slice(request.body)
            .map(receive::without_nul)
            .map_err(|_error| MalformedEvent("not JSON".to_owned()))?;
        let event = wire::read(request.kind, &payload)?;
        Ok(vec![ReadEvent { event, payload }])
    }

    fn parse_stored(
        &self,
        kind: EventKind,
        payload: &serde_json::Value,
    ) -> Result<InboundEvent, MalformedEvent> {
        wire::read(kind, payload)
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        super::twilio::codes::meaning(code)
    }
}
