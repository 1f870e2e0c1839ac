//! What a service that carries texts must be able to do. Adding one is a file in `extensions/vendors` and a line in
//! [`Vendors::for_app`].

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use bellwether_db::Pool;
use chrono::{DateTime, Utc};

mod account;
mod event;
mod outcome;

pub use account::{Account, MissingSetting, VendorSetting};
pub use event::{
    EventKind, Forged, InboundEvent, MalformedEvent, MessageEvent, Part, ReadEvent, ReceiptEvent,
    ReceiptStatus, WebhookRequest,
};
pub use outcome::{
    AskError, BoughtNumber, ErrorClass, ErrorMeaning, FoundText, LineType, LostText, OutgoingText, PaceScope,
    ReceivedTexts, SendOutcome,
};

use crate::{
    config::Config,
    events::Events,
    extensions::vendors::{
        bandwidth::Bandwidth, fakeservice::FakeService, telnyx::Telnyx, twilio::Twilio, vonage::Vonage,
    },
};

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
    /// Tried as often as is allowed.
    pub const GAVE_UP: i32 = -5;
    /// The campaign was archived before the text left.
    pub const ARCHIVED: i32 = -101;
    /// Texting hours ended before the text left, and the campaign drops what is late.
    pub const TOO_LATE: i32 = -102;
    /// A person took it out of the outbox.
    pub const DROPPED: i32 = -103;
    /// No number to send from has any share left today.
    pub const NO_NUMBER: i32 = -104;
    /// The contact opted out before the text left.
    pub const OPTED_OUT: i32 = -133;
}

/// A service that carries texts.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// As stored in `message.service` and in the address of its webhooks.
    fn name(&self) -> &'static str;

    /// What it must be told: in the environment for the instance, in the organization's settings for an account of its
    /// own.
    fn settings(&self) -> &'static [VendorSetting] {
        &[]
    }

    /// Whether organizations may have an account of their own with it.
    fn supports_org_config(&self) -> bool {
        false
    }

    /// Hands a text over. Called outside of any transaction; given up after [`super::attempt::CALL_TIMEOUT`].
    async fn send(&self, account: &Account, text: &OutgoingText) -> SendOutcome;

    /// Whether it must be told the number to send from, since it has no pool of its own.
    fn needs_number(&self) -> bool {
        false
    }

    /// Whether the same message id sent twice is one text. Only then is a text sent again when nobody knows whether
    /// it left.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Texts that the vendor has and that may be this one. An empty list means that it certainly has none.
    async fn find_sent(&self, _account: &Account, _text: &LostText) -> Result<Vec<FoundText>, AskError> {
        Err(AskError::Unsupported)
    }

    /// Texts from contacts that the vendor got since then, oldest first: what a webhook did not tell in an outage is
    /// asked for (R06).
    async fn received_since(
        &self,
        _account: &Account,
        _since: DateTime<Utc>,
    ) -> Result<ReceivedTexts, AskError> {
        Err(AskError::Unsupported)
    }

    /// Whether a webhook comes from the vendor, by one of the account's secrets.
    ///
    /// # Errors
    ///
    /// [`Forged`] when it does not, is too old, or nothing is set to know it by.
    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged>;

    /// Reads a webhook that was verified: the events it tells, with the words to store. What is known and of no
    /// interest is left out.
    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent>;

    /// What a webhook is answered once its events are stored: content type and body; none: 204.
    fn webhook_answer(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Reads stored words again.
    fn parse_stored(
        &self,
        kind: EventKind,
        payload: &serde_json::Value,
    ) -> Result<InboundEvent, MalformedEvent>;

    /// The words of a whole text, from those of its pieces in order; for vendors that tell texts in pieces.
    fn join_parts(&self, _parts: &[serde_json::Value]) -> Option<serde_json::Value> {
        None
    }

    /// What one of its codes means.
    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning>;

    /// The carrier whose daily cap is used up, if a code in a delivery report says so. Nothing goes there until the
    /// carrier's day ends.
    fn capped_carrier(&self, _code: i32) -> Option<&'static str> {
        None
    }

    /// Whether it sells telephone numbers.
    fn sells_numbers(&self) -> bool {
        false
    }

    /// Buys numbers of an area code. `order` names the purchase: the same order again is the same numbers.
    async fn buy_numbers(
        &self,
        _account: &Account,
        _area_code: &str,
        _amount: u32,
        _order: i64,
    ) -> Result<Vec<BoughtNumber>, AskError> {
        Err(AskError::Unsupported)
    }

    /// All numbers of the account.
    async fn list_numbers(&self, _account: &Account) -> Result<Vec<BoughtNumber>, AskError> {
        Err(AskError::Unsupported)
    }

    /// Gives a number back. One that is gone already counts as given back.
    async fn release_number(&self, _account: &Account, _service_id: &str) -> Result<(), AskError> {
        Err(AskError::Unsupported)
    }

    /// What kind of line a cell is.
    async fn look_up(&self, _account: &Account, _cell: &str) -> Result<LineType, AskError> {
        Err(AskError::Unsupported)
    }
}

impl dyn Vendor {
    /// Whether a code means that the contact told the vendor or the carrier to stop.
    pub fn is_opt_out_code(&self, code: i32) -> bool {
        self.error_meaning(code)
            .is_some_and(|meaning| meaning.class == ErrorClass::OptedOut)
    }
}

/// The services of this process, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Vendors(Arc<BTreeMap<&'static str, Arc<dyn Vendor>>>);

impl Vendors {
    /// All that are built in. The built-in carrier stores its reports and replies by itself, so it needs a pool (the
    /// workers') and the app's events.
    pub fn for_app(config: &Config, pool: &Pool, events: &Events) -> Self {
        Self::of([
            Arc::new(FakeService::new(config, pool.clone(), events.clone())) as Arc<dyn Vendor>,
            Arc::new(Twilio::new(&config.base_url)),
            Arc::new(Telnyx::new(&config.base_url)),
            Arc::new(Bandwidth::default()),
            Arc::new(Vonage::new(&config.base_url)),
        ])
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

    /// Services that must be told the number to send from.
    pub fn number_services(&self) -> Vec<&'static str> {
        let vendors = self.0.values().filter(|vendor| vendor.needs_number());
        vendors.map(|vendor| vendor.name()).collect()
    }

    /// Every service.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Vendor>> {
        self.0.values()
    }

    /// What a code means: ours, or else the service's.
    pub fn error_meaning(&self, service: &str, code: i32) -> Option<ErrorMeaning> {
        let own = |text, advice, class| Some(ErrorMeaning { text, advice, class });
        match code {
            own_codes::NO_REASON => own("The service gave no reason.", "", ErrorClass::Other),
            own_codes::NO_ANSWER => own(
                "The service did not answer, so it is not known whether this was sent.",
                "Retry it only if the contact does not have it; most are settled by the service's report.",
                ErrorClass::Other,
            ),
            own_codes::SENDER_LOST => own(
                "The sender was interrupted, so it is not known whether this was sent.",
                "Retry it only if the contact does not have it; most are settled by the service's report.",
                ErrorClass::Other,
            ),
            own_codes::NO_SUCH_SERVICE => own(
                "The organization's messaging service is not set up.",
                "Set the service up, then retry.",
                ErrorClass::Account,
            ),
            own_codes::GAVE_UP => own(
                "The service did not take it after many attempts.",
                "Look at the service's status page, then retry.",
                ErrorClass::Other,
            ),
            own_codes::ARCHIVED => own("Not sent: the campaign was archived.", "", ErrorClass::Other),
            own_codes::TOO_LATE => own(
                "Not sent: texting hours ended before its turn came.",
                "Start earlier, or let the campaign hold late texts until the next day.",
                ErrorClass::RateLimited,
            ),
            own_codes::DROPPED => own("Not sent: it was taken out of the outbox.", "", ErrorClass::Other),
            own_codes::NO_NUMBER => own(
                "Waiting: no number to send from has any share left today.",
                "Buy numbers, raise NUMBER_DAILY_SHARE, or wait until tomorrow.",
                ErrorClass::RateLimited,
            ),
            own_codes::OPTED_OUT => own("Not sent: the contact has opted out.", "", ErrorClass::OptedOut),
            _ => self.get(service).and_then(|vendor| vendor.error_meaning(code)),
        }
    }

    /// What a message's or contact's code says to a person.
    pub fn describe_error(&self, service: &str, code: i32) -> String {
        self.error_meaning(service, code)
            .map_or_else(|| format!("Error {code}."), |meaning| meaning.text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
