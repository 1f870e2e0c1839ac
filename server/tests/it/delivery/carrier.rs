//! A carrier that answers as a test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bellwether_server::{
    delivery::{
        self, receive,
        vendor::{
            Account, AskError, ErrorMeaning, EventKind, Forged, FoundText, InboundEvent, LostText,
            MalformedEvent, OutgoingText, ReadEvent, ReceiptEvent, ReceiptStatus, SendOutcome, Vendor,
            Vendors, WebhookRequest,
        },
    },
    extensions::vendors::twilio::codes,
};
use serde_json::{Value, json};

use crate::harness::{TestApp, World};

/// The name under which it stands in for the usual service.
pub const SERVICE: &str = "fakeservice";

type Answer = Box<dyn FnMut(&OutgoingText, usize) -> SendOutcome + Send>;

/// A carrier that answers as a test says.
pub struct Carrier {
    needs_number: bool,
    sent: Mutex<Vec<OutgoingText>>,
    answer: Mutex<Answer>,
    found: Mutex<Result<Vec<FoundText>, AskError>>,
}

/// A text that is taken.
pub fn accepted(text: &OutgoingText) -> SendOutcome {
    SendOutcome::Accepted {
        service_id: format!("S{}", text.message_id),
        user_number: text.user_number.clone(),
    }
}

impl Carrier {
    /// One that takes everything; the test's app sends by it from now on.
    pub fn of(test: &mut TestApp) -> Arc<Self> {
        Self::install(test, false)
    }

    /// The same, but it must be told the number to send from.
    pub fn without_pool(test: &mut TestApp) -> Arc<Self> {
        Self::install(test, true)
    }

    fn install(test: &mut TestApp, needs_number: bool) -> Arc<Self> {
        let carrier = Arc::new(Self {
            needs_number,
            sent: Mutex::default(),
            answer: Mutex::new(Box::new(|text, _| accepted(text))),
            found: Mutex::new(Err(AskError::Unsupported)),
        });
        test.app.vendors = Vendors::of([Arc::clone(&carrier) as Arc<dyn Vendor>]);
        carrier
    }

    /// Answers so from now on; the number counts the texts before this one.
    pub fn answers(&self, answer: impl FnMut(&OutgoingText, usize) -> SendOutcome + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    /// Has these when it is asked what it has.
    pub fn has(&self, found: Result<Vec<FoundText>, AskError>) {
        *self.found.lock().unwrap() = found;
    }

    /// Our ids of what it was asked to send, in order.
    pub fn asked(&self) -> Vec<i64> {
        self.sent
            .lock()
            .unwrap()
            .iter()
            .map(|text| text.message_id)
            .collect()
    }

    /// What it was asked to send.
    pub fn texts(&self) -> Vec<OutgoingText> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Vendor for Carrier {
    fn name(&self) -> &'static str {
        SERVICE
    }

    async fn send(&self, _: &Account, text: &OutgoingText) -> SendOutcome {
        let mut sent = self.sent.lock().unwrap();
        let before = sent.len();
        sent.push(text.clone());
        (self.answer.lock().unwrap())(text, before)
    }

    fn needs_number(&self) -> bool {
        self.needs_number
    }

    async fn find_sent(&self, _: &Account, _: &LostText) -> Result<Vec<FoundText>, AskError> {
        self.found.lock().unwrap().clone()
    }

    fn verify_webhook(&self, _: &Account, _: &WebhookRequest<'_>) -> Result<(), Forged> {
        Err(Forged("it has no webhooks"))
    }

    fn read_webhook(&self, _: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        Err(MalformedEvent("it has no webhooks".to_owned()))
    }

    fn parse_stored(&self, _: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| payload[name].as_i64();
        let status = match payload["status"].as_str() {
            Some("SENT") => ReceiptStatus::Sent,
            Some("DELIVERED") => ReceiptStatus::Delivered,
            _ => ReceiptStatus::Failed,
        };
        Ok(InboundEvent::Receipt(ReceiptEvent {
            error_code: number("code").map(|code| code.try_into().unwrap()),
            user_number: text("number"),
            segments: number("segments").map(|segments| segments.try_into().unwrap()),
            cost_micros: number("cost"),
            carrier: payload["carrier"].as_str().map(str::to_owned),
            ..ReceiptEvent::new(text("id"), number("message"), status)
        }))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }

    fn capped_carrier(&self, code: i32) -> Option<&'static str> {
        codes::capped_carrier(code)
    }
}

/// Stores a report as a webhook would, and applies what is stored.
pub async fn report(test: &TestApp, receipt: ReceiptEvent) {
    let payload = json!({
        "id": receipt.service_id, "message": receipt.message_id, "status": receipt.status.send_status(),
        "code": receipt.error_code, "number": receipt.user_number, "segments": receipt.segments,
        "cost": receipt.cost_micros, "carrier": receipt.carrier,
    });
    let event = InboundEvent::Receipt(receipt);
    receive::store_event(
        &test.app.worker_pool,
        &test.app.events,
        SERVICE,
        None,
        &event,
        &payload,
    )
    .await
    .unwrap();
    delivery::apply::run_once(&test.app).await.unwrap();
}

/// Sends what is due.
pub async fn send_due(test: &TestApp) {
    delivery::dispatch::run_once(&test.app).await.unwrap();
}

/// Makes everything that waits due.
pub async fn hurry(test: &TestApp) {
    test.execute(
        "UPDATE message SET available_at = now() WHERE send_status IN ('QUEUED', 'SENDING', 'UNKNOWN')",
    )
    .await;
}

/// Queues first messages to all of the world's contacts, by its texter.
pub async fn queue_all(test: &TestApp, world: &World) {
    let texter = world.as_texter(test).await;
    for contact in &world.contacts {
        let answer = texter.send(*contact, world.initial()).await;
        assert!(answer["errors"].is_null(), "{answer}");
    }
}

/// Contacts with a queued text each, as thousands of taps leave them.
pub async fn fill(test: &TestApp, organization: i64, campaign: i64, area: u32, count: usize) {
    test.execute(&format!(
        "WITH made AS (INSERT INTO campaign_contact (organization_id, campaign_id, cell, message_status, time_zone) \
             SELECT {organization}, {campaign}, '+1{area}' || lpad(i::text, 7, '0'), 'messaged', 'America/New_York' \
             FROM generate_series(1, {count}) i RETURNING id, cell) \
         INSERT INTO message (campaign_contact_id, campaign_id, organization_id, contact_number, is_from_contact, text, \
             service, send_status, initial_pass) \
         SELECT id, {campaign}, {organization}, cell, false, 'Hi', '{SERVICE}', 'QUEUED', 1 FROM made"
    ))
    .await;
}

/// Texts in a state.
pub async fn in_state(test: &TestApp, status: &str) -> i64 {
    test.number(&format!(
        "SELECT count(*) FROM message WHERE send_status = '{status}'"
    ))
    .await
}
