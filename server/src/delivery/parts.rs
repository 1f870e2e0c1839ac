//! Puts texts from contacts together that a vendor tells in pieces: when all have come, in whatever order, or after a
//! while with what is there, since half of a text is better than none.
//!
//! Nothing is locked: the whole text has the name of its first piece, so that it is stored once however often it is put
//! together. A request to stop counts when the text is whole.

use std::collections::BTreeMap;

use bellwether_db::inbound_part::{self, PendingPart};

use super::{
    receive,
    vendor::{EventKind, InboundEvent, MessageEvent, Part, Vendors},
};
use crate::{app::App, error::OpResult};

/// Pieces looked at together; more than ever wait.
const BATCH: i64 = 2_000;
/// A text is taken as it is when a piece has not come after so many seconds: carriers deliver within seconds or not.
pub const PATIENCE_SECONDS: f64 = 60.0;

/// Whose pieces belong together: service, organization, contact, number, reference, how many there are.
type Key = (String, Option<i64>, String, String, String, i16);

/// Puts together what can be. Returns how many texts.
pub async fn join(app: &App) -> OpResult<usize> {
    let pending = inbound_part::pending(&mut *app.worker_db().await?, BATCH).await?;
    if pending.is_empty() {
        return Ok(0);
    }
    let (groups, strange) = group(&app.vendors, pending);
    if !strange.is_empty() {
        tracing::error!(first = strange.first(), "pieces of texts cannot be read");
        inbound_part::finish(
            &mut *app.worker_db().await?,
            &strange,
            "failed: not a piece of a text",
        )
        .await?;
    }
    let mut joined = 0;
    for (key, pieces) in groups {
        let is_whole = usize::try_from(key.5).is_ok_and(|total| pieces.len() >= total);
        let is_late = pieces
            .values()
            .any(|(part, _)| part.age_seconds >= PATIENCE_SECONDS);
        if is_whole || is_late {
            joined += usize::from(store(app, &key, pieces).await?);
        }
    }
    Ok(joined)
}

/// Pieces by their place in the text; of the same place the first.
type Pieces = BTreeMap<i16, (PendingPart, Vec<i64>)>;

fn group(vendors: &Vendors, pending: Vec<PendingPart>) -> (BTreeMap<Key, Pieces>, Vec<i64>) {
    let mut groups: BTreeMap<Key, Pieces> = BTreeMap::new();
    let mut strange = Vec::new();
    for stored in pending {
        let event = vendors
            .get(&stored.service)
            .map(|vendor| vendor.parse_stored(EventKind::Part, &stored.payload));
        let Some(Ok(InboundEvent::Message(MessageEvent {
            from,
            to,
            part:
                Some(Part {
                    reference,
                    index,
                    total,
                }),
            ..
        }))) = event
        else {
            strange.push(stored.id);
            continue;
        };
        let key = (
            stored.service.clone(),
            stored.organization_id,
            from,
            to,
            reference,
            total,
        );
        let id = stored.id;
        let (_, ids) = groups
            .entry(key)
            .or_default()
            .entry(index)
            .or_insert_with(|| (stored, Vec::new()));
        ids.push(id);
    }
    (groups, strange)
}

/// Stores a text as its webhook would have. Whether it is stored now or was before.
async fn store(app: &App, key: &Key, pieces: Pieces) -> OpResult<bool> {
    let ids: Vec<i64> = pieces.values().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let words: Vec<_> = pieces.into_values().map(|(part, _)| part.payload).collect();
    let whole = app.vendors.get(&key.0).and_then(|vendor| {
        let payload = vendor.join_parts(&words)?;
        let event = vendor.parse_stored(EventKind::Message, &payload).ok()?;
        Some((payload, event))
    });
    let Some((payload, event)) = whole else {
        tracing::error!(
            inbound_event.id = ids.first(),
            "pieces of a text cannot be put together"
        );
        inbound_part::finish(
            &mut *app.worker_db().await?,
            &ids,
            "failed: cannot be put together",
        )
        .await?;
        return Ok(false);
    };
    let stored = receive::store_event(&app.worker_pool, &app.events, &key.0, key.1, &event, &payload);
    if let Err(error) = stored.await {
        tracing::warn!(inbound_event.id = ids.first(), %error, "a text in pieces is not stored yet");
        return Ok(false);
    }
    inbound_part::finish(&mut *app.worker_db().await?, &ids, "joined").await?;
    Ok(true)
}
