//! Whether an answer is the right one. GraphQL answers 200 to errors too.

use serde_json::Value;

/// What a check says.
pub type Checked = Result<(), String>;

/// A contact that was just texted.
pub fn texted(status: u16, body: &[u8], contact: i64) -> Checked {
    let answer: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let sent = answer.pointer("/data/sendMessage");
    let id = sent
        .and_then(|sent| sent.get("id"))
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let state = sent
        .and_then(|sent| sent.get("messageStatus"))
        .and_then(Value::as_str);
    if status == 200 && answer.get("errors").is_none() && id == Some(contact) && state == Some("messaged") {
        return Ok(());
    }
    Err(unexpected(status, body))
}

/// A list whose every item has `mark`; not parsed, because that would take CPU time from the server. Errors would
/// stand before the data, or behind them and end the answer with `}]}`.
pub fn listed(status: u16, body: &[u8], mark: &[u8], count: usize) -> Checked {
    let is_data_alone = body.starts_with(b"{\"data\":") && body.ends_with(b"}}");
    if status == 200 && is_data_alone && occurrences(body, mark) == count {
        return Ok(());
    }
    Err(unexpected(status, body))
}

/// A webhook that was stored.
pub fn stored(status: u16, body: &[u8]) -> Checked {
    if status == 204 {
        Ok(())
    } else {
        Err(unexpected(status, body))
    }
}

fn unexpected(status: u16, body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().take(300).collect();
    format!("{status} {text}")
}

fn occurrences(text: &[u8], mark: &[u8]) -> usize {
    // The first byte alone settles it nearly always.
    text.windows(mark.len().max(1))
        .filter(|window| window.first() == mark.first() && *window == mark)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_answer_will_do() {
        let good = br#"{"data":{"sendMessage":{"id":"7","messageStatus":"messaged"}}}"#;
        assert!(texted(200, good, 7).is_ok());
        assert!(texted(200, good, 8).is_err());
        assert!(texted(500, good, 7).is_err());
        assert!(
            texted(
                200,
                br#"{"data":{"sendMessage":null},"errors":[{"message":"x"}]}"#,
                7
            )
            .is_err()
        );
        let two = br#"{"data":{"list":[{"id":1},{"id":2}]}}"#;
        assert!(listed(200, two, b"\"id\":", 2).is_ok());
        assert!(listed(200, two, b"\"id\":", 3).is_err());
        let half = br#"{"data":{"list":[{"id":1},{"id":2}]},"errors":[{"message":"x","path":["list"]}]}"#;
        assert!(listed(200, half, b"\"id\":", 2).is_err());
        assert!(stored(204, b"").is_ok());
        assert!(stored(503, b"").is_err());
    }
}
