//! Telnyx: texts by its Messages resource, webhooks as JSON signed with Ed25519.
//!
//! Sources: <https://developers.telnyx.com/api-reference/messages/send-a-message> (send),
//! <https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks> (events, signature),
//! <https://developers.telnyx.com/api-reference/number-lookup/lookup-phone-number-data> (look-up). Telnyx lists no
//! texts by cell, so a text whose answer was lost is settled by its report, which comes to an address with our id, or
//! by a person.
#![expect(
    clippy::indexing_slicing,
    reason = "of JSON alone: what is not there is null, and objects grow"
)]

use std::time::Duration;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::http::{self, Answer, ask, exchange};
use crate::delivery::{
    receive,
    vendor::{
        Account, AskError, ErrorClass, ErrorMeaning, EventKind, Forged, InboundEvent, LineType,
        MalformedEvent, MessageEvent, OutgoingText, PaceScope, ReadEvent, ReceiptEvent, ReceiptStatus,
        SendOutcome, Vendor, VendorSetting, WebhookRequest, own_codes,
    },
};

pub mod codes;

/// Its name in `message.service`, and in the address of its webhooks.
pub const NAME: &str = "telnyx";
const API_BASE: &str = "https://api.telnyx.com";
/// A webhook older or newer than this, in seconds, is not believed, as Telnyx recommends.
const TOLERANCE: i64 = 300;
/// Longest id that is accepted, in bytes.
const MAX_ID: usize = 64;
/// Pictures and the like of one text at most.
const MAX_MEDIA: usize = 10;

/// What it must be told.
pub const SETTINGS: [VendorSetting; 4] = [
    VendorSetting {
        name: "TELNYX_API_KEY",
        is_secret: true,
        is_required: true,
        label: "API key",
    },
    VendorSetting {
        name: "TELNYX_PUBLIC_KEY",
        is_secret: false,
        is_required: true,
        label: "Public key, by which webhooks are known",
    },
    VendorSetting {
        name: "TELNYX_MESSAGING_PROFILE_ID",
        is_secret: false,
        is_required: false,
        label: "Messaging profile, whose numbers send",
    },
    VendorSetting {
        name: "TELNYX_API_BASE_URL",
        is_secret: false,
        is_required: false,
        label: "Address of Telnyx's API",
    },
];

/// Telnyx.
pub struct Telnyx {
    client: Client,
    /// Where this server is reached.
    base_url: String,
}

impl Telnyx {
    /// Reports are asked for at `base_url`.
    pub fn new(base_url: &str) -> Self {
        Self {
            client: http::client(),
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }
}

fn address(account: &Account, path: &str) -> String {
    let base = account.get("TELNYX_API_BASE_URL").unwrap_or(API_BASE);
    format!("{}{path}", base.trim_end_matches('/'))
}

fn outcome(answer: Answer) -> SendOutcome {
    let (status, retry_after, body) = match answer {
        Answer::NotSent(reason) => {
            tracing::warn!(reason, "Telnyx cannot be reached");
            return SendOutcome::Retry {
                code: own_codes::NO_ANSWER,
                after: None,
                scope: None,
            };
        }
        Answer::Lost(reason) => {
            tracing::warn!(reason, "Telnyx's answer was lost");
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
        return match body["data"]["id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => SendOutcome::Accepted {
                service_id: id.to_owned(),
                user_number: body["data"]["from"]["phone_number"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            },
            None => SendOutcome::Unknown,
        };
    }
    let code = code(&body["errors"]);
    let meaning = code.and_then(codes::meaning);
    if status == StatusCode::TOO_MANY_REQUESTS {
        return SendOutcome::Retry {
            code: code.unwrap_or(10011),
            after: retry_after,
            scope: Some(PaceScope::Account),
        };
    }
    if !status.is_client_error() {
        return SendOutcome::Unknown;
    }
    let is_account = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN
    );
    match meaning.map(|meaning| meaning.class) {
        Some(ErrorClass::RateLimited) => SendOutcome::Retry {
            code: code.unwrap_or_default(),
            after: retry_after,
            scope: Some(PaceScope::Service),
        },
        Some(ErrorClass::Account) => refused_account(status, code, meaning),
        None if is_account => refused_account(status, code, meaning),
        _ => SendOutcome::Refused {
            code: code.unwrap_or(own_codes::NO_REASON),
        },
    }
}

fn refused_account(status: StatusCode, code: Option<i32>, meaning: Option<ErrorMeaning>) -> SendOutcome {
    let reason = match meaning {
        Some(meaning) => format!("{} {}", meaning.text, meaning.advice),
        None => format!("Telnyx answers {status}. Check TELNYX_API_KEY."),
    };
    SendOutcome::AccountRefused {
        code: code.unwrap_or(own_codes::NO_REASON),
        reason: reason.trim().to_owned(),
    }
}

/// The first error's code; Telnyx writes them as texts.
fn code(errors: &Value) -> Option<i32> {
    let code = &errors[0]["code"];
    code.as_str()
        .and_then(|code| code.parse().ok())
        .or_else(|| code.as_i64().and_then(|code| code.try_into().ok()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// "0.0051" as millionths.
fn micros(amount: &Value) -> Option<i64> {
    let amount: f64 = amount.as_str()?.parse().ok()?;
    (0.0..1_000_000.0)
        .contains(&amount)
        .then(|| (amount * 1_000_000.0).round() as i64)
}

/// Reads an event. None: it tells nothing that we keep.
fn read(event: &Value) -> Result<Option<InboundEvent>, MalformedEvent> {
    let data = &event["data"];
    let payload = &data["payload"];
    let id = text(&payload["id"]);
    if id.is_empty() || id.len() > MAX_ID {
        return Err(MalformedEvent(format!("data.payload.id: 1 to {MAX_ID} bytes")));
    }
    match data["event_type"].as_str().unwrap_or_default() {
        "message.received" => message(payload, id).map(Some),
        "message.sent" | "message.finalized" => Ok(receipt(event, payload, id)),
        _ => Ok(None),
    }
}

fn message(payload: &Value, service_id: String) -> Result<InboundEvent, MalformedEvent> {
    let from = text(&payload["from"]["phone_number"]);
    if !http::is_sender(&from) {
        return Err(MalformedEvent("data.payload.from: not a number".to_owned()));
    }
    let media: Vec<Value> = payload["media"]
        .as_array()
        .into_iter()
        .flatten()
        .take(MAX_MEDIA)
        .filter_map(|media| {
            let url = media["url"].as_str()?;
            Some(json!({"type": text(&media["content_type"]), "url": url}))
        })
        .collect();
    Ok(InboundEvent::Message(MessageEvent {
        service_id,
        from,
        to: text(&payload["to"][0]["phone_number"]),
        messaging_service: text(&payload["messaging_profile_id"]),
        text: text(&payload["text"]),
        media: (!media.is_empty()).then_some(Value::Array(media)),
        part: None,
        is_stop: false,
    }))
}

/// <https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks>: the state is the recipient's.
fn receipt(event: &Value, payload: &Value, service_id: String) -> Option<InboundEvent> {
    let to = &payload["to"][0];
    let status = match to["status"].as_str().unwrap_or_default() {
        "sent" | "delivery_unconfirmed" => ReceiptStatus::Sent,
        "delivered" => ReceiptStatus::Delivered,
        "sending_failed" | "delivery_failed" => ReceiptStatus::Failed,
        _ => return None,
    };
    let message_id = event["mid"].as_str().and_then(|id| id.parse().ok());
    let carrier = text(&to["carrier"]);
    Some(InboundEvent::Receipt(ReceiptEvent {
        error_code: code(&payload["errors"]).filter(|_| status == ReceiptStatus::Failed),
        user_number: text(&payload["from"]["phone_number"]),
        segments: payload["parts"].as_i64().and_then(|parts| parts.try_into().ok()),
        cost_micros: micros(&payload["cost"]["amount"]),
        carrier: (!carrier.is_empty()).then_some(carrier),
        ..ReceiptEvent::new(service_id, message_id, status)
    }))
}

fn is_signed(key: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let key = STANDARD
        .decode(key)
        .ok()
        .and_then(|key| VerifyingKey::try_from(key.as_slice()).ok());
    let signature = STANDARD
        .decode(signature)
        .ok()
        .and_then(|signature| Signature::from_slice(&signature).ok());
    let (Some(key), Some(signature)) = (key, signature) else {
        return false;
    };
    let mut message = format!("{timestamp}|").into_bytes();
    message.extend_from_slice(body);
    key.verify_strict(&message, &signature).is_ok()
}

#[async_trait]
impl Vendor for Telnyx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn settings(&self) -> &'static [VendorSetting] {
        &SETTINGS
    }

    fn supports_org_config(&self) -> bool {
        true
    }

    async fn send(&self, account: &Account, outgoing: &OutgoingText) -> SendOutcome {
        let key = match account.require("TELNYX_API_KEY") {
            Ok(key) => key,
            Err(missing) => {
                return SendOutcome::AccountRefused {
                    code: own_codes::NO_SUCH_SERVICE,
                    reason: format!("{missing}."),
                };
            }
        };
        let profile = Some(outgoing.messaging_service.as_str())
            .filter(|profile| !profile.is_empty())
            .or_else(|| account.get("TELNYX_MESSAGING_PROFILE_ID"));
        let mut body = json!({
            "to": outgoing.contact_number, "text": outgoing.text, "use_profile_webhooks": false,
            "webhook_url": format!(
                "{}/telnyx/{}?mid={}", self.base_url, outgoing.organization_id, outgoing.message_id
            ),
        });
        if !outgoing.user_number.is_empty() {
            body["from"] = json!(outgoing.user_number);
        } else if let Some(profile) = profile {
            body["messaging_profile_id"] = json!(profile);
        } else {
            return SendOutcome::AccountRefused {
                code: own_codes::NO_NUMBER,
                reason: "TELNYX_MESSAGING_PROFILE_ID is not set, and there is no number to send from."
                    .to_owned(),
            };
        }
        if !outgoing.media.is_empty() {
            body["media_urls"] = json!(outgoing.media);
        }
        let request = self
            .client
            .post(address(account, "/v2/messages"))
            .bearer_auth(key)
            .json(&body);
        outcome(exchange(request).await)
    }

    fn verify_webhook(&self, account: &Account, request: &WebhookRequest<'_>) -> Result<(), Forged> {
        let key = account
            .get("TELNYX_PUBLIC_KEY")
            .ok_or(Forged("no public key is set to know it by"))?;
        let header = |name: &str| (request.header)(name).ok_or(Forged("it has no signature"));
        let (timestamp, signature) = (header("telnyx-timestamp")?, header("telnyx-signature-ed25519")?);
        if !is_signed(key, timestamp, request.body, signature) {
            return Err(Forged("the signature is wrong"));
        }
        // Within the signature, so that nobody makes an old one new.
        let age = timestamp
            .parse::<i64>()
            .map(|at| request.now.timestamp().saturating_sub(at).saturating_abs());
        match age {
            Ok(age) if age <= TOLERANCE => Ok(()),
            _ => Err(Forged("it is too old")),
        }
    }

    fn read_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ReadEvent>, MalformedEvent> {
        let mut payload: Value = serde_json::from_slice(request.body)
            .map(receive::without_nul)
            .map_err(|_error| MalformedEvent("not JSON".to_owned()))?;
        if !payload.is_object() {
            return Err(MalformedEvent("not an object".to_owned()));
        }
        let query = request.public_url.split_once('?').map_or("", |(_, query)| query);
        let mid = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mid");
        if let Some((_, mid)) = mid {
            payload["mid"] = json!(mid);
        }
        Ok(read(&payload)?
            .into_iter()
            .map(|event| ReadEvent {
                event,
                payload: payload.clone(),
            })
            .collect())
    }

    fn parse_stored(&self, _kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
        read(payload)?.ok_or_else(|| MalformedEvent("nothing that we keep".to_owned()))
    }

    fn error_meaning(&self, code: i32) -> Option<ErrorMeaning> {
        codes::meaning(code)
    }

    fn capped_carrier(&self, code: i32) -> Option<&'static str> {
        codes::capped_carrier(code)
    }

    async fn look_up(&self, account: &Account, cell: &str) -> Result<LineType, AskError> {
        let key = account.get("TELNYX_API_KEY").unwrap_or_default();
        let url = address(account, &format!("/v2/number_lookup/{cell}?type=carrier"));
        let request = self
            .client
            .get(url)
            .bearer_auth(key)
            .timeout(Duration::from_secs(9));
        let told = ask(request).await?;
        let data = &told["data"];
        Ok(match data["carrier"]["type"].as_str().unwrap_or_default() {
            "mobile" => LineType::Mobile,
            "voip" => LineType::Voip,
            "fixed line" | "landline" | "toll free" => LineType::Landline,
            _ => LineType::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    #[test]
    fn s49_only_the_keys_owner_signs() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = STANDARD.encode(key.verifying_key().as_bytes());
        let sign = |key: &SigningKey, words: &str| STANDARD.encode(key.sign(words.as_bytes()).to_bytes());
        let given = sign(&key, "1700000000|{}");
        assert!(is_signed(&public, "1700000000", b"{}", &given));
        assert!(!is_signed(&public, "1700000001", b"{}", &given));
        assert!(!is_signed(&public, "1700000000", b"{ }", &given));
        let other = SigningKey::from_bytes(&[8; 32]);
        assert!(!is_signed(
            &public,
            "1700000000",
            b"{}",
            &sign(&other, "1700000000|{}")
        ));
        for (key, signature) in [
            ("", given.as_str()),
            ("?", given.as_str()),
            (&public, ""),
            (&public, "?"),
        ] {
            assert!(!is_signed(key, "1700000000", b"{}", signature));
        }
    }

    #[test]
    fn costs_are_millionths() {
        assert_eq!(micros(&json!("0.0051")), Some(5_100));
        assert_eq!(micros(&json!("x")), None);
        assert_eq!(micros(&json!(null)), None);
    }
}
