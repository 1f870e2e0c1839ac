//! Vonage, once Nexmo: the SMS API.
//!
//! Sources: <https://developer.vonage.com/en/api/sms> (send),
//! <https://developer.vonage.com/en/messaging/sms/guides/inbound-sms> (texts from contacts, in pieces),
//! <https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts>. Webhooks come as query, form or JSON, and
//! must be signed. The API lists no texts by cell, so a text whose answer was lost is settled by its report, which
//! carries our id as `client-ref`, or by a person. Of a text in several segments the first one's report counts.
#![expect(
    clippy::indexing_slicing,
    reason = "of JSON alone: what is not there is null, and objects grow"
)]

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::segments::{self, Encoding};
use reqwest::Client;
use serde_json::{Map, Value};

use super::http::{self, Answer, exchange, form};
use crate::delivery::{
    receive,
    vendor::{
        Account, ErrorClass, ErrorMeaning, EventKind, Forged, InboundEvent, MalformedEvent, MessageEvent,
        OutgoingText, PaceScope, Part, ReadEvent, ReceiptEvent, ReceiptStatus, SendOutcome, Vendor,
        VendorSetting, WebhookRequest, own_codes,
    },
};

pub mod codes;
pub mod signature;

/// Its name in `message.service`, as Spoke has it.
pub const NAME: &str = "nexmo";
const API_BASE: &str = "https://rest.nexmo.com";
/// Shortest and longest time that Vonage may keep a text, in milliseconds.
const TTL: std::ops::RangeInclusive<u128> = 20_000..=604_800_000;
/// Vonage stops so much before texting hours end: to arrive takes seconds.
const MARGIN: Duration = Duration::from_secs(10);
/// Longest id that is accepted, in bytes.
const MAX_ID: usize = 64;
/// Pieces of a text at most.
const MAX_PARTS: i16 = 30;
/// Fields of a webhook at most.
const MAX_FIELDS: usize = 100;

const fn setting(name: &'static str, label: &'static str, is_required: bool) -> VendorSetting {
    VendorSetting {
        name,
        is_secret: false,
        is_required,
        label,
    }
}

/// What it must be told.
pub const SETTINGS: [VendorSetting; 5] = [
    setting("NEXMO_API_KEY", "API key", true),
    VendorSetting {
        is_secret: true,
        ..setting("NEXMO_API_SECRET", "API secret", true)
    },
    VendorSetting {
        is_secret: true,
        ..setting(
            "NEXMO_SIGNATURE_SECRET",
            "Signature secret, by which webhooks are known; signing must be turned on at Vonage",
            true,
        )
    },
    setting("NEXMO_SIGNATURE_METHOD", "sha256 (usual) or sha512", false),
    setting("VONAGE_API_BASE_URL", "Address of Vonage's SMS API", false),
];

/// Vonage.
pub struct Vonage {
    client: Client,
    /// Where this server is reached.
    base_url: String,
}

impl Vonage {
    /// Reports are asked for at `base_url`.
    pub fn new(base_url: &str) -> Self {
        Self {
            client: http::client(),
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }
}

/// Vonage writes numbers without a plus.
fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

fn with_plus(number: &str) -> String {
    if number.starts_with('+') || number.len() < 7 {
        number.to_owned()
    } else {
        format!("+{number}")
    }
}

fn outcome(answer: Answer) -> SendOutcome {
    let (status, retry_after, body) = match answer {
        Answer::NotSent(reason) => {
            tracing::warn!(reason, "Vonage cannot be reached");
            return SendOutcome::Retry {
                code: own_codes::NO_ANSWER,
                after: None,
                scope: None,
            };
        }
        Answer::Lost(reason) => {
            tracing::warn!(reason, "Vonage's answer was lost");
            return SendOutcome::Unknown;
        }
        Answer::Whole {
            status,
            retry_after,
            body,
        } => (
            status,
            retry_after,
            serde_json::from_slice::<Value>(&body).unwrap_or_default(),
        ),
    };
    if status.as_u16() == 429 {
        return SendOutcome::Retry {
            code: codes::SENDING + 1,
            after: retry_after,
            scope: Some(PaceScope::Account),
        };
    }
    if !status.is_success() {
        return if status.is_client_error() {
            SendOutcome::AccountRefused {
                code: codes::SENDING + 4,
                reason: format!("Vonage answers {status}. Check NEXMO_API_KEY and NEXMO_API_SECRET."),
            }
        } else {
            SendOutcome::Unknown
        };
    }
    // Refusals come with 200, too.
    let first = &body["messages"][0];
    let Some(answered) = first["status"]
        .as_str()
        .and_then(|status| status.parse::<i32>().ok())
    else {
        return SendOutcome::Unknown;
    };
    if answered == 0 {
        return match first["message-id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => SendOutcome::Accepted {
                service_id: id.to_owned(),
                user_number: String::new(),
            },
            None => SendOutcome::Unknown,
        };
    }
    let code = codes::SENDING + answered;
    match codes::meaning(code).map(|meaning| (meaning.class, meaning)) {
        Some((ErrorClass::RateLimited, _)) => SendOutcome::Retry {
            code,
            after: None,
            scope: Some(PaceScope::Account),
        },
        Some((ErrorClass::Account, meaning)) => SendOutcome::AccountRefused {
            code,
            reason: format!("{} {}", meaning.text, meaning.advice).trim().to_owned(),
        },
        // Its own failure, of which it says that the text was not taken.
        _ if answered == 5 => SendOutcome::Retry {
            code,
            after: None,
            scope: None,
        },
        _ => SendOutcome::Refused { code },
    }
}

/// Parameters of a webhook, wherever they stand: query, form or JSON.
fn fields(request: &WebhookRequest<'_>) -> Result<Vec<(String, String)>, MalformedEvent> {
    let query = request.public_url.split_once('?').map_or("", |(_, query)| query);
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let first = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') {
        let body: Map<String, Value> =
            serde_json::from_slice(request.body).map_err(|_error| MalformedEvent("not JSON".to_owned()))?;
        fields.extend(body.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        }));
    } else {
        fields.extend(form_urlencoded::parse(request.body).into_owned());
    }
    if fields.len() > MAX_FIELDS {
        return Err(MalformedEvent(format!("{MAX_FIELDS} parameters at most")));
    }
    Ok(fields)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Reads parameters. None: they tell nothing that we keep.
fn read(kind: EventKind, fields: &Map<String, Value>) -> Result<Option<InboundEvent>, MalformedEvent> {
    let id = [text(fields, "messageId"), text(fields, "message-id")]
        .into_iter()
        .find(|id| !id.is_empty())
        .unwrap_or_default();
    if id.is_empty() || id.len() > MAX_ID {
        return Err(MalformedEvent(format!("messageId: 1 to {MAX_ID} bytes")));
    }
    match kind {
        EventKind::Receipt => Ok(receipt(fields, id)),
        EventKind::Message | EventKind::Part => message(fields, id).map(Some),
    }
}

fn message(fields: &Map<String, Value>, id: &str) -> Result<InboundEvent, MalformedEvent> {
    let from = with_plus(text(fields, "msisdn"));
    if !http::is_sender(&from) {
        return Err(MalformedEvent("msisdn: not a number".to_owned()));
    }
    let number = |name: &str| text(fields, name).parse::<i16>().ok();
    let part = match (number("concat-part"), number("concat-total")) {
        (Some(index), Some(total)) if text(fields, "concat") == "true" && total > 1 => {
            if !(1..=MAX_PARTS).contains(&total) || !(1..=total).contains(&index) {
                return Err(MalformedEvent("concat-part: not a piece of a text".to_owned()));
            }
            Some(Part {
                reference: text(fields, "concat-ref").chars().take(MAX_ID).collect(),
                index,
                total,
            })
        }
        _ => None,
    };
    Ok(InboundEvent::Message(MessageEvent {
        service_id: id.to_owned(),
        from,
        to: with_plus(text(fields, "to")),
        messaging_service: String::new(),
        text: text(fields, "text").to_owned(),
        media: None,
        part,
        is_stop: false,
    }))
}

fn receipt(fields: &Map<String, Value>, id: &str) -> Option<InboundEvent> {
    let status = match text(fields, "status") {
        "accepted" | "buffered" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "expired" | "failed" | "rejected" => ReceiptStatus::Failed,
        _ => return None,
    };
    let code = text(fields, "err-code").parse().ok().filter(|code| *code != 0);
    let price = text(fields, "price").parse::<f64>().ok();
    let number = text(fields, "to");
    Some(InboundEvent::Receipt(ReceiptEvent {
        error_code: code.filter(|_| status == ReceiptStatus::Failed),
        user_number: if number.is_empty() {
            String::new()
        } else {
            with_plus(number)
        },
        cost_micros: price
            .filter(|price| (0.0..1_000_000.0).contains(price))
            .map(|price| (price * 1_000_000.0).round() as i64),
        ..ReceiptEvent::new(id, text(fields, "client-ref").parse().ok(), status)
    }))
}

#[async_trait]
impl Vendor for Vonage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn settings(&self) -> &'static [VendorSetting] {
        &SETTINGS
    }

    fn supports_org_config(&self) -> bool {
        true
    }

    fn needs_number(&self) -> bool {
        true
    }

    async fn send(&self, account: &Account, outgoing: &OutgoingText) -> SendOutcome {
        if let Some(missing) = account.missing(&SETTINGS).first() {
            return SendOutcome::AccountRefused {
                code: own_codes::NO_SUCH_SERVICE,
                reason: format!("{missing} is not set."),
            };
        }
        // This API carries words alone: what else there is goes as a link.
        let mut words = outgoing.text.clone();
        for url in &outgoing.media {
            words.push(' ');
            words.push_str(url);
        }
        let kind = match segments::count(&words).encoding {
            Encoding::Ucs2 => "unicode",
            Encoding::Gsm7 => "text",
        };
        let callback = format!(
            "{}/nexmo-message-report/{}",
            self.base_url, outgoing.organization_id
        );
        let id = outgoing.message_id.to_string();
        let ttl = outgoing.valid_for.map(|left| {
            left.saturating_sub(MARGIN)
                .as_millis()
                .clamp(*TTL.start(), *TTL.end())
                .to_string()
        });
        let mut fields = vec![
            ("api_key", account.get("NEXMO_API_KEY").unwrap_or_default()),
            ("api_secret", account.get("NEXMO_API_SECRET").unwrap_or_default()),
            ("from", bare(&outgoing.user_number)),
            ("to", bare(&outgoing.contact_number)),
            ("text", &words),
            ("type", kind),
            ("client-ref", &id),
            ("status-report-req", "1"),
            ("callback", &callback),
        ];
        if let Some(ttl) = &ttl {
            fields.push(("ttl", ttl));
        }
        let base = account.get("VONAGE_API_BASE_URL").unwrap_or(API_BASE);
        let request = self
            .client
            .post(format!("{}/sms/json", base.trim_end_matches('/')))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form(fields));
        outcome(exchange(request).await)
    }

    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let secret = account
            .get("NEXMO_SIGNATURE_SECRET")
            .ok_or(Forged("no signature secret is set to know it by"))?;
        let token = (request.header)("authorization").and_then(|header| header.strip_prefix("Bearer "));
        if let Some(token) = token {
            return signature::check_token(token.trim(), secret, request.body, request.now);
        }
        let fields = fields(request).map_err(|_error| Forged("it cannot be read"))?;
        let method = signature::Method::parse(account.get("NEXMO_SIGNATURE_METHOD"));
        signature::check_fields(&fields, secret, method, request.now)
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let fields = fields(request)?
            .into_iter()
            // What signs it is of no use any more.
            .filter(|(name, _)| !matches!(name.as_str(), "sig" | "nonce" | "api-key"))
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let Value::Object(fields) = receive::without_nul(Value::Object(fields)) else {
            return Ok(Vec::new());
        };
        let event = read(request.kind, &fields)?;
        let payload = Value::Object(fields);
        Ok(event
            .into_iter()
            .map(|event| ReadEvent {
                event,
                payload: payload.clone(),
            })
            .collect())
    }

    fn parse_stored(&self, kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        let fields = payload
            .as_object()
            .ok_or_else(|| MalformedEvent("not an object".to_owned()))?;
        read(kind, fields)?.ok_or_else(|| MalformedEvent("nothing that we keep".to_owned()))
    }

    fn join_parts(&self, parts: &[Value]) -> Option<Value> {
        let mut whole = parts.first()?.as_object()?.clone();
        let words: String = parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect();
        whole.insert("text".to_owned(), Value::String(words));
        whole.retain(|name, _| !name.starts_with("concat"));
        Some(Value::Object(whole))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }
}
