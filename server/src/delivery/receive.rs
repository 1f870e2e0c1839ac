//! Stores what vendors tell us, before they are answered.
//!
//! What is stored is applied afterwards, by [`super::apply`]. A request to stop is the exception: it takes effect in
//! the transaction that stores it, so that whoever is told that we have it may rely on it (R05).

use bellwether_db::{
    AsyncConnection, Conn, Error, Pool, QueryResult,
    inbound_event::{self, NewInboundEvent, Received, ReceivedMessage},
};
use bellwether_domain::opt_out_words;
use serde_json::Value;

pub use super::apply::{run, run_once};
use super::{
    record,
    vendor::{InboundEvent, MessageEvent},
};
use crate::{events::Events, failpoint};

/// What became of an event that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored and will be applied.
    Pending,
    /// It was a request to stop, which is in force.
    Stopped,
    /// It was stored before.
    Duplicate,
}

/// Why an event was not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection could be had.
    #[error("database pool: {0}")]
    Pool(String),
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] Error),
}

/// Stores an event once: one statement, or for a request to stop one transaction. Committed when it returns.
pub async fn store_event(
    pool: &Pool,
    events: &Events,
    service: &str,
    organization_id: Option<i64>,
    event: &InboundEvent,
    payload: &Value,
) -> Result<Stored, StoreError> {
    let mut conn = pool
        .get()
        .await
        .map_err(|error| StoreError::Pool(error.to_string()))?;
    failpoint!("inbound-before-store");
    let key = event.key();
    let new_event = NewInboundEvent {
        service,
        kind: event.kind().as_str(),
        event_key: &key,
        organization_id,
        payload,
    };
    if !is_request_to_stop(event) {
        let stored = inbound_event::store(&mut conn, &new_event).await?;
        failpoint!("inbound-after-store");
        return Ok(match stored {
            Some(_) => Stored::Pending,
            None => Stored::Duplicate,
        });
    }
    let received = conn
        .transaction(async |conn| match inbound_event::store(conn, &new_event).await? {
            None => Ok::<_, Error>(None),
            Some(event_id) => {
                let received = receive(conn, event_id, service, organization_id, event).await?;
                failpoint!("inbound-before-commit");
                Ok(Some(received))
            }
        })
        .await?;
    let Some(rows) = received else {
        return Ok(Stored::Duplicate);
    };
    let changed: Vec<_> = rows.iter().filter_map(Received::changed_contact).collect();
    record::tell(events, &changed);
    Ok(Stored::Stopped)
}

/// The same without NUL characters, which PostgreSQL cannot store and no person writes: better than losing a text.
pub fn without_nul(payload: Value) -> Value {
    match payload {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "")),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nul).collect()),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name.replace('\0', ""), without_nul(value)))
            .collect(),
        other => other,
    }
}

/// Stores the text of a stored event and what follows from it.
async fn receive(
    conn: &mut Conn,
    event_id: i64,
    service: &str,
    organization_id: Option<i64>,
    event: &InboundEvent,
) -> QueryResult<Vec<Received>> {
    match text_of(event_id, service, organization_id, event) {
        Some(text) => inbound_event::receive_message(conn, &text).await,
        None => Ok(Vec::new()),
    }
}

/// The text that an event brought, if it brought one.
pub fn text_of<'a>(
    event_id: i64,
    service: &'a str,
    organization_id: Option<i64>,
    event: &'a InboundEvent,
) -> Option<ReceivedMessage<'a>> {
    let InboundEvent::Message(MessageEvent {
        service_id,
        from,
        to,
        text,
        media,
        ..
    }) = event
    else {
        return None;
    };
    Some(ReceivedMessage {
        event_id,
        service,
        service_id,
        organization_id,
        contact_number: from,
        user_number: to,
        text,
        media: media.as_ref(),
        is_opt_out: is_request_to_stop(event),
    })
}

/// Whether a contact asks to stop.
pub fn is_request_to_stop(event: &InboundEvent) -> bool {
    matches!(event, InboundEvent::Message(message) if opt_out_words::is_opt_out(&message.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::vendor::{ReceiptEvent, ReceiptStatus};

    #[test]
    fn nul_is_dropped_wherever_it_stands() {
        let payload = serde_json::json!({ "a\0": ["b\0", { "c": "\0" }], "n": 1 });
        assert_eq!(
            without_nul(payload),
            serde_json::json!({ "a": ["b", { "c": "" }], "n": 1 })
        );
    }

    #[test]
    fn only_a_contacts_words_are_a_request_to_stop() {
        let text = |text: &str| {
            InboundEvent::Message(MessageEvent {
                service_id: "s".to_owned(),
                from: "+12025550101".to_owned(),
                to: "+12025550199".to_owned(),
                text: text.to_owned(),
                ..MessageEvent::default()
            })
        };
        assert!(is_request_to_stop(&text("Stop.")));
        assert!(!is_request_to_stop(&text("Who is this?")));
        let receipt = InboundEvent::Receipt(ReceiptEvent::new("stop", None, ReceiptStatus::Sent));
        assert!(!is_request_to_stop(&receipt));
    }
}
