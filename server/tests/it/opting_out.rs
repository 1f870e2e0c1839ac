//! Opting out and coming back, from a contact's text to what may leave (R04, R05, R07, R17).

mod history;
mod inbound;
mod lists;
mod races;
mod rules;
mod sharing;
mod unmatched;

use bellwether_server::delivery::{
    receive::{self, Stored},
    vendor::{InboundEvent, MessageEvent},
};
use serde_json::json;

use crate::harness::TestApp;

/// The number that contacts text in these tests.
pub const NUMBER: &str = "+15005550006";

/// A text from a cell, as a webhook would store it; what became of it.
pub async fn say(
    test: &TestApp,
    organization: Option<i64>,
    id: &str,
    from: &str,
    to: &str,
    text: &str,
) -> Stored {
    let event = InboundEvent::Message(MessageEvent {
        service_id: id.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        text: text.to_owned(),
        ..MessageEvent::default()
    });
    let payload = json!({"id": id, "from": from, "to": to, "text": text});
    receive::store_event(
        &test.app.worker_pool,
        &test.app.events,
        "fakeservice",
        organization,
        &event,
        &payload,
    )
    .await
    .unwrap()
}

/// A contact's cell.
pub async fn cell(test: &TestApp, contact: i64) -> String {
    test.text(&format!(
        "SELECT cell AS hash FROM campaign_contact WHERE id = {contact}"
    ))
    .await
}

/// The number that a contact was texted from.
pub async fn number_of(test: &TestApp, contact: i64) -> String {
    test.text(&format!(
        "SELECT user_number AS hash FROM message WHERE campaign_contact_id = {contact} AND NOT is_from_contact
         ORDER BY id DESC LIMIT 1"
    ))
    .await
}

/// Fails unless marks on contacts say what opt-outs say, and kept counts what rows say (R26).
pub async fn assert_consistent(test: &TestApp) {
    let wrong =
        "SELECT count(*) FROM campaign_contact WHERE is_opted_out <> is_opted_out(organization_id, cell)";
    assert_eq!(
        test.number(wrong).await,
        0,
        "contacts are not marked as their cells are"
    );
    let waiting = "SELECT count(*) FROM message m JOIN campaign_contact c ON c.id = m.campaign_contact_id
        WHERE c.is_opted_out AND m.send_status IN ('QUEUED', 'SENDING') AND NOT m.is_opt_out_confirmation";
    assert_eq!(test.number(waiting).await, 0, "a text waits for who opted out");
    let drift = bellwether_db::contact_count::drift(&mut *test.conn().await)
        .await
        .unwrap();
    assert_eq!(drift, 0, "kept counts differ from a full count");
}
