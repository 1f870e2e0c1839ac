//! Twilio's wire format, as little of it as the chaos run needs, until the Twilio vendor itself is here: to be removed
//! then. Compiled in only with the feature `failpoints`, so that nobody sends by it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::twilio::codes;
use crate::delivery::vendor::{
    Account, AskError, ErrorMeaning, EventKind, Forged, FoundText, InboundEvent, LostText, MalformedEvent,
    MessageEvent, OutgoingText, PaceScope, ReadEvent, ReceiptEvent, ReceiptStatus, SendOutcome, Vendor,
    VendorSetting, WebhookRequest,
};

const fn setting(name: &'static str, is_secret: bool) -> VendorSetting {
    VendorSetting {
        name,
        is_secret,
        is_required: true,
        label: name,
    }
}

const SETTINGS: [VendorSetting; 4] = [
    setting("TWILIO_API_BASE_URL", false),
    setting("TWILIO_ACCOUNT_SID", false),
    setting("TWILIO_AUTH_TOKEN", true),
    setting("TWILIO_MESSAGE_SERVICE_SID", false),
];

/// Speaks to the stand-in.
pub struct StandIn {
    base_url: String,
    client: reqwest::Client,
}

impl StandIn {
    /// With callbacks to this server.
    pub fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap_or_default(),
        }
    }

    fn request(&self, account: &Account, method: reqwest::Method, query: &str) -> reqwest::RequestBuilder {
        let get = |name| account.get(name).unwrap_or_default();
        let (base, sid) = (get("TWILIO_API_BASE_URL"), get("TWILIO_ACCOUNT_SID"));
        let url = format!("{base}/2010-04-01/Accounts/{sid}/Messages.json{query}");
        self.client
            .request(method, url)
            .basic_auth(sid, Some(get("TWILIO_AUTH_TOKEN")))
    }
}

/// Pairs of a form, which is read as the query of an address.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let query = format!("http://x/?{}", String::from_utf8_lossy(body));
    reqwest::Url::parse(&query)
        .map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}

fn status(name: &str) -> Option<ReceiptStatus> {
    match name {
        "accepted" | "queued" | "sending" | "sent" => Some(ReceiptStatus::Sent),
        "delivered" => Some(ReceiptStatus::Delivered),
        "undelivered" | "failed" => Some(ReceiptStatus::Failed),
        _ => None,
    }
}

#[async_trait]
impl Vendor for StandIn {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn settings(&self) -> &'static [VendorSetting] {
        &SETTINGS
    }

    async fn send(&self, account: &Account, text: &OutgoingText) -> SendOutcome {
        let callback = format!(
            "{}/twilio-message-report/{}?mid={}",
            self.base_url, text.organization_id, text.message_id
        );
        let fields = [
            ("To", text.contact_number.as_str()),
            (
                "MessagingServiceSid",
                account.get("TWILIO_MESSAGE_SERVICE_SID").unwrap_or_default(),
            ),
            ("Body", &text.text),
            ("StatusCallback", &callback),
        ];
        let mut body = String::new();
        if let Ok(url) = reqwest::Url::parse_with_params("http://x/", fields) {
            url.query().unwrap_or_default().clone_into(&mut body);
        }
        let request = self
            .request(account, reqwest::Method::POST, "")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => {
                return SendOutcome::Retry {
                    code: -2,
                    after: None,
                    scope: None,
                };
            }
            Err(_) => return SendOutcome::Unknown,
        };
        let status = answer.status().as_u16();
        let patience = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(std::time::Duration::from_secs);
        let body: Value = match answer.json().await {
            Ok(body) => body,
            Err(_) => Value::Null,
        };
        match (status, body["sid"].as_str(), body["code"].as_i64()) {
            (200..=299, Some(sid), _) => SendOutcome::Accepted {
                service_id: sid.to_owned(),
                user_number: body["from"].as_str().unwrap_or_default().to_owned(),
            },
            (429, ..) => SendOutcome::Retry {
                code: 20429,
                after: patience,
                scope: Some(PaceScope::Service),
            },
            (400..=499, _, Some(code)) => SendOutcome::Refused {
                code: i32::try_from(code).unwrap_or(-1),
            },
            _ => SendOutcome::Unknown,
        }
    }

    async fn find_sent(&self, account: &Account, text: &LostText) -> Result<Vec<FoundText>, AskError> {
        let query = format!(
            "?To={}&DateSent%3E={}&PageSize=100",
            text.contact_number.replace('+', "%2B"),
            text.asked_at.format("%Y-%m-%d")
        );
        let failed = |error: reqwest::Error| AskError::Failed(error.without_url().to_string());
        let answer = self
            .request(account, reqwest::Method::GET, &query)
            .send()
            .await
            .map_err(failed)?;
        let body: Value = answer
            .error_for_status()
            .map_err(failed)?
            .json()
            .await
            .map_err(failed)?;
        let texts = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(texts
            .iter()
            .filter(|found| found["direction"] != "inbound" && found["body"].as_str() == Some(&text.text))
            .filter_map(|found| {
                Some(FoundText {
                    service_id: found["sid"].as_str()?.to_owned(),
                    message_id: None,
                    user_number: found["from"].as_str().unwrap_or_default().to_owned(),
                    status: status(found["status"].as_str()?)?,
                    error_code: found["error_code"]
                        .as_i64()
                        .and_then(|code| i32::try_from(code).ok()),
                })
            })
            .collect())
    }

    async fn received_since(&self, _: &Account, _: DateTime<Utc>) -> Result<Vec<ReadEvent>, AskError> {
        Err(AskError::Unsupported)
    }

    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let token = account
            .get("TWILIO_AUTH_TOKEN")
            .ok_or(Forged("no token is set"))?;
        let mut words = request.public_url.clone();
        for (name, value) in form(request.body) {
            words.push_str(&name);
            words.push_str(&value);
        }
        let code = Hmac::<Sha1>::new_from_slice(token.as_bytes())
            .map(|mac| {
                mac.chain_update(words.as_bytes())
                    .finalize()
                    .into_bytes()
                    .to_vec()
            })
            .unwrap_or_default();
        let given = (request.header)("x-twilio-signature").unwrap_or_default();
        if bool::from(STANDARD.encode(code).as_bytes().ct_eq(given.as_bytes())) {
            Ok(())
        } else {
            Err(Forged("the signature does not fit"))
        }
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let mut payload = json!(form(request.body));
        let query = request.public_url.split_once('?').map_or("", |(_, query)| query);
        payload["mid"] = json!(form(query.as_bytes()).get("mid"));
        let event = self.parse_stored(request.kind, &payload)?;
        Ok(vec![ReadEvent { event, payload }])
    }

    fn webhook_answer(&self) -> Option<(&'static str, &'static str)> {
        Some(("text/xml", "<Response></Response>"))
    }

    fn parse_stored(&self, kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        let get = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
        let service_id = get("MessageSid");
        if service_id.is_empty() {
            return Err(MalformedEvent("no MessageSid".to_owned()));
        }
        if kind != EventKind::Receipt {
            return Ok(InboundEvent::Message(MessageEvent {
                service_id,
                from: get("From"),
                to: get("To"),
                text: get("Body"),
                ..MessageEvent::default()
            }));
        }
        let status = status(&get("MessageStatus")).ok_or_else(|| MalformedEvent("no status".to_owned()))?;
        let mut receipt = ReceiptEvent::new(service_id, get("mid").parse().ok(), status)
            .with_error(get("ErrorCode").parse().ok());
        receipt.user_number = get("From");
        Ok(InboundEvent::Receipt(receipt))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }
}
