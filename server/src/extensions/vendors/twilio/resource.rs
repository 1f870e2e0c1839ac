//! Twilio's resources as its API lists them: <https://www.twilio.com/docs/messaging/api/message-resource>,
//! <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::wire;
use crate::delivery::{
    receive,
    vendor::{BoughtNumber, FoundText, LostText, ReceiptStatus},
};

/// A list in an answer; empty where there is none.
pub fn items<'a>(page: &'a Value, name: &str) -> &'a [Value] {
    page[name].as_array().map_or(&[], Vec::as_slice)
}

/// A date as the API writes it.
pub fn date(value: &Value) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(value.as_str()?).ok()?;
    Some(date.with_timezone(&Utc))
}

/// A number that the account has.
pub fn bought_number(number: &Value) -> Option<BoughtNumber> {
    Some(BoughtNumber {
        service_id: number["sid"].as_str()?.to_owned(),
        phone_number: number["phone_number"].as_str()?.to_owned(),
    })
}

/// A text that Twilio has, if it may be a lost one of ours: one that went out to the same cell.
pub fn found_text(message: &Value, lost: &LostText) -> Option<FoundText> {
    let direction = message["direction"].as_str().unwrap_or_default();
    if !direction.starts_with("outbound") || message["to"] != lost.contact_number.as_str() {
        return None;
    }
    let status = match wire::status(message["status"].as_str()?) {
        wire::Status::Told(status) => status,
        wire::Status::Underway => ReceiptStatus::Sent,
        wire::Status::Strange => return None,
    };
    let code = message["error_code"]
        .as_i64()
        .and_then(|code| code.try_into().ok());
    Some(FoundText {
        service_id: message["sid"].as_str()?.to_owned(),
        message_id: None,
        has_words: message["body"] == lost.text.as_str(),
        user_number: message["from"].as_str().unwrap_or_default().to_owned(),
        status,
        error_code: code.filter(|_| status == ReceiptStatus::Failed),
    })
}

/// A text from a contact as its webhook would have told it.
pub fn as_webhook(message: &Value, media: &[(String, String)]) -> Map<String, Value> {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let mut fields: Vec<(String, String)> = [
        ("MessageSid", text("sid")),
        ("From", text("from")),
        ("To", text("to")),
        ("Body", text("body")),
        ("MessagingServiceSid", text("messaging_service_sid")),
        ("NumMedia", media.len().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (index, (url, kind)) in media.iter().enumerate() {
        fields.push((format!("MediaUrl{index}"), url.clone()));
        fields.push((format!("MediaContentType{index}"), kind.clone()));
    }
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    match receive::without_nul(Value::Object(fields)) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
