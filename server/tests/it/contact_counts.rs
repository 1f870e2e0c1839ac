use serde_json::json;

use crate::harness::{TestApp, World};

/// A small generator of its own, so that a failing storm can be run again by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[tokio::test]
async fn r26_kept_counts_equal_a_full_count_after_a_storm() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 60).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET time_zone = CASE id % 3 WHEN 0 THEN '' WHEN 1 THEN 'America/Denver' ELSE time_zone END,
         state = CASE id % 4 WHEN 0 THEN '' WHEN 1 THEN 'FL' ELSE state END")
        .await;
    let mut dice = Dice(20_261_125);
    for round in 0..12 {
        let mut actions: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
        for _ in 0..30 {
            let contact = world.contacts[dice.roll(60) as usize];
            let client = texter.clone();
            let (initial, reply) = (
                world.initial(),
                world.text(
                    ["How are you?", "error30007", "replystop", "refuse21211", "Thanks"]
                        [dice.roll(5) as usize],
                ),
            );
            let assignment = world.assignment;
            match dice.roll(8) {
                0..=2 => actions.push(Box::pin(async move { drop(client.send(contact, initial).await) })),
                3 | 4 => actions.push(Box::pin(async move { drop(client.send(contact, reply).await) })),
                5 => actions.push(Box::pin(async move {
                    let status = json!({"id": contact.to_string()});
                    client.graphql("mutation ($id: String!) { editCampaignContactMessageStatus(campaignContactId: $id, messageStatus: \"closed\") { id } }", status).await;
                })),
                6 if round > 6 => actions.push(Box::pin(async move {
                    let input = json!({"id": contact.to_string(), "o": {"assignmentId": assignment.to_string(), "cell": "+12125550000"}});
                    client.graphql("mutation ($id: String!, $o: OptOutInput!) { createOptOut(campaignContactId: $id, optOut: $o, noReply: true) { id } }", input).await;
                })),
                _ => {
                    let sql = match dice.roll(3) {
                        0 => format!("UPDATE campaign_contact SET assignment_id = NULL WHERE id = {contact}"),
                        1 => format!("UPDATE campaign_contact SET assignment_id = {assignment} WHERE assignment_id IS NULL"),
                        _ => "UPDATE campaign_contact SET custom_fields = '{\"a\": 1}' WHERE id % 7 = 0".to_owned(),
                    };
                    test.execute(&sql).await;
                }
            }
        }
        futures_util::future::join_all(actions).await;
        test.deliver().await;
        let drift = bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap();
        assert_eq!(drift, 0, "round {round}");
    }
    // The storm did something in every corner.
    for condition in [
        "message_status = 'closed'",
        "is_opted_out",
        "error_code IS NOT NULL",
        "received_count > 0",
        "sent_count > 1",
    ] {
        let n = test
            .number(&format!(
                "SELECT count(*) FROM campaign_contact WHERE {condition}"
            ))
            .await;
        assert!(n > 0, "{condition}");
    }
    test.execute("DELETE FROM campaign_contact WHERE id % 2 = 0")
        .await;
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}
