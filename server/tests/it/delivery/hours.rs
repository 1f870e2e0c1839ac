//! First messages whose turn comes outside texting hours (R20): held or dropped, as the campaign says.

use bellwether_server::app::Clock;
use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};

use super::carrier::{Carrier, hurry, in_state, queue_all, send_due};
use crate::harness::{TestApp, World};

const LATE: &str =
    "mutation ($id: String!, $late: LateTexts!) { setLateTexts(campaignId: $id, lateTexts: $late) {
    sending { lateTexts } } }";
const SENDING: &str = "query ($id: String!) { campaign(id: $id) { sending {
    lateTexts backlog { queued held heldUntil } totals { sent dropped } } } }";

async fn sending(test: &TestApp, world: &World) -> Value {
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let data = supervisor
        .data(SENDING, json!({"id": world.campaign.to_string()}))
        .await;
    data["campaign"]["sending"].clone()
}

#[tokio::test]
async fn r20_held_texts_go_when_hours_open_again() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 3).await;
    queue_all(&test, &world).await;
    // Eleven in the evening in New York.
    test.app.clock = Clock::fixed(Utc.with_ymd_and_hms(2026, 12, 3, 4, 0, 0).unwrap());
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "QUEUED").await), (0, 3));
    let shown = sending(&test, &world).await;
    assert_eq!(
        (
            &shown["lateTexts"],
            &shown["backlog"]["queued"],
            &shown["backlog"]["held"]
        ),
        (&json!("HOLD"), &json!(3), &json!(3))
    );
    // They open at nine, ten hours later.
    let wait = "SELECT round(extract(epoch FROM min(available_at) - now()) / 60) FROM message";
    assert!((597..=600).contains(&test.number(wait).await));
    test.app.clock = Clock::fixed(test.app.now() + TimeDelta::hours(10));
    hurry(&test).await;
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (3, 3));
    // The vendor is told when to give up: at nine in the evening, New York.
    let before = carrier.texts()[0].send_before.unwrap();
    assert_eq!(before, Utc.with_ymd_and_hms(2026, 12, 4, 2, 0, 0).unwrap());
}

#[tokio::test]
async fn r20_a_campaign_may_drop_what_is_late_and_says_how_many() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 3).await;
    queue_all(&test, &world).await;
    let admin = test.client(world.person("ADMIN")).await;
    let set = admin
        .data(LATE, json!({"id": world.campaign.to_string(), "late": "DROP"}))
        .await;
    assert_eq!(set["setLateTexts"]["sending"]["lateTexts"], "DROP");
    test.app.clock = Clock::fixed(Utc.with_ymd_and_hms(2026, 12, 3, 4, 0, 0).unwrap());
    send_due(&test).await;
    assert_eq!(
        (carrier.asked().len(), in_state(&test, "NOT_ATTEMPTED").await),
        (0, 3)
    );
    let shown = sending(&test, &world).await;
    assert_eq!(shown["totals"], json!({"sent": 0, "dropped": 3}));
    assert_eq!(shown["backlog"]["queued"], 0);
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE error_code = -102")
            .await,
        3
    );
}
