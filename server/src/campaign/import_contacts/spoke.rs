//! Spoke's own form of an upload: base64 of gzip of JSON `{name, customFields, contacts}`, made by its browser client.
//! It comes through GraphQL, so it is small, and is read as a whole, within limits.

use std::io::{self, Read};

use base64::{engine::general_purpose::STANDARD, read::DecoderReader};
use bellwether_domain::contact_csv::{Mapping, RowReader};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::reader::{Batches, Input, Item, refusal};

/// Unpacked data may be this many times as long as packed (S42): more is a bomb, not a list.
const MAX_RATIO: usize = 100;
const FIELDS: [&str; 5] = ["firstName", "lastName", "cell", "zip", "external_id"];

#[derive(Deserialize)]
struct Upload {
    #[serde(rename = "customFields", default)]
    custom_fields: Vec<String>,
    contacts: Vec<Map<String, Value>>,
}

/// Whether a text can be unpacked within the limits and holds contacts; else why not.
pub fn check(contact_data: &str, max_bytes: usize) -> Result<(), String> {
    let upload =
        unpack(contact_data.as_bytes(), contact_data.len(), max_bytes).map_err(|error| error.to_string())?;
    if upload.contacts.is_empty() {
        Err("it holds no contacts".to_owned())
    } else {
        Ok(())
    }
}

pub(super) fn read(
    bytes: impl Read,
    input: &Input,
    sender: &mpsc::Sender<io::Result<Item>>,
) -> io::Result<()> {
    let upload = unpack(
        bytes,
        usize::try_from(input.size_bytes).unwrap_or_default(),
        input.max_bytes,
    )?;
    let headers: Vec<String> = FIELDS
        .iter()
        .map(|field| (*field).to_owned())
        .chain(upload.custom_fields.iter().cloned())
        .collect();
    let field = |name: &str| Some(name.to_owned());
    let mapping = Mapping {
        first_name: field("firstName"),
        last_name: field("lastName"),
        cell: field("cell"),
        zip: field("zip"),
        external_id: field("external_id"),
    };
    let mut batches = Batches::begin(
        RowReader::new(&headers, &mapping).map_err(refusal)?,
        input,
        sender,
    )?;
    let total = upload.contacts.len().max(1) as i64;
    for (line, contact) in (1_u64..).zip(&upload.contacts) {
        let own = own_fields(contact);
        let values: Vec<String> = FIELDS
            .iter()
            .map(|name| text(contact.get(*name)))
            .chain(upload.custom_fields.iter().map(|name| text(own.get(name))))
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        if !batches.push(line, &values, line as i64 * 100 / total) {
            return Ok(());
        }
    }
    batches.end();
    Ok(())
}

fn unpack(packed: impl Read, packed_length: usize, max_bytes: usize) -> io::Result<Upload> {
    let limit = packed_length.saturating_mul(MAX_RATIO).min(max_bytes);
    let mut unpacked = Vec::new();
    GzDecoder::new(DecoderReader::new(packed, &STANDARD))
        .take(limit as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| match error.kind() {
            // Only what cannot be unpacked is the file's fault.
            io::ErrorKind::Other => error,
            _ => refusal("it is not base64 of gzip"),
        })?;
    if unpacked.len() > limit {
        return Err(refusal("it is too large when unpacked"));
    }
    let mut upload: Upload = serde_json::from_slice(&unpacked).map_err(|error| {
        refusal(format!(
            "it is not JSON with `contacts` (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    if upload.custom_fields.is_empty()
        && let Some(first) = upload.contacts.first()
    {
        upload.custom_fields = own_fields(first).keys().cloned().collect();
    }
    Ok(upload)
}

/// `customFields` is an object or, in some versions, its JSON text.
fn own_fields(contact: &Map<String, Value>) -> Map<String, Value> {
    match contact.get("customFields") {
        Some(Value::Object(fields)) => fields.clone(),
        Some(Value::String(fields)) => serde_json::from_str(fields).unwrap_or_default(),
        _ => Map::new(),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::Engine;
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(json: &[u8]) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(json).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn checks_what_comes() {
        let good = serde_json::json!({"name": "x.csv", "customFields": ["a"], "contacts": [{"cell": "+12125550123"}]});
        assert_eq!(check(&packed(good.to_string().as_bytes()), 10_000), Ok(()));
        assert!(check(&packed(b"{\"contacts\": []}"), 10_000).is_err());
        assert!(check(&packed(b"[]"), 10_000).unwrap_err().contains("not JSON"));
        assert!(check("not base64!", 10_000).unwrap_err().contains("not base64"));
        assert!(
            check(&STANDARD.encode("plain"), 10_000)
                .unwrap_err()
                .contains("gzip")
        );
    }

    #[test]
    fn refuses_bombs() {
        let bomb = packed(&vec![b' '; 5_000_000]);
        assert!(check(&bomb, 100_000_000).unwrap_err().contains("too large"));
        let long = packed(format!("{{\"contacts\":[{{\"cell\":\"{}\"}}]}}", "1".repeat(2_000)).as_bytes());
        assert!(check(&long, 1_000).unwrap_err().contains("too large"));
    }

    #[test]
    fn reads_fields_in_either_form() {
        let object: Map<String, Value> = serde_json::from_str(r#"{"customFields": {"a": 1}}"#).unwrap();
        let string: Map<String, Value> = serde_json::from_str(r#"{"customFields": "{\"a\": 1}"}"#).unwrap();
        assert_eq!(own_fields(&object), own_fields(&string));
        assert_eq!(text(own_fields(&object).get("a")), "1");
        assert_eq!(text(Some(&Value::Null)), "");
    }
}
