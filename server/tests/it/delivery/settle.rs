//! Answers that were lost (R03): a text goes out again only when the vendor certainly does not have it.

use bellwether_server::delivery::{
    settle,
    vendor::{AskError, FoundText, ReceiptEvent, ReceiptStatus, SendOutcome},
};
use serde_json::json;

use super::carrier::{Carrier, accepted, fill, hurry, in_state, report, send_due};
use crate::harness::{TestApp, World};

/// A text whose answer was lost, and its id.
async fn lost(test: &mut TestApp) -> (std::sync::Arc<Carrier>, World, i64) {
    let carrier = Carrier::of(test);
    let world = World::new(test, "one", 0).await;
    fill(test, world.organization, world.campaign, 202, 1).await;
    carrier.answers(|_, _| SendOutcome::Unknown);
    send_due(test).await;
    hurry(test).await;
    send_due(test).await;
    assert_eq!((carrier.asked().len(), in_state(test, "UNKNOWN").await), (1, 1));
    carrier.answers(|text, _| accepted(text));
    let id = carrier.asked()[0];
    (carrier, world, id)
}

async fn ask(test: &TestApp) {
    hurry(test).await;
    settle::run_once(&test.app).await.unwrap();
}

fn found(message_id: Option<i64>, status: ReceiptStatus) -> FoundText {
    FoundText {
        service_id: "SM1".to_owned(),
        message_id,
        has_words: true,
        user_number: "+12025550199".to_owned(),
        status,
        error_code: None,
    }
}

#[tokio::test]
async fn r03_what_the_vendor_has_is_sent_and_goes_out_once() {
    let mut test = TestApp::new().await;
    let (carrier, _, _) = lost(&mut test).await;
    carrier.has(Ok(vec![found(None, ReceiptStatus::Delivered)]));
    ask(&test).await;
    send_due(&test).await;
    assert_eq!(
        (carrier.asked().len(), in_state(&test, "DELIVERED").await),
        (1, 1)
    );
    let known = "SELECT count(*) FROM message WHERE service_id = 'SM1' AND user_number = '+12025550199' AND sent_at IS NOT NULL";
    assert_eq!(test.number(known).await, 1);
}

#[tokio::test]
async fn r03_what_the_vendor_has_not_goes_out_again_after_it_said_so_twice() {
    let mut test = TestApp::new().await;
    let (carrier, _, id) = lost(&mut test).await;
    carrier.has(Ok(Vec::new()));
    // Too soon: it may still be on its way.
    ask(&test).await;
    assert_eq!(in_state(&test, "UNKNOWN").await, 1);
    let later = "UPDATE message SET service_response_at = now() - interval '10 minutes', asked_at = now() - interval '11 minutes', settle_attempts = 0";
    test.execute(later).await;
    ask(&test).await;
    assert_eq!(in_state(&test, "UNKNOWN").await, 1);
    ask(&test).await;
    assert_eq!(in_state(&test, "QUEUED").await, 1);
    send_due(&test).await;
    assert_eq!(
        (carrier.asked(), in_state(&test, "SENT").await),
        (vec![id, id], 1)
    );
}

#[tokio::test]
async fn r03_two_texts_that_are_alike_do_not_share_an_answer() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 2).await;
    carrier.answers(|_, _| SendOutcome::Unknown);
    send_due(&test).await;
    carrier.has(Ok(vec![found(None, ReceiptStatus::Sent)]));
    ask(&test).await;
    assert_eq!(
        (in_state(&test, "SENT").await, in_state(&test, "UNKNOWN").await),
        (1, 1)
    );
}

#[tokio::test]
async fn r03_a_report_with_our_id_settles_it_without_asking() {
    let mut test = TestApp::new().await;
    let (carrier, _, id) = lost(&mut test).await;
    carrier.has(Err(AskError::Failed("away".to_owned())));
    ask(&test).await;
    assert_eq!(in_state(&test, "UNKNOWN").await, 1);
    report(
        &test,
        ReceiptEvent::new("SM9", Some(id), ReceiptStatus::Delivered),
    )
    .await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'DELIVERED' AND service_id = 'SM9'")
            .await,
        1
    );
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), 1);
}

#[tokio::test]
async fn r03_where_nobody_can_be_asked_a_person_decides() {
    let mut test = TestApp::new().await;
    let (carrier, world, id) = lost(&mut test).await;
    ask(&test).await;
    ask(&test).await;
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "UNKNOWN").await), (1, 1));
    let admin = test.client(world.person("ADMIN")).await;
    let organization = world.organization.to_string();
    let listed = admin
        .data(
            "query ($id: ID!) { deadLettersConnection(organizationId: $id) { edges { node { id status reason advice } } } }",
            json!({"id": organization}),
        )
        .await;
    let node = &listed["deadLettersConnection"]["edges"][0]["node"];
    assert_eq!(
        (&node["id"], &node["status"]),
        (&json!(id.to_string()), &json!("UNKNOWN"))
    );
    assert!(
        node["advice"].as_str().unwrap().contains("Retry it only"),
        "{node}"
    );
    let retried = admin
        .data(
            "mutation ($id: String!, $texts: [String!]!) { retryTexts(organizationId: $id, messageIds: $texts) }",
            json!({"id": organization, "texts": [id.to_string()]}),
        )
        .await;
    assert_eq!(retried["retryTexts"], 1);
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (2, 1));
}
