//! Twilio's words: what its webhooks and its API say, in ours.
//!
//! Sources: <https://www.twilio.com/docs/messaging/guides/webhook-request> (texts from contacts),
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status> (reports),
//! <https://www.twilio.com/docs/messaging/api/message-resource> (the resource).

use serde_json::{Map, Value, json};

use crate::delivery::{
    receive,
    vendor::{EventKind, InboundEvent, MalformedEvent, MessageEvent, ReceiptEvent, ReceiptStatus},
};
use crate::extensions::vendors::http;

/// Longest id that is accepted, in bytes; Twilio's have 34.
const MAX_ID: usize = 64;
/// Pictures and the like of one text at most.
const MAX_MEDIA: usize = 10;
/// Fields of a form at most.
const MAX_FIELDS: usize = 200;

/// The fields of a form as an object of texts; of several with one name the first.
pub fn fields(body: &[u8]) -> Result<Map<String, Value>, MalformedEvent> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.len() >= MAX_FIELDS {
            return Err(MalformedEvent(format!("{MAX_FIELDS} fields at most")));
        }
        fields
            .entry(name.into_owned())
            .or_insert_with(|| Value::String(value.into_owned()));
    }
    match receive::without_nul(Value::Object(fields)) {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn id(fields: &Map<String, Value>) -> Result<String, MalformedEvent> {
    // Older webhooks have the second or the third name.
    let id = ["MessageSid", "SmsSid", "SmsMessageSid"]
        .into_iter()
        .map(|name| text(fields, name))
        .find(|id| !id.is_empty())
        .unwrap_or_default();
    if id.is_empty() || id.len() > MAX_ID {
        return Err(MalformedEvent(format!("MessageSid: 1 to {MAX_ID} bytes")));
    }
    Ok(id.to_owned())
}

/// Reads stored fields. None: it tells nothing that we keep.
pub fn read(kind: EventKind, fields: &Map<String, Value>) -> Result<Option<InboundEvent>, MalformedEvent> {
    match kind {
        EventKind::Message | EventKind::Part => message(fields).map(Some),
        EventKind::Receipt => receipt(fields),
    }
}

fn message(fields: &Map<String, Value>) -> Result<InboundEvent, MalformedEvent> {
    let service_id = id(fields)?;
    let from = text(fields, "From");
    if !http::is_sender(from) {
        return Err(MalformedEvent("From: not a number".to_owned()));
    }
    let count: usize = text(fields, "NumMedia").parse().unwrap_or_default();
    let media: Vec<Value> = (0..count.min(MAX_MEDIA))
        .filter_map(|index| {
            let url = text(fields, &format!("MediaUrl{index}"));
            let kind = text(fields, &format!("MediaContentType{index}"));
            (!url.is_empty()).then(|| json!({"type": kind, "url": url}))
        })
        .collect();
    Ok(InboundEvent::Message(MessageEvent {
        service_id,
        from: from.to_owned(),
        to: text(fields, "To").to_owned(),
        messaging_service: text(fields, "MessagingServiceSid").to_owned(),
        text: text(fields, "Body").to_owned(),
        media: (!media.is_empty()).then_some(Value::Array(media)),
        part: None,
        is_stop: text(fields, "OptOutType") == "STOP",
    }))
}

fn receipt(fields: &Map<String, Value>) -> Result<Option<InboundEvent>, MalformedEvent> {
    let service_id = id(fields)?;
    let name = ["MessageStatus", "SmsStatus"]
        .into_iter()
        .map(|name| text(fields, name))
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    let status = match status(name) {
        Status::Told(status) => status,
        Status::Underway => return Ok(None),
        Status::Strange => return Err(MalformedEvent("MessageStatus: none that is known".to_owned())),
    };
    let code = text(fields, "ErrorCode").parse().ok();
    let receipt = ReceiptEvent::new(service_id, text(fields, "mid").parse().ok(), status);
    Ok(Some(InboundEvent::Receipt(ReceiptEvent {
        user_number: Some(text(fields, "From"))
            .filter(|from| http::is_sender(from))
            .unwrap_or_default()
            .to_owned(),
        error_code: code.filter(|_| status == ReceiptStatus::Failed),
        ..receipt
    })))
}

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Something that we keep.
    Told(ReceiptStatus),
    /// Twilio has it and has not handed it on.
    Underway,
    /// Nothing that Twilio has documented.
    Strange,
}

/// Reads a status: <https://www.twilio.com/docs/messaging/api/message-resource#message-status-values>.
pub fn status(name: &str) -> Status {
    match name {
        "accepted" | "scheduled" | "queued" | "sending" | "receiving" | "received" => Status::Underway,
        "sent" => Status::Told(ReceiptStatus::Sent),
        "delivered" | "read" | "partially_delivered" => Status::Told(ReceiptStatus::Delivered),
        "undelivered" | "failed" | "canceled" => Status::Told(ReceiptStatus::Failed),
        _ => Status::Strange,
    }
}
