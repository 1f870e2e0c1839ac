//! What a service that carries texts must be able to do. Adding one is a file in `extensions/vendors` and a line in
//! [`Vendors::for_app`].

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bellwether_db::Pool;
use chrono::{DateTime, Utc};

use crate::{config::Config, events::Events, extensions::vendors::fakeservice::FakeService};

/// Our own error codes; a vendor's are positive.
pub mod own_codes {
    /// The vendor gave no reason.
    pub const NO_REASON: i32 = -1;
    /// The vendor's answer did not come in time, or could not be read.
    pub const NO_ANSWER: i32 = -2;
    /// The sender stopped between asking the vendor and writing down its answer.
    pub const SENDER_LOST: i32 = -3;
    /// The organization's service is not set up here.
    pub const NO_SUCH_SERVICE: i32 = -4;
    /// The campaign was archived before the text left.
    pub const ARCHIVED: i32 = -101;
    /// The contact opted out before the text left.
    pub const OPTED_OUT: i32 = -133;
}

/// A text to hand over.
#[derive(Debug, Clone)]
pub struct OutgoingText {
    /// Our id of it: the same id is the same text.
    pub message_id: i64,
    /// Whose text it is.
    pub organization_id: i64,
    /// The contact's cell.
    pub contact_number: String,
    /// The number to send from; empty lets the vendor choose.
    pub user_number: String,
    /// What to say.
    pub text: String,
    /// The vendor should drop it rather than deliver it later than this.
    pub send_before: Option<DateTime<Utc>>,
}

/// A number that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtNumber {
    /// The vendor's id of it.
    pub service_id: String,
    /// E.164.
    pub phone_number: String,
}

/// What a vendor made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// It took it.
    Accepted {
        /// The vendor's id of the text.
        service_id: String,
        /// The number that it is sent from.
        user_number: String,
    },
    /// It will never take it.
    Refused {
        /// The vendor's code.
        code: i32,
    },
    /// It certainly did not take it this time.
    Retry {
        /// The vendor's code.
        code: i32,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
    /// Nobody can say whether it took it: a time-out, a broken answer. Never sent again by itself.
    Unknown,
}

/// The two kinds of event that vendors tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A text from a contact.
    Message,
    /// A delivery report.
    Receipt,
}

impl EventKind {
    /// As stored in `inbound_event.kind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Receipt => "receipt",
        }
    }

    /// Reads [`as_str`](Self::as_str).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "message" => Some(Self::Message),
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

/// What a webhook said, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundEvent {
    /// A contact wrote.
    Message {
        /// The vendor's id of the text.
        service_id: String,
        /// The contact's cell, in E.164.
        from: String,
        /// The organization's number.
        to: String,
        /// What it says.
        text: String,
        /// Pictures and the like, as a list of `{"type", "url"}`.
        media: Option<serde_json::Value>,
    },
    /// A text of ours went somewhere.
    Receipt {
        /// The vendor's id of the text.
        service_id: String,
        /// Our id of it, where the vendor carries it along.
        message_id: Option<i64>,
        /// What happened to it.
        status: ReceiptStatus,
        /// The vendor's code.
        error_code: Option<i32>,
    },
}

impl InboundEvent {
    /// Which kind of event it is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Message { .. } => EventKind::Message,
            Self::Receipt { .. } => EventKind::Receipt,
        }
    }

    /// The same for every delivery of the same event.
    pub fn key(&self) -> String {
        match self {
            Self::Message { service_id, .. } => service_id.clone(),
            Self::Receipt {
                service_id,
                status,
                error_code,
                ..
            } => {
                format!(
                    "{service_id}:{}:{}",
                    status.send_status(),
                    error_code.unwrap_or_default()
                )
            }
        }
    }
}

/// Why a webhook's words make no sense; says no cell and no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedEvent(pub String);

/// A service that carries texts.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// As stored in `message.service` and in the address of its webhooks.
    fn name(&self) -> &'static str;

    /// Hands a text over. Called outside of any transaction; given up after [`super::attempt::CALL_TIMEOUT`].
    async fn send(&self, text: &OutgoingText) -> SendOutcome;

    /// Whether the same message id sent twice is one text. Only then is a text sent again when nobody knows whether
    /// it left.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Reads a webhook's body.
    fn parse_webhook(
        &self,
        kind: EventKind,
        payload: &serde_json::Value,
    ) -> Result<InboundEvent, MalformedEvent>;

    /// What a code of this vendor says to a person.
    fn describe_error(&self, code: i32) -> Option<&'static str>;

    /// Whether it has all it needs to send for an organization.
    fn is_fully_configured(&self) -> bool {
        true
    }

    /// Whether owners enter something of their own for it.
    fn supports_org_config(&self) -> bool {
        false
    }

    /// Whether it sells telephone numbers.
    fn sells_numbers(&self) -> bool {
        false
    }

    /// Buys numbers of an area code. `order` names the purchase: the same order again is the same numbers.
    async fn buy_numbers(
        &self,
        _organization_id: i64,
        _area_code: &str,
        _amount: u32,
        _order: i64,
    ) -> Result<Vec<BoughtNumber>, String> {
        Err("This service does not sell numbers.".to_owned())
    }

    /// Whether a code means that the contact told the vendor or the carrier to stop.
    fn is_opt_out_code(&self, _code: i32) -> bool {
        false
    }
}

/// The services of this process, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Vendors(Arc<BTreeMap<&'static str, Arc<dyn Vendor>>>);

impl Vendors {
    /// All that are built in. The built-in carrier stores its reports and replies by itself, so it needs a pool (the
    /// workers') and the app's events.
    pub fn for_app(config: &Config, pool: &Pool, events: &Events) -> Self {
        Self::of([Arc::new(FakeService::new(config, pool.clone(), events.clone())) as Arc<dyn Vendor>])
    }

    /// These and no others.
    pub fn of(vendors: impl IntoIterator<Item = Arc<dyn Vendor>>) -> Self {
        Self(Arc::new(
            vendors
                .into_iter()
                .map(|vendor| (vendor.name(), vendor))
                .collect(),
        ))
    }

    /// The service of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Vendor>> {
        self.0.get(name)
    }

    /// What a message's or contact's code says to a person: ours, or else the service's.
    pub fn describe_error(&self, service: &str, code: i32) -> String {
        let words = match code {
            own_codes::NO_REASON => Some("The service gave no reason."),
            own_codes::NO_ANSWER => {
                Some("The service did not answer, so it is not known whether this was sent.")
            }
            own_codes::SENDER_LOST => {
                Some("The sender was interrupted, so it is not known whether this was sent.")
            }
            own_codes::NO_SUCH_SERVICE => Some("The organization's messaging service is not set up."),
            own_codes::ARCHIVED => Some("Not sent: the campaign was archived."),
            own_codes::OPTED_OUT => Some("Not sent: the contact has opted out."),
            _ => self.get(service).and_then(|vendor| vendor.describe_error(code)),
        };
        words.map_or_else(|| format!("Error {code}."), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_that_says_something_new_has_a_new_key() {
        let receipt = |status, error_code| {
            InboundEvent::Receipt {
                service_id: "s1".to_owned(),
                message_id: None,
                status,
                error_code,
            }
            .key()
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

    #[test]
    fn own_codes_are_told_without_a_vendor() {
        let vendors = Vendors::default();
        assert_eq!(
            vendors.describe_error("none", own_codes::OPTED_OUT),
            "Not sent: the contact has opted out."
        );
        assert_eq!(vendors.describe_error("none", 30007), "Error 30007.");
    }
}
