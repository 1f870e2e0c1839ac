//! The built-in carrier's JSON, as it comes in by webhook and is stored.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::delivery::vendor::{
    EventKind, InboundEvent, MalformedEvent, MessageEvent, ReceiptEvent, ReceiptStatus,
};

/// Longest id that is accepted, in bytes.
const MAX_ID: usize = 200;

/// A text from a contact.
#[derive(Debug, Serialize, Deserialize)]
struct WireMessage {
    id: String,
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media: Option<Value>,
}

/// A delivery report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireReceipt {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_id: Option<i64>,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<i32>,
}

/// Reads a webhook's body.
pub fn read(kind: EventKind, payload: &Value) -> Result<InboundEvent, MalformedEvent> {
    match kind {
        EventKind::Message | EventKind::Part => {
            let WireMessage {
                id,
                from,
                to,
                text,
                media,
            } = parse(payload)?;
            check_id(&id)?;
            if !is_e164(&from) {
                return Err(MalformedEvent("from: not a number in E.164".to_owned()));
            }
            Ok(InboundEvent::Message(MessageEvent {
                service_id: id,
                from,
                to,
                text,
                media,
                ..MessageEvent::default()
            }))
        }
        EventKind::Receipt => {
            let WireReceipt {
                id,
                message_id,
                status,
                error_code,
            } = parse(payload)?;
            check_id(&id)?;
            let status = match status.as_str() {
                "sent" => ReceiptStatus::Sent,
                "delivered" => ReceiptStatus::Delivered,
                "failed" => ReceiptStatus::Failed,
                _ => return Err(MalformedEvent("status: sent, delivered or failed".to_owned())),
            };
            let error_code = if status == ReceiptStatus::Failed {
                error_code
            } else {
                None
            };
            Ok(InboundEvent::Receipt(
                ReceiptEvent::new(id, message_id, status).with_error(error_code),
            ))
        }
    }
}

/// The reverse of [`read`].
pub fn write(event: &InboundEvent) -> Value {
    let value = match event.clone() {
        InboundEvent::Message(MessageEvent {
            service_id: id,
            from,
            to,
            text,
            media,
            ..
        }) => serde_json::to_value(WireMessage {
            id,
            from,
            to,
            text,
            media,
        }),
        InboundEvent::Receipt(ReceiptEvent {
            service_id: id,
            message_id,
            status,
            error_code,
            ..
        }) => {
            let status = match status {
                ReceiptStatus::Sent => "sent",
                ReceiptStatus::Delivered => "delivered",
                ReceiptStatus::Failed => "failed",
            };
            serde_json::to_value(WireReceipt {
                id,
                message_id,
                status: status.to_owned(),
                error_code,
            })
        }
    };
    value.unwrap_or_default()
}

fn parse<T: for<'de> Deserialize<'de>>(payload: &Value) -> Result<T, MalformedEvent> {
    // serde's words may quote a value, and of the payload nothing may reach a log.
    T::deserialize(payload).map_err(|error| {
        let words = error.to_string();
        let missing = words
            .strip_prefix("missing field ")
            .unwrap_or("a field has the wrong type");
        MalformedEvent(format!("not the fields that are expected: {missing}"))
    })
}

fn check_id(id: &str) -> Result<(), MalformedEvent> {
    if id.is_empty() || id.len() > MAX_ID {
        return Err(MalformedEvent(format!("id: 1 to {MAX_ID} bytes")));
    }
    Ok(())
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_survive_the_round_trip() {
        let events = [
            InboundEvent::Message(MessageEvent {
                service_id: "m1".to_owned(),
                from: "+12025550101".to_owned(),
                to: "+15005550001".to_owned(),
                text: "Yes!".to_owned(),
                media: Some(json!([{ "type": "image/png", "url": "https://example.invalid/a.png" }])),
                ..MessageEvent::default()
            }),
            InboundEvent::Receipt(
                ReceiptEvent::new("fake-1", Some(1), ReceiptStatus::Failed).with_error(Some(30007)),
            ),
        ];
        for event in events {
            assert_eq!(read(event.kind(), &write(&event)), Ok(event));
        }
    }

    #[test]
    fn nonsense_is_refused_without_quoting_it() {
        let cases = [
            (EventKind::Message, json!({ "id": "", "from": "+12025550101" })),
            (EventKind::Message, json!({ "id": "x", "from": "2025550101" })),
            (EventKind::Message, json!({ "from": "+12025550101" })),
            (
                EventKind::Message,
                json!({ "id": "x", "from": 12_025_550_101_i64 }),
            ),
            (
                EventKind::Message,
                json!({ "id": "x".repeat(201), "from": "+12025550101" }),
            ),
            (EventKind::Message, json!([])),
            (EventKind::Receipt, json!({ "id": "x", "status": "read" })),
            (
                EventKind::Receipt,
                json!({ "id": "x", "status": "failed", "errorCode": "2025550101" }),
            ),
            (EventKind::Receipt, json!("secret")),
        ];
        for (kind, payload) in cases {
            let error = read(kind, &payload).unwrap_err().to_string();
            assert!(!error.contains("202555") && !error.contains("secret"), "{error}");
        }
    }
}
