//! Stores what vendors tell us, before they are answered.
//!
//! What is stored is applied afterwards, by [`super::apply`]. STOP, START and HELP are the exception: they take effect
//! in the transaction that stores them, answer included, so that whoever is told that we have it may rely on it (R05).
//! What they are, the organization's rules say ([`crate::opt_out::settings`]).

use bellwether_db::{
    AsyncConnection, Conn, Error, Pool, QueryResult,
    inbound_event::{self, NewInboundEvent, Received, ReceivedMessage},
    inbound_rules::{self, InboundRules},
};
use bellwether_domain::opt_out_rules::InboundIntent;
use serde_json::Value;

pub use super::apply::{run, run_once};
use super::{
    record,
    vendor::{InboundEvent, MessageEvent},
};
use crate::{
    events::Events,
    failpoint,
    opt_out::settings::{self, Judged},
};

/// What became of an event that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored and will be applied.
    Pending,
    /// It was a request to stop, which is in force.
    Stopped,
    /// It asked to come back or for help, or was "yes" and the like; all that follows from it is done.
    Applied,
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

/// Stores an event once: one statement, or for STOP, START and HELP one transaction. Committed when it returns.
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
    let rules = rules_for(&mut conn, service, organization_id, event).await?;
    // Whose number it came to is known from now on, whatever happens to the number.
    let organization_id = organization_id.or(rules.known_organization_id);
    let text = text_of(&rules, service, organization_id, event);
    let key = event.key();
    let new_event = NewInboundEvent {
        service,
        kind: event.kind().as_str(),
        event_key: &key,
        organization_id,
        payload,
    };
    let Some(text) = text.filter(needs_own_transaction) else {
        let stored = inbound_event::store(&mut conn, &new_event).await?;
        failpoint!("inbound-after-store");
        return Ok(match stored {
            Some(_) => Stored::Pending,
            None => Stored::Duplicate,
        });
    };
    let is_stop = text.intent == InboundIntent::Stop.as_str();
    let received = conn
        .transaction(async |conn| match inbound_event::store(conn, &new_event).await? {
            None => Ok::<_, Error>(None),
            Some(event_id) => {
                let text = ReceivedMessage { event_id, ..text };
                let received = inbound_event::receive_message(conn, &text).await?;
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
    Ok(if is_stop { Stored::Stopped } else { Stored::Applied })
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

/// What the text of an event is judged by; nothing for a delivery report.
pub async fn rules_for(
    conn: &mut Conn,
    service: &str,
    organization_id: Option<i64>,
    event: &InboundEvent,
) -> QueryResult<InboundRules> {
    match event {
        InboundEvent::Message(MessageEvent {
            from, to, part: None, ..
        }) => inbound_rules::for_text(conn, service, organization_id, from, to).await,
        // A piece of a text is judged with the others.
        InboundEvent::Message(_) | InboundEvent::Receipt(_) => Ok(InboundRules::default()),
    }
}

/// The text that an event brought, if it brought one, judged by these rules. The event's id is for the caller to set.
pub fn text_of<'a>(
    rules: &InboundRules,
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
        part: None,
        is_stop,
        ..
    }) = event
    else {
        return None;
    };
    let mut judged = settings::judge(rules, service, text);
    if *is_stop && judged.intent != InboundIntent::Stop {
        // The vendor has answered, and sends nothing more to this cell.
        judged = Judged {
            intent: InboundIntent::Stop,
            answer: None,
        };
    }
    let Judged { intent, answer } = judged;
    Some(ReceivedMessage {
        event_id: 0,
        service,
        service_id,
        organization_id,
        contact_number: from,
        user_number: to,
        text,
        media: media.as_ref(),
        intent: intent.as_str(),
        answer,
    })
}

/// Whether more follows from a text than that a texter reads it.
pub fn needs_own_transaction(text: &ReceivedMessage<'_>) -> bool {
    text.intent != InboundIntent::Other.as_str()
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
        let intent = |event: &InboundEvent| {
            text_of(&InboundRules::default(), "fakeservice", None, event).map(|text| text.intent)
        };
        assert_eq!(intent(&text("Stop.")), Some("stop"));
        assert_eq!(intent(&text("Who is this?")), Some("other"));
        let receipt = InboundEvent::Receipt(ReceiptEvent::new("stop", None, ReceiptStatus::Sent));
        assert_eq!(intent(&receipt), None);
    }
}
