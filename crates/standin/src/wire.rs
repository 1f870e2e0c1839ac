//! Twilio's JSON, dates and signatures.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::vendor::Text;

/// The value of `X-Twilio-Signature`: HMAC-SHA1 over the address and all fields, sorted by name, name and value one after
/// the other, in base64 (<https://www.twilio.com/docs/usage/security#validating-requests>).
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    let mut words = url.to_owned();
    for (name, value) in sorted {
        words.push_str(name);
        words.push_str(value);
    }
    // HMAC takes keys of any length; the error that the type allows cannot come.
    let code = Hmac::<Sha1>::new_from_slice(token.as_bytes())
        .map(|mac| {
            mac.chain_update(words.as_bytes())
                .finalize()
                .into_bytes()
                .to_vec()
        })
        .unwrap_or_default();
    STANDARD.encode(code)
}

/// The value of `Authorization`.
pub fn authorization(account: &str, token: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{account}:{token}")))
}

/// RFC 2822, as in Twilio's JSON.
pub fn date(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

/// Reads a `DateSent`: a day, or an instant. Microseconds since 1970.
pub fn read_date(text: &str) -> Option<i64> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_micros());
    }
    let day: NaiveDate = text.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

/// A text as Twilio shows it.
pub fn message(account: &str, text: &Text) -> Value {
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{}", text.sid);
    // A text handed to a messaging service has no number and no count of segments yet.
    let is_chosen = text.is_inbound || !text.from.is_empty();
    json!({
        "account_sid": account, "api_version": "2010-04-01", "sid": text.sid, "body": text.body,
        "to": text.to, "from": is_chosen.then_some(&text.from),
        "messaging_service_sid": (!text.service.is_empty()).then_some(&text.service),
        "direction": if text.is_inbound { "inbound" } else { "outbound-api" },
        "status": text.status, "error_code": text.error_code, "error_message": null,
        "num_segments": if is_chosen { "1" } else { "0" }, "num_media": "0", "price": null, "price_unit": "USD",
        "date_created": date(text.at), "date_sent": date(text.at), "date_updated": date(text.at),
        "uri": format!("{uri}.json"), "subresource_uris": { "media": format!("{uri}/Media.json") },
    })
}

/// An error as Twilio tells it (<https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions>).
pub fn error(status: u16, code: i32, words: &str) -> Value {
    json!({
        "code": code, "message": words, "status": status,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
    })
}

/// Our message id in a callback's address: `…?mid=7`.
pub fn message_id(callback: &str) -> Option<i64> {
    let (_, query) = callback.split_once('?')?;
    crate::form::get(&crate::form::read(query), "mid")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The example of Twilio's documentation and of its libraries' tests.
    #[test]
    fn signatures_are_twilios() {
        let fields = fields(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]);
        let signed = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signed, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let mut shuffled = fields.clone();
        shuffled.reverse();
        assert_eq!(
            signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &shuffled),
            signed
        );
        assert_ne!(
            signature("12346", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields),
            signed
        );
    }

    #[test]
    fn dates_are_read_as_days_and_instants() {
        assert_eq!(read_date("1970-01-02"), Some(86_400_000_000));
        assert_eq!(read_date("1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(read_date("yesterday"), None);
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 +0000");
    }

    #[test]
    fn our_id_is_read_from_the_callback() {
        assert_eq!(message_id("http://h/twilio-message-report/1?mid=77"), Some(77));
        assert_eq!(message_id("http://h/twilio-message-report/1"), None);
    }
}
