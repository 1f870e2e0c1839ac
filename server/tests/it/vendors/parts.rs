//! Texts from contacts that a vendor tells in pieces.

use bellwether_server::delivery;

use super::vonage::{app, get};
use crate::harness::{TestApp, World};

const SECRET: &str = "signature-secret";

async fn tell(
    test: &TestApp,
    world: &World,
    from: &str,
    reference: &str,
    (index, total): (u8, u8),
    text: &str,
) {
    let (part, total) = (index.to_string(), total.to_string());
    let id = format!("{reference}-{index}");
    let fields = [
        ("msisdn", from),
        ("to", "12125550199"),
        ("messageId", id.as_str()),
        ("text", text),
        ("type", "text"),
        ("concat", "true"),
        ("concat-ref", reference),
        ("concat-total", &total),
        ("concat-part", &part),
    ];
    let path = format!("/nexmo/{}", world.organization);
    assert_eq!(get(test, &path, &fields, SECRET).await, 204);
}

async fn texts(test: &TestApp) -> String {
    delivery::apply::run_once(&test.app).await.unwrap();
    test.text(
        "SELECT coalesce(string_agg(text, '|' ORDER BY id), '') AS hash FROM message WHERE is_from_contact",
    )
    .await
}

#[tokio::test]
async fn pieces_are_one_text_in_whatever_order_and_however_often_they_come() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    for (index, text) in [(3, "three"), (1, "one "), (3, "three")] {
        tell(&test, &world, "12125550100", "r1", (index, 3), text).await;
        // Another contact's with the same reference.
        tell(&test, &world, "12125550101", "r1x", (1, 2), "other").await;
    }
    assert_eq!(texts(&test).await, "");
    tell(&test, &world, "12125550100", "r1", (2, 3), "two ").await;
    assert_eq!(texts(&test).await, "one two three");
    // Told again after all is done.
    tell(&test, &world, "12125550100", "r1", (2, 3), "two ").await;
    assert_eq!(texts(&test).await, "one two three");
    assert_eq!(
        test.number("SELECT count(*) FROM inbound_event WHERE kind = 'part' AND outcome = 'joined'")
            .await,
        3
    );
}

#[tokio::test]
async fn a_missing_piece_does_not_hold_the_others_for_ever() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    tell(&test, &world, "12125550100", "r2", (2, 3), "two").await;
    assert_eq!(texts(&test).await, "");
    test.execute("UPDATE inbound_event SET received_at = now() - interval '61 seconds'")
        .await;
    assert_eq!(texts(&test).await, "two");
    // It comes after all: late, and not lost.
    tell(&test, &world, "12125550100", "r2", (1, 3), "one").await;
    test.execute("UPDATE inbound_event SET received_at = now() - interval '61 seconds'")
        .await;
    assert_eq!(texts(&test).await, "two|one");
}

#[tokio::test]
async fn a_request_to_stop_counts_when_it_is_whole() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    // By itself the second piece is a request; the whole is not.
    tell(&test, &world, "12125550100", "r3", (2, 2), "stop").await;
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    tell(&test, &world, "12125550100", "r3", (1, 2), "I will not ").await;
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    tell(&test, &world, "12125550101", "r4", (1, 2), "ST").await;
    tell(&test, &world, "12125550101", "r4", (2, 2), "OP").await;
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}
