//! Bandwidth's Messaging API, version 2.
//!
//! Sources: <https://dev.bandwidth.com/docs/messaging/createMessage> (send),
//! <https://dev.bandwidth.com/docs/messaging/webhooks> (events; Basic authentication with what is entered for the
//! application), <https://dev.bandwidth.com/docs/messaging/errors>: what is answered with 4xx or 5xx was not sent. Its
//! texts cannot be listed by cell without a separate contract; a text whose answer was lost is settled by its report,
//! which carries our id as `tag`, or by a person.
#![expect(
    clippy::indexing_slicing,
    reason = "of JSON alone: what is not there is null, and objects grow"
)]

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{SecondsFormat, TimeDelta};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::http::{self, Answer, exchange};
use crate::delivery::{
    receive,
    vendor::{
        Account, ErrorMeaning, EventKind, Forged, InboundEvent, MalformedEvent, MessageEvent, OutgoingText,
        PaceScope, ReadEvent, ReceiptEvent, ReceiptStatus, SendOutcome, Vendor, VendorSetting,
        WebhookRequest, own_codes,
    },
};

pub mod codes;

/// Its name in `message.service`, and in the address of its webhooks.
pub const NAME: &str = "bandwidth";
const API_BASE: &str = "https://messaging.bandwidth.com";
/// The name that webhooks sign in with where nothing is set, as Spoke's.
const CALLBACK_USERNAME: &str = "bandwidth.com";
/// Longest id that is accepted, in bytes.
const MAX_ID: usize = 100;
/// Events of one webhook at most.
const MAX_EVENTS: usize = 100;
/// Pictures and the like of one text at most.
const MAX_MEDIA: usize = 10;
/// A text expires so much before texting hours end: to arrive takes seconds.
const MARGIN: TimeDelta = TimeDelta::seconds(10);

const fn setting(name: &'static str, label: &'static str, is_required: bool) -> VendorSetting {
    VendorSetting {
        name,
        is_secret: false,
        is_required,
        label,
    }
}

/// What it must be told.
pub const SETTINGS: [VendorSetting; 7] = [
    setting("BANDWIDTH_ACCOUNT_ID", "Account id", true),
    setting("BANDWIDTH_USERNAME", "Name of the API user", true),
    VendorSetting {
        is_secret: true,
        ..setting("BANDWIDTH_PASSWORD", "Password of the API user", true)
    },
    setting(
        "BANDWIDTH_APPLICATION_ID",
        "Id of the messaging application",
        true,
    ),
    setting(
        "BANDWIDTH_CALLBACK_USERNAME",
        "Name that webhooks sign in with, as entered for the application",
        false,
    ),
    VendorSetting {
        is_secret: true,
        ..setting(
            "BANDWIDTH_CALLBACK_PASSWORD",
            "Password that webhooks sign in with, as entered for the application",
            true,
        )
    },
    setting("BANDWIDTH_API_BASE_URL", "Address of Bandwidth's API", false),
];

/// Bandwidth.
pub struct Bandwidth {
    client: Client,
}

impl Default for Bandwidth {
    fn default() -> Self {
        Self {
            client: http::client(),
        }
    }
}

fn outcome(answer: Answer) -> SendOutcome {
    let (status, retry_after, body) = match answer {
        Answer::NotSent(reason) => {
            tracing::warn!(reason, "Bandwidth cannot be reached");
            return SendOutcome::Retry {
                code: own_codes::NO_ANSWER,
                after: None,
                scope: None,
            };
        }
        Answer::Lost(reason) => {
            tracing::warn!(reason, "Bandwidth's answer was lost");
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
    if status.is_success() {
        return match body["id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => SendOutcome::Accepted {
                service_id: id.to_owned(),
                user_number: text(&body["from"]),
            },
            None => SendOutcome::Unknown,
        };
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => SendOutcome::Retry {
            code: 429,
            after: retry_after,
            scope: Some(PaceScope::Account),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            SendOutcome::AccountRefused {
                code: status.as_u16().into(),
                reason: format!(
                    "Bandwidth answers {status}. Check BANDWIDTH_ACCOUNT_ID, BANDWIDTH_USERNAME and BANDWIDTH_PASSWORD."
                ),
            }
        }
        status if status.is_client_error() => SendOutcome::Refused {
            code: own_codes::NO_REASON,
        },
        // It says of itself that it sent nothing.
        status if status.is_server_error() => SendOutcome::Retry {
            code: own_codes::NO_ANSWER,
            after: retry_after,
            scope: None,
        },
        _ => SendOutcome::Unknown,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Reads an event. None: it tells nothing that we keep.
fn read(event: &Value) -> Result<Option<InboundEvent>, MalformedEvent> {
    let message = &event["message"];
    let id = text(&message["id"]);
    if id.is_empty() || id.len() > MAX_ID {
        return Err(MalformedEvent(format!("message.id: 1 to {MAX_ID} bytes")));
    }
    let status = match event["type"].as_str().unwrap_or_default() {
        "message-received" => return received(event, message, id).map(Some),
        "message-sending" => ReceiptStatus::Sent,
        "message-delivered" => ReceiptStatus::Delivered,
        "message-failed" => ReceiptStatus::Failed,
        _ => return Ok(None),
    };
    let code = event["errorCode"].as_i64().and_then(|code| code.try_into().ok());
    let segments = message["segmentCount"]
        .as_i64()
        .and_then(|count| count.try_into().ok());
    let carrier = text(&event["carrierName"]);
    Ok(Some(InboundEvent::Receipt(ReceiptEvent {
        error_code: code.filter(|_| status == ReceiptStatus::Failed),
        user_number: text(&message["from"]),
        segments,
        carrier: (!carrier.is_empty()).then_some(carrier),
        ..ReceiptEvent::new(id, text(&message["tag"]).parse().ok(), status)
    })))
}

fn received(event: &Value, message: &Value, service_id: String) -> Result<InboundEvent, MalformedEvent> {
    let from = text(&message["from"]);
    if !http::is_sender(&from) {
        return Err(MalformedEvent("message.from: not a number".to_owned()));
    }
    let media: Vec<Value> = message["media"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        // Carriers add layout of their own to texts with pictures.
        .filter(|url| !url.to_ascii_lowercase().ends_with(".smil") && !url.ends_with(".xml"))
        .take(MAX_MEDIA)
        .map(|url| json!({"type": "", "url": url}))
        .collect();
    let to = text(&event["to"]);
    Ok(InboundEvent::Message(MessageEvent {
        service_id,
        from,
        to: if to.is_empty() {
            text(&message["owner"])
        } else {
            to
        },
        messaging_service: text(&message["applicationId"]),
        text: text(&message["text"]),
        media: (!media.is_empty()).then_some(Value::Array(media)),
        part: None,
        is_stop: false,
    }))
}

#[async_trait]
impl Vendor for Bandwidth {
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
        let get = |name| account.get(name).unwrap_or_default();
        let base = account.get("BANDWIDTH_API_BASE_URL").unwrap_or(API_BASE);
        let url = format!(
            "{}/api/v2/users/{}/messages",
            base.trim_end_matches('/'),
            get("BANDWIDTH_ACCOUNT_ID")
        );
        let mut body = json!({
            "applicationId": get("BANDWIDTH_APPLICATION_ID"), "to": [outgoing.contact_number],
            "from": outgoing.user_number, "text": outgoing.text, "tag": outgoing.message_id.to_string(),
        });
        if outgoing.media.is_empty() {
            // Of texts with pictures it is not taken.
            if let Some(end) = outgoing
                .send_before
                .and_then(|end| end.checked_sub_signed(MARGIN))
            {
                body["expiration"] = json!(end.to_rfc3339_opts(SecondsFormat::Secs, true));
            }
        } else {
            body["media"] = json!(outgoing.media);
        }
        let request = self
            .client
            .post(url)
            .basic_auth(get("BANDWIDTH_USERNAME"), Some(get("BANDWIDTH_PASSWORD")))
            .json(&body);
        outcome(exchange(request).await)
    }

    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let password = account
            .get("BANDWIDTH_CALLBACK_PASSWORD")
            .ok_or(Forged("no password is set to know it by"))?;
        let name = account
            .get("BANDWIDTH_CALLBACK_USERNAME")
            .unwrap_or(CALLBACK_USERNAME);
        let given = (request.header)("authorization")
            .and_then(|header| header.strip_prefix("Basic "))
            .and_then(|coded| STANDARD.decode(coded.trim()).ok())
            .ok_or(Forged("it does not sign in"))?;
        let expected = format!("{name}:{password}");
        if bool::from(expected.as_bytes().ct_eq(&given)) {
            Ok(())
        } else {
            Err(Forged("name or password is wrong"))
        }
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let payload: Value = serde_json::from_slice(request.body)
            .map(receive::without_nul)
            .map_err(|_error| MalformedEvent("not JSON".to_owned()))?;
        let events = payload
            .as_array()
            .ok_or_else(|| MalformedEvent("not a list".to_owned()))?;
        if events.len() > MAX_EVENTS {
            return Err(MalformedEvent(format!("{MAX_EVENTS} events at most")));
        }
        let mut told = Vec::new();
        for payload in events {
            if let Some(event) = read(payload)? {
                told.push(ReadEvent {
                    event,
                    payload: payload.clone(),
                });
            }
        }
        Ok(told)
    }

    fn parse_stored(&self, _kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        read(payload)?.ok_or_else(|| MalformedEvent("nothing that we keep".to_owned()))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }
}
