//! What vendors tell us.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// The kinds of event that vendors tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A text from a contact.
    Message,
    /// A piece of a text from a contact, which is put together when all have come.
    Part,
    /// A delivery report.
    Receipt,
}

impl EventKind {
    /// As stored in `inbound_event.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Part => "part",
            Self::Receipt => "receipt",
        }
    }

    /// Reads [`as_str`](Self::as_str).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "message" => Some(Self::Message),
            "part" => Some(Self::Part),
            "receipt" => Some(Self::Receipt),
            _ => None,
        }
    }
}

/// What a delivery report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// On its way.
    Sent,
    /// Arrived.
    Delivered,
    /// Did not arrive.
    Failed,
}

impl ReceiptStatus {
    /// The state of the text that it proves.
    pub const fn send_status(self) -> &'static str {
        match self {
            Self::Sent => "SENT",
            Self::Delivered => "DELIVERED",
            Self::Failed => "ERROR",
        }
    }
}

/// Which piece of a text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The same for all pieces of a text.
    pub reference: String,
    /// From 1.
    pub index: i16,
    /// How many there are.
    pub total: i16,
}

/// A delivery report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptEvent {
    /// The vendor's id of the text.
    pub service_id: String,
    /// Our id of it, where the vendor carries it along.
    pub message_id: Option<i64>,
    /// What happened to it.
    pub status: ReceiptStatus,
    /// The vendor's code.
    pub error_code: Option<i32>,
    /// The number that it was sent from; empty where the vendor does not say.
    pub user_number: String,
    /// The segments that the vendor counted.
    pub segments: Option<i16>,
    /// What it cost, in millionths of the account's currency.
    pub cost_micros: Option<i64>,
    /// The contact's carrier.
    pub carrier: Option<String>,
}

impl ReceiptEvent {
    /// A report that says this alone.
    pub fn new(service_id: impl Into<String>, message_id: Option<i64>, status: ReceiptStatus) -> Self {
        Self {
            service_id: service_id.into(),
            message_id,
            status,
            error_code: None,
            user_number: String::new(),
            segments: None,
            cost_micros: None,
            carrier: None,
        }
    }

    /// The same with a code.
    pub fn with_error(self, error_code: Option<i32>) -> Self {
        Self { error_code, ..self }
    }
}

/// A text from a contact, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageEvent {
    /// The vendor's id of the text.
    pub service_id: String,
    /// The contact's cell, in E.164.
    pub from: String,
    /// The organization's number.
    pub to: String,
    /// The vendor's pool of numbers that it came by; empty where there is none.
    pub messaging_service: String,
    /// What it says.
    pub text: String,
    /// Pictures and the like, as a list of `{"type", "url"}`.
    pub media: Option<Value>,
    /// Which piece it is; none: it is whole.
    pub part: Option<Part>,
    /// Whether the vendor took it for a request to stop and blocks the cell from now on, whatever our rules say.
    pub is_stop: bool,
}

/// What a webhook said, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundEvent {
    /// A contact wrote.
    Message(MessageEvent),
    /// A text of ours went somewhere.
    Receipt(ReceiptEvent),
}

impl InboundEvent {
    /// Which kind of event it is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Message(MessageEvent { part: Some(_), .. }) => EventKind::Part,
            Self::Message(_) => EventKind::Message,
            Self::Receipt(_) => EventKind::Receipt,
        }
    }

    /// The same for every delivery of the same event.
    pub fn key(&self) -> String {
        match self {
            Self::Message(message) => message.service_id.clone(),
            Self::Receipt(receipt) => {
                format!(
                    "{}:{}:{}",
                    receipt.service_id,
                    receipt.status.send_status(),
                    receipt.error_code.unwrap_or_default()
                )
            }
        }
    }
}

/// Why a webhook's words make no sense; says no cell and no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedEvent(pub String);

/// Why a webhook is not believed; says no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forged(pub &'static str);

/// A webhook as it came in.
pub struct WebhookRequest<'a> {
    /// What the address is for. One address may serve for both where the vendor has only one.
    pub kind: EventKind,
    /// The address that the vendor was told: `BASE_URL` (or the vendor's own setting for it) with path and query as
    /// they came.
    pub public_url: String,
    /// Headers by lower-case name; of several the first.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, word for word.
    pub body: &'a [u8],
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// An event with the words in which it came, as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadEvent {
    /// What it says.
    pub event: InboundEvent,
    /// The vendor's words; [`super::Vendor::parse_stored`] reads them again.
    pub payload: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_that_says_something_new_has_a_new_key() {
        let receipt = |status, error_code| {
            InboundEvent::Receipt(ReceiptEvent::new("s1", None, status).with_error(error_code)).key()
        };
        assert_eq!(
            receipt(ReceiptStatus::Delivered, None),
            receipt(ReceiptStatus::Delivered, None)
        );
        assert_ne!(
            receipt(ReceiptStatus::Sent, None),
            receipt(ReceiptStatus::Delivered, None)
        );
        assert_ne!(
            receipt(ReceiptStatus::Failed, Some(30003)),
            receipt(ReceiptStatus::Failed, Some(30007))
        );
    }
}
