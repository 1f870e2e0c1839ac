use bellwether_server::extensions::vendors::fakeservice::{SIGNATURE_HEADER, signature};
use serde_json::{Value, json};

use crate::harness::{TestApp, World};

async fn post(test: &TestApp, path: &str, body: &Value) -> u16 {
    let bytes = serde_json::to_vec(body).unwrap();
    let signed = signature(test.app.config.session_secret.expose(), &bytes);
    test.anonymous()
        .request(reqwest::Method::POST, path)
        .header(SIGNATURE_HEADER, signed)
        .header("content-type", "application/json")
        .body(bytes)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

async fn cell(test: &TestApp, contact: i64) -> String {
    format!(
        "+{}",
        test.number(&format!(
            "SELECT substr(cell, 2)::bigint FROM campaign_contact WHERE id = {contact}"
        ))
        .await
    )
}

fn text(id: &str, from: &str, text: &str) -> Value {
    json!({"id": id, "from": from, "to": "+15005550006", "text": text})
}

#[tokio::test]
async fn r06_a_reply_told_three_times_is_one_reply() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let before = test
        .number("SELECT count(*) FROM message WHERE is_from_contact")
        .await;
    let body = text("in-1", &cell(&test, world.contacts[0]).await, "Yes!");
    let path = format!("/fakeservice/{}", world.organization);
    let answers = futures_util::future::join_all((0..3).map(|_| post(&test, &path, &body))).await;
    assert_eq!(answers, [204, 204, 204]);
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE is_from_contact")
            .await,
        before + 1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM inbound_event WHERE event_key = 'in-1'")
            .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE message_status = 'needsResponse'")
            .await,
        1
    );
}

#[tokio::test]
async fn r05_stop_opts_out_before_the_webhook_is_answered() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let body = text("in-stop", &cell(&test, world.contacts[0]).await, " Stop. ");
    assert_eq!(
        post(&test, &format!("/fakeservice/{}", world.organization), &body).await,
        204
    );
    // Nothing else has run since.
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE is_opted_out AND message_status = 'closed'")
            .await,
        1
    );
    assert_eq!(
        texter.send_code(world.contacts[0], world.text("Why?")).await,
        "SENDERR_OPTEDOUT"
    );
}

#[tokio::test]
async fn what_matches_no_contact_is_kept() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let body = text("in-lost", "+13125550123", "Who are you?");
    assert_eq!(
        post(&test, &format!("/fakeservice/{}", world.organization), &body).await,
        204
    );
    test.deliver().await;
    let kept = "SELECT count(*) FROM message WHERE campaign_contact_id IS NULL AND text = 'Who are you?'";
    assert_eq!(test.number(kept).await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM inbound_event WHERE outcome = 'unmatched'")
            .await,
        1
    );
}

#[tokio::test]
async fn r07_a_reply_goes_to_the_conversation_that_texted_last() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let second = world.add_campaign(&test, "Second", 1).await;
    test.execute("UPDATE campaign_contact SET cell = '+12125550199'")
        .await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let contact = test
        .number(&format!(
            "SELECT id FROM campaign_contact WHERE campaign_id = {second}"
        ))
        .await;
    let assignment = test
        .number(&format!("SELECT id FROM assignment WHERE campaign_id = {second}"))
        .await;
    texter
        .send(
            contact,
            json!({"assignmentId": assignment.to_string(), "scriptVersion": 1}),
        )
        .await;
    test.deliver().await;
    assert_eq!(
        post(
            &test,
            &format!("/fakeservice/{}", world.organization),
            &text("in-2", "+12125550199", "Hi")
        )
        .await,
        204
    );
    test.deliver().await;
    let got =
        format!("SELECT count(*) FROM message WHERE is_from_contact AND campaign_contact_id = {contact}");
    assert_eq!(test.number(&got).await, 1);
}

#[tokio::test]
async fn r08_a_state_never_goes_back_whatever_the_order_of_reports() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    bellwether_server::delivery::dispatch::run_once(&test.app)
        .await
        .unwrap();
    let id = test.number("SELECT id FROM message").await;
    let path = format!("/fakeservice-message-report/{}", world.organization);
    for (status, code) in [
        ("delivered", None),
        ("sent", None),
        ("failed", Some(30003)),
        ("delivered", None),
    ] {
        let mut body = json!({"id": format!("fake-{id}"), "message_id": id, "status": status});
        if let Some(code) = code {
            body["error_code"] = json!(code);
        }
        assert_eq!(post(&test, &path, &body).await, 204, "{status}");
        test.deliver().await;
    }
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'DELIVERED' AND error_code IS NULL")
            .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE error_code IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn s49_forged_malformed_and_oversized_webhooks_are_refused_and_store_nothing() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let path = format!("/fakeservice/{}", world.organization);
    let forged = test
        .anonymous()
        .request(reqwest::Method::POST, &path)
        .header(SIGNATURE_HEADER, "00".repeat(32))
        .json(&text("forged", "+12125550199", "STOP"))
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403);
    let unsigned = test
        .anonymous()
        .request(reqwest::Method::POST, &path)
        .json(&text("x", "+12125550199", "STOP"))
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), 403);
    assert_eq!(post(&test, &path, &json!({"id": "no-from"})).await, 400);
    assert_eq!(post(&test, &path, &json!("text")).await, 400);
    assert!(
        [400, 413].contains(&post(&test, &path, &text("big", "+12125550199", &"x".repeat(70_000))).await)
    );
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
}

#[tokio::test]
async fn carrier_errors_mark_the_text_and_the_contact() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    texter
        .send(world.contacts[0], world.text("Try error30007 please"))
        .await;
    texter
        .send(world.contacts[1], world.text("Try refuse21211 please"))
        .await;
    test.deliver().await;
    for code in [30007, 21211] {
        let failed = format!(
            "SELECT count(*) FROM message m JOIN campaign_contact c ON c.id = m.campaign_contact_id
             WHERE m.send_status = 'ERROR' AND m.error_code = {code} AND c.error_code = {code}"
        );
        assert_eq!(test.number(&failed).await, 1, "{code}");
    }
}
