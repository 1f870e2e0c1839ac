//! Twilio: texts by its Messages resource, webhooks as forms.
//!
//! Sources: <https://www.twilio.com/docs/messaging/api/message-resource> (send, list),
//! <https://www.twilio.com/docs/usage/twilios-response> (statuses and errors),
//! <https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence>,
//! <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>,
//! <https://www.twilio.com/docs/messaging/api/phonenumber-resource>.
#![expect(
    clippy::indexing_slicing,
    reason = "of JSON alone: what is not there is null, and objects grow"
)]

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::http::{self, Answer, ask, exchange, form};
use crate::delivery::vendor::{
    Account, AskError, BoughtNumber, ErrorMeaning, EventKind, Forged, FoundText, InboundEvent, LineType,
    LostText, MalformedEvent, OutgoingText, ReadEvent, ReceivedTexts, SendOutcome, Vendor, VendorSetting,
    WebhookRequest, own_codes,
};

pub mod answer;
pub mod codes;
pub mod resource;
pub mod signature;
pub mod wire;

use answer::{outcome, says};
use resource::{as_webhook, bought_number, date, found_text, items};

/// Its name in `message.service`, and in the addresses of its webhooks.
pub const NAME: &str = "twilio";
const API_BASE: &str = "https://api.twilio.com";
const LOOKUPS_BASE: &str = "https://lookups.twilio.com";
const MESSAGING_BASE: &str = "https://messaging.twilio.com";
/// Shortest and longest time that Twilio may keep a text, in seconds.
const VALIDITY: std::ops::RangeInclusive<u64> = 1..=36_000;
/// Twilio stops so much before texting hours end: what it hands to a carrier takes seconds to arrive.
const VALIDITY_MARGIN: Duration = Duration::from_secs(10);
/// Texts of a page, and pages, that are looked through for a lost one.
const PAGE: u32 = 200;
const MOST_PAGES: usize = 10;
/// Texts in one page of a sweep, Twilio's most, and pages at most: those that went out are in the list as well.
const SWEEP_PAGE: u32 = 1_000;
const MOST_SWEEP_PAGES: usize = 50;
/// Twilio's clock and ours may differ by so much.
const CLOCKS: TimeDelta = TimeDelta::seconds(60);
/// Numbers that one question may offer, by Twilio's limit.
const MOST_OFFERED: u32 = 30;

const fn setting(name: &'static str, label: &'static str, is_required: bool) -> VendorSetting {
    VendorSetting {
        name,
        is_secret: false,
        is_required,
        label,
    }
}

const fn secret(name: &'static str, label: &'static str, is_required: bool) -> VendorSetting {
    VendorSetting {
        is_secret: true,
        ..setting(name, label, is_required)
    }
}

/// What it must be told.
pub const SETTINGS: [VendorSetting; 11] = [
    setting("TWILIO_ACCOUNT_SID", "Account SID", true),
    secret("TWILIO_AUTH_TOKEN", "Auth token", true),
    secret(
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "The other auth token, while tokens are exchanged: webhooks signed by either are believed",
        false,
    ),
    setting(
        "TWILIO_MESSAGE_SERVICE_SID",
        "SID of the messaging service",
        false,
    ),
    setting(
        "TWILIO_MESSAGE_VALIDITY_PERIOD",
        "Longest time that Twilio may keep a text, in seconds",
        false,
    ),
    setting(
        "TWILIO_BASE_CALLBACK_URL",
        "Address under which Twilio reaches this server, where it is not BASE_URL",
        false,
    ),
    setting(
        "TWILIO_MESSAGE_CALLBACK_URL",
        "Whole address of the webhook for texts, where a proxy changes it",
        false,
    ),
    setting(
        "TWILIO_STATUS_CALLBACK_URL",
        "Whole address of the webhook for reports, where a proxy changes it",
        false,
    ),
    setting("TWILIO_API_BASE_URL", "Address of Twilio's API", false),
    setting("TWILIO_LOOKUPS_BASE_URL", "Address of Twilio's look-ups", false),
    setting(
        "TWILIO_MESSAGING_BASE_URL",
        "Address of Twilio's messaging services",
        false,
    ),
];

/// Twilio.
pub struct Twilio {
    client: Client,
    /// Where this server is reached.
    base_url: String,
}

impl Twilio {
    /// Reports are asked for at `base_url`.
    pub fn new(base_url: &str) -> Self {
        Self {
            client: http::client(),
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// A request to the account's part of the API. `path` begins with a slash.
    fn request(&self, account: &Account, method: Method, path: &str) -> RequestBuilder {
        let base = base(account, "TWILIO_API_BASE_URL", API_BASE);
        let sid = account.get("TWILIO_ACCOUNT_SID").unwrap_or_default();
        self.signed(
            account,
            method,
            &format!("{base}/2010-04-01/Accounts/{sid}{path}"),
        )
    }

    fn signed(&self, account: &Account, method: Method, url: &str) -> RequestBuilder {
        let get = |name| account.get(name).unwrap_or_default();
        self.client
            .request(method, url)
            .basic_auth(get("TWILIO_ACCOUNT_SID"), Some(get("TWILIO_AUTH_TOKEN")))
    }

    fn post(&self, account: &Account, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        with_form(self.request(account, Method::POST, path), fields)
    }

    /// A page by the address that the page before it told.
    fn next_page(&self, account: &Account, page: &Value) -> Option<RequestBuilder> {
        let path = page["next_page_uri"]
            .as_str()
            .filter(|path| path.starts_with('/'))?;
        let base = base(account, "TWILIO_API_BASE_URL", API_BASE);
        Some(self.signed(account, Method::GET, &format!("{base}{path}")))
    }

    /// Where reports on a text are wanted.
    fn status_callback(&self, account: &Account, text: &OutgoingText) -> String {
        let address = account.get("TWILIO_STATUS_CALLBACK_URL").map_or_else(
            || format!("{}/twilio-message-report", self.public_base(account)),
            |url| url.trim_end_matches('/').to_owned(),
        );
        format!("{address}/{}?mid={}", text.organization_id, text.message_id)
    }

    fn public_base<'a>(&'a self, account: &'a Account) -> &'a str {
        account
            .get("TWILIO_BASE_CALLBACK_URL")
            .map_or(self.base_url.as_str(), |url| url.trim_end_matches('/'))
    }

    /// Addresses that a webhook may be signed for: what Twilio was told, by the settings alone.
    fn addresses(&self, account: &Account, request: &WebhookRequest<'_>) -> Vec<String> {
        let mut addresses = vec![request.public_url.clone()];
        if let Some(rest) = request.public_url.strip_prefix(self.base_url.as_str()) {
            addresses.push(format!("{}{rest}", self.public_base(account)));
            let (name, path) = match request.kind {
                EventKind::Receipt => ("TWILIO_STATUS_CALLBACK_URL", "/twilio-message-report"),
                EventKind::Message | EventKind::Part => ("TWILIO_MESSAGE_CALLBACK_URL", "/twilio"),
            };
            if let Some(url) = account.get(name) {
                addresses.push(url.to_owned());
                if let Some(end) = rest.strip_prefix(path) {
                    addresses.push(format!("{}{end}", url.trim_end_matches('/')));
                }
            }
        }
        addresses
    }

    async fn media(&self, account: &Account, message: &Value) -> Result<Vec<(String, String)>, AskError> {
        let sid = message["sid"].as_str().unwrap_or_default();
        let base = base(account, "TWILIO_API_BASE_URL", API_BASE);
        let list = ask(self.request(account, Method::GET, &format!("/Messages/{sid}/Media.json"))).await?;
        Ok(items(&list, "media_list")
            .iter()
            .filter_map(|media| {
                let uri = media["uri"].as_str()?;
                let kind = media["content_type"].as_str().unwrap_or_default();
                Some((
                    format!("{base}{}", uri.trim_end_matches(".json")),
                    kind.to_owned(),
                ))
            })
            .collect())
    }
}

fn base<'a>(account: &'a Account, name: &str, usual: &'a str) -> &'a str {
    account.get(name).unwrap_or(usual).trim_end_matches('/')
}

fn with_form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form(fields.iter().copied()))
}

/// How long Twilio may keep a text.
fn validity(account: &Account, text: &OutgoingText) -> Option<u64> {
    let longest = account
        .get("TWILIO_MESSAGE_VALIDITY_PERIOD")
        .and_then(|seconds| seconds.parse::<u64>().ok());
    let left = text
        .valid_for
        .map(|left| left.saturating_sub(VALIDITY_MARGIN).as_secs());
    let seconds = left.into_iter().chain(longest).min()?;
    Some(seconds.clamp(*VALIDITY.start(), *VALIDITY.end()))
}

#[async_trait]
impl Vendor for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn settings(&self) -> &'static [VendorSetting] {
        &SETTINGS
    }

    fn supports_org_config(&self) -> bool {
        true
    }

    async fn send(&self, account: &Account, text: &OutgoingText) -> SendOutcome {
        let service = Some(text.messaging_service.as_str())
            .filter(|service| !service.is_empty())
            .or_else(|| account.get("TWILIO_MESSAGE_SERVICE_SID"));
        let sender = match service {
            _ if !text.user_number.is_empty() => ("From", text.user_number.as_str()),
            Some(service) => ("MessagingServiceSid", service),
            None => {
                return SendOutcome::AccountRefused {
                    code: own_codes::NO_NUMBER,
                    reason: "TWILIO_MESSAGE_SERVICE_SID is not set, and there is no number to send from."
                        .to_owned(),
                };
            }
        };
        if let Err(missing) = account
            .require("TWILIO_ACCOUNT_SID")
            .and_then(|_| account.require("TWILIO_AUTH_TOKEN"))
        {
            return SendOutcome::AccountRefused {
                code: own_codes::NO_SUCH_SERVICE,
                reason: format!("{missing}."),
            };
        }
        let callback = self.status_callback(account, text);
        let validity = validity(account, text).map(|seconds| seconds.to_string());
        let mut fields = vec![
            ("To", text.contact_number.as_str()),
            sender,
            ("Body", text.text.as_str()),
            ("StatusCallback", callback.as_str()),
        ];
        if let Some(validity) = &validity {
            fields.push(("ValidityPeriod", validity));
        }
        fields.extend(text.media.iter().map(|url| ("MediaUrl", url.as_str())));
        outcome(exchange(self.post(account, "/Messages.json", &fields)).await)
    }

    async fn find_sent(&self, account: &Account, text: &LostText) -> Result<Vec<FoundText>, AskError> {
        let query = form([
            ("To", text.contact_number.as_str()),
            ("PageSize", &PAGE.to_string()),
        ]);
        let since = text.asked_at - CLOCKS;
        let mut request = self.request(account, Method::GET, &format!("/Messages.json?{query}"));
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = ask(request).await?;
            for message in items(&page, "messages") {
                let Some(created) = date(&message["date_created"]) else {
                    return Err(AskError::Failed("date_created: not a date".to_owned()));
                };
                // Newest first.
                if created < since {
                    return Ok(found);
                }
                found.extend(found_text(message, text));
            }
            request = match self.next_page(account, &page) {
                Some(next) => next,
                None => return Ok(found),
            };
        }
        Err(AskError::Failed("too many texts to look through".to_owned()))
    }

    async fn received_since(
        &self,
        account: &Account,
        since: DateTime<Utc>,
    ) -> Result<ReceivedTexts, AskError> {
        let day = since.format("%Y-%m-%d").to_string();
        let query = form([("DateSent>", day.as_str()), ("PageSize", &SWEEP_PAGE.to_string())]);
        let mut request = self.request(account, Method::GET, &format!("/Messages.json?{query}"));
        let mut received = Vec::new();
        let (mut is_whole, mut has_media) = (false, true);
        for _ in 0..MOST_SWEEP_PAGES {
            let page = ask(request).await?;
            for message in items(&page, "messages") {
                if date(&message["date_created"]).is_some_and(|created| created < since) {
                    is_whole = true;
                    break;
                }
                if message["direction"] != "inbound" {
                    continue;
                }
                let media = if message["num_media"].as_str().unwrap_or("0") == "0" {
                    Vec::new()
                } else {
                    match self.media(account, message).await {
                        Ok(media) => media,
                        // The others do not wait for its pictures; it is asked for again.
                        Err(_) => {
                            has_media = false;
                            continue;
                        }
                    }
                };
                let fields = as_webhook(message, &media);
                if let Ok(Some(event)) = wire::read(EventKind::Message, &fields) {
                    let payload = Value::Object(fields);
                    received.push(ReadEvent { event, payload });
                }
            }
            request = match self.next_page(account, &page) {
                Some(next) if !is_whole => next,
                _ => {
                    is_whole = true;
                    break;
                }
            };
        }
        received.reverse();
        Ok(ReceivedTexts {
            events: received,
            is_complete: is_whole && has_media,
        })
    }

    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let tokens: Vec<&str> = ["TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"]
            .into_iter()
            .filter_map(|name| account.get(name))
            .collect();
        if tokens.is_empty() {
            return Err(Forged("no auth token is set to know it by"));
        }
        let given = (request.header)("x-twilio-signature").ok_or(Forged("it has no signature"))?;
        let addresses = self.addresses(account, request);
        if signature::is_signed(&tokens, &addresses, request.body, given) {
            Ok(())
        } else {
            Err(Forged("the signature is wrong"))
        }
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let mut fields = wire::fields(request.body)?;
        if request.kind == EventKind::Receipt {
            // Our id of the text, which stands in the address that we asked for.
            let query = request.public_url.split_once('?').map_or("", |(_, query)| query);
            let mid = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mid");
            if let Some((_, mid)) = mid {
                fields.insert("mid".to_owned(), Value::String(mid.into_owned()));
            }
        }
        let event = wire::read(request.kind, &fields)?;
        let payload = Value::Object(fields);
        Ok(event
            .into_iter()
            .map(|event| ReadEvent {
                event,
                payload: payload.clone(),
            })
            .collect())
    }

    /// Twilio sends whatever an answer says as a text: nothing.
    fn webhook_answer(&self) -> Option<(&'static str, &'static str)> {
        Some((
            "text/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>",
        ))
    }

    fn parse_stored(&self, kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        let fields = payload
            .as_object()
            .ok_or_else(|| MalformedEvent("not an object".to_owned()))?;
        wire::read(kind, fields)?.ok_or_else(|| MalformedEvent("nothing that we keep".to_owned()))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }

    fn capped_carrier(&self, code: i32) -> Option<&'static str> {
        codes::capped_carrier(code)
    }

    fn sells_numbers(&self) -> bool {
        true
    }

    async fn buy_numbers(
        &self,
        account: &Account,
        area_code: &str,
        amount: u32,
        order: i64,
    ) -> Result<Vec<BoughtNumber>, AskError> {
        // The name of a number says which order bought it: an order that is placed again goes on where it was.
        let name = format!("Bellwether order {order}");
        let query = form([("FriendlyName", name.as_str()), ("PageSize", "1000")]);
        let list = self.request(
            account,
            Method::GET,
            &format!("/IncomingPhoneNumbers.json?{query}"),
        );
        let mut bought: Vec<BoughtNumber> = items(&ask(list).await?, "incoming_phone_numbers")
            .iter()
            .filter_map(bought_number)
            .collect();
        let amount = usize::try_from(amount).unwrap_or(usize::MAX);
        while bought.len() < amount {
            let query = form([
                ("AreaCode", area_code),
                ("SmsEnabled", "true"),
                ("PageSize", &MOST_OFFERED.to_string()),
            ]);
            let path = format!("/AvailablePhoneNumbers/US/Local.json?{query}");
            let offer = ask(self.request(account, Method::GET, &path)).await?;
            let offered = items(&offer, "available_phone_numbers");
            if offered.is_empty() {
                break;
            }
            for number in offered.iter().take(amount - bought.len()) {
                let number = number["phone_number"].as_str().unwrap_or_default();
                let fields = [("PhoneNumber", number), ("FriendlyName", name.as_str())];
                let made = ask(self.post(account, "/IncomingPhoneNumbers.json", &fields)).await?;
                bought.extend(bought_number(&made));
            }
        }
        if let Some(service) = account.get("TWILIO_MESSAGE_SERVICE_SID") {
            for number in &bought {
                self.attach(account, service, &number.service_id).await?;
            }
        }
        Ok(bought)
    }

    async fn list_numbers(&self, account: &Account) -> Result<Vec<BoughtNumber>, AskError> {
        let mut numbers = Vec::new();
        let mut request = self.request(account, Method::GET, "/IncomingPhoneNumbers.json?PageSize=1000");
        for _ in 0..MOST_PAGES {
            let page = ask(request).await?;
            numbers.extend(
                items(&page, "incoming_phone_numbers")
                    .iter()
                    .filter_map(bought_number),
            );
            request = match self.next_page(account, &page) {
                Some(next) => next,
                None => return Ok(numbers),
            };
        }
        Err(AskError::Failed("too many numbers to list".to_owned()))
    }

    async fn release_number(&self, account: &Account, service_id: &str) -> Result<(), AskError> {
        let path = format!("/IncomingPhoneNumbers/{service_id}.json");
        match exchange(self.request(account, Method::DELETE, &path)).await {
            Answer::Whole { status, .. } if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            Answer::Whole { status, .. } => Err(AskError::Failed(format!("the answer is {status}"))),
            Answer::NotSent(reason) | Answer::Lost(reason) => Err(AskError::Failed(reason)),
        }
    }

    async fn look_up(&self, account: &Account, cell: &str) -> Result<LineType, AskError> {
        let base = base(account, "TWILIO_LOOKUPS_BASE_URL", LOOKUPS_BASE);
        let url = format!("{base}/v2/PhoneNumbers/{cell}?Fields=line_type_intelligence");
        let told = ask(self.signed(account, Method::GET, &url)).await?;
        if told["valid"] == false {
            return Ok(LineType::Invalid);
        }
        let line = told["line_type_intelligence"]["type"].as_str();
        Ok(match line.unwrap_or_default() {
            "mobile" | "personal" => LineType::Mobile,
            "fixedVoip" | "nonFixedVoip" => LineType::Voip,
            "landline" | "tollFree" | "premium" | "sharedCost" | "uan" | "voicemail" | "pager" => {
                LineType::Landline
            }
            _ => LineType::Unknown,
        })
    }
}

impl Twilio {
    /// Puts a number into the pool of a messaging service. One that is in it already (21710, 21712) is.
    async fn attach(&self, account: &Account, service: &str, number: &str) -> Result<(), AskError> {
        let base = base(account, "TWILIO_MESSAGING_BASE_URL", MESSAGING_BASE);
        let url = format!("{base}/v1/Services/{service}/PhoneNumbers");
        let request = with_form(
            self.signed(account, Method::POST, &url),
            &[("PhoneNumberSid", number)],
        );
        match exchange(request).await {
            Answer::Whole { status, .. } if status.is_success() => Ok(()),
            Answer::Whole { body, .. }
                if says(&body)["code"]
                    .as_i64()
                    .is_some_and(|code| matches!(code, 21710 | 21712)) =>
            {
                Ok(())
            }
            Answer::Whole { status, .. } => Err(AskError::Failed(format!("the answer is {status}"))),
            Answer::NotSent(reason) | Answer::Lost(reason) => Err(AskError::Failed(reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twilio_keeps_a_text_no_longer_than_hours_are_open() {
        let account = Account::default();
        let valid = |seconds| {
            validity(
                &account,
                &OutgoingText {
                    valid_for: seconds,
                    ..OutgoingText::default()
                },
            )
        };
        assert_eq!(valid(None), None);
        assert_eq!(valid(Some(Duration::from_secs(100))), Some(90));
        assert_eq!(valid(Some(Duration::from_secs(3))), Some(1));
        assert_eq!(valid(Some(Duration::from_secs(86_400))), Some(36_000));
    }
}
