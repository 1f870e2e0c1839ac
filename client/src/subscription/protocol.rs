use serde_json::{Value, json};

/// What the server says over graphql-transport-ws.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerMessage {
    /// The connection may be used.
    Ack,
    /// Asks for a sign of life.
    Ping,
    /// Data of one subscription.
    Next { id: u32, data: Value },
    /// One subscription is over.
    Over { id: u32 },
    /// Nothing to do.
    Other,
}

/// Reads one message of the server.
pub fn read(text: &str) -> ServerMessage {
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        return ServerMessage::Other;
    };
    let id = message
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    match (message.get("type").and_then(Value::as_str), id) {
        (Some("connection_ack"), _) => ServerMessage::Ack,
        (Some("ping"), _) => ServerMessage::Ping,
        (Some("next"), Some(id)) => match message.pointer("/payload/data") {
            Some(data) if !data.is_null() => ServerMessage::Next {
                id,
                data: data.clone(),
            },
            _ => ServerMessage::Other,
        },
        (Some("error" | "complete"), Some(id)) => ServerMessage::Over { id },
        _ => ServerMessage::Other,
    }
}

/// The first message of a connection.
pub fn init() -> String {
    json!({ "type": "connection_init" }).to_string()
}

/// The answer to a ping.
pub fn pong() -> String {
    json!({ "type": "pong" }).to_string()
}

/// Starts a subscription.
pub fn subscribe(id: u32, payload: &Value) -> String {
    json!({ "id": id.to_string(), "type": "subscribe", "payload": payload }).to_string()
}

/// Ends a subscription.
pub fn complete(id: u32) -> String {
    json!({ "id": id.to_string(), "type": "complete" }).to_string()
}

/// How long to wait before connection attempt `attempt` (from 0); `chance` in 0..1 spreads a crowd of phones.
pub fn backoff_ms(attempt: u32, chance: f64) -> u32 {
    let longest = 500_u32.saturating_mul(1 << attempt.min(6)).min(30_000);
    let spread = (f64::from(longest) * 0.5 * chance.clamp(0.0, 1.0)) as u32;
    longest / 2 + spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_says() {
        assert_eq!(read(r#"{"type":"connection_ack"}"#), ServerMessage::Ack);
        assert_eq!(
            read(r#"{"type":"next","id":"7","payload":{"data":{"a":1}}}"#),
            ServerMessage::Next {
                id: 7,
                data: json!({"a": 1})
            }
        );
        assert_eq!(
            read(r#"{"type":"complete","id":"7"}"#),
            ServerMessage::Over { id: 7 }
        );
        assert_eq!(
            read(r#"{"type":"next","id":"7","payload":{"errors":[]}}"#),
            ServerMessage::Other
        );
        assert_eq!(read("nonsense"), ServerMessage::Other);
    }

    #[test]
    fn waits_longer_each_time_and_never_too_long() {
        assert_eq!(backoff_ms(0, 0.0), 250);
        assert_eq!(backoff_ms(0, 1.0), 500);
        assert_eq!(backoff_ms(3, 0.0), 2_000);
        assert_eq!(backoff_ms(60, 1.0), 30_000);
    }
}
