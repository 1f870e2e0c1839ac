//! Telnyx, by its documented wire format: <https://developers.telnyx.com/api-reference/messages/send-a-message>.

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::STANDARD};
use bellwether_server::delivery::{
    self,
    vendor::{LineType, OutgoingText, SendOutcome},
};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use super::{
    account, again, cell, send_first, state,
    stub::{Stub, hangs_up, nobody},
    values,
};
use crate::harness::{TestApp, World, world::OPENING};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

async fn app(base: &str) -> TestApp {
    let public = STANDARD.encode(key().verifying_key().as_bytes());
    let settings = values([
        ("TELNYX_API_BASE_URL", base),
        ("TELNYX_API_KEY", "KEY0123"),
        ("TELNYX_PUBLIC_KEY", &public),
        ("TELNYX_MESSAGING_PROFILE_ID", "profile-1"),
    ]);
    super::app("telnyx", settings).await
}

fn taken() -> Stub {
    Stub::new(|_| {
        HttpResponse::Ok().json(json!({"data": {
            "record_type": "message", "direction": "outbound", "id": "40385f64-5717-4562-b3fc-2c963f66afa6",
            "from": {"phone_number": "+18445550001", "carrier": "TELNYX LLC", "line_type": "VoIP"},
            "to": [{"phone_number": "+18665550001", "status": "queued"}], "parts": 1, "errors": [],
        }}))
    })
}

async fn call(test: &TestApp, path: &str, body: &str, at: i64, key: &SigningKey) -> u16 {
    let signed = STANDARD.encode(key.sign(format!("{at}|{body}").as_bytes()).to_bytes());
    let request = test
        .anonymous()
        .request(reqwest::Method::POST, path)
        .header("content-type", "application/json")
        .header("telnyx-timestamp", at.to_string())
        .header("telnyx-signature-ed25519", signed)
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

fn event(kind: &str, payload: Value) -> String {
    json!({
        "data": {"event_type": kind, "id": "b301ed3f", "occurred_at": "2026-12-02T17:00:00.000+00:00",
            "payload": payload, "record_type": "event"},
        "meta": {"attempt": 1, "delivered_to": "https://example.com"},
    })
    .to_string()
}

#[tokio::test]
async fn a_text_goes_out_is_reported_on_and_is_answered() {
    let stub = taken();
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "SENT");
    let asked = stub.asked().pop().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/v2/messages")
    );
    assert_eq!(asked.authorization, "Bearer KEY0123");
    let id = test.number("SELECT max(id) FROM message").await;
    let cell = cell(&test, &world).await;
    let path = format!("/telnyx/{}?mid={id}", world.organization);
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        json!({
            "to": cell, "text": OPENING, "messaging_profile_id": "profile-1", "use_profile_webhooks": false,
            "webhook_url": format!("{}{path}", test.app.config.base_url),
        })
    );
    let report = |status: &str, errors: Value| {
        json!({
            "id": "40385f64-5717-4562-b3fc-2c963f66afa6", "direction": "outbound", "parts": 2, "errors": errors,
            "from": {"phone_number": "+18445550001"}, "cost": {"amount": "0.0051", "currency": "USD"},
            "to": [{"phone_number": cell, "status": status, "carrier": "T-MOBILE USA, INC.", "line_type": "Wireless"}],
        })
    };
    let now = test.app.now().timestamp();
    let sent = event("message.sent", report("sent", json!([])));
    let finalized = event("message.finalized", report("delivered", json!([])));
    for body in [&sent, &finalized, &finalized] {
        assert_eq!(call(&test, &path, body, now, &key()).await, 204);
    }
    delivery::apply::run_once(&test.app).await.unwrap();
    let stored =
        "SELECT count(*) FROM message WHERE send_status = 'DELIVERED' AND cost_micros = 5100 AND segments = 2
        AND user_number = '+18445550001'";
    assert_eq!(test.number(stored).await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM cell_carrier WHERE carrier = 'T-MOBILE USA, INC.'")
            .await,
        1
    );
    let inbound = event(
        "message.received",
        json!({
            "id": "84cca175-9755-4859-b67f-4730d7f58aa3", "direction": "inbound", "text": "Hello there",
            "from": {"phone_number": cell, "carrier": "T-MOBILE USA, INC."}, "messaging_profile_id": "profile-1",
            "to": [{"phone_number": "+18445550001", "status": "webhook_delivered"}],
            "media": [{"url": "https://media.example/1.jpg", "content_type": "image/jpeg", "size": 3}],
        }),
    );
    let path = format!("/telnyx/{}", world.organization);
    let calls = (0..3).map(|_| async { call(&test, &path, &inbound, now, &key()).await });
    assert_eq!(futures_util::future::join_all(calls).await, [204; 3]);
    delivery::apply::run_once(&test.app).await.unwrap();
    let stored = "SELECT count(*) FROM message WHERE is_from_contact AND text = 'Hello there'
        AND campaign_contact_id IS NOT NULL AND media -> 0 ->> 'type' = 'image/jpeg'";
    assert_eq!(test.number(stored).await, 1);
}

#[tokio::test]
async fn s49_what_telnyx_did_not_sign_or_long_ago_stores_nothing() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    let body = event(
        "message.received",
        json!({"id": "1", "from": {"phone_number": "+12125550100"}, "text": "STOP"}),
    );
    let path = format!("/telnyx/{}", world.organization);
    let now = test.app.now().timestamp();
    let other = SigningKey::from_bytes(&[1; 32]);
    assert_eq!(call(&test, &path, &body, now, &other).await, 403);
    for at in [now - 301, now + 301, 0] {
        assert_eq!(call(&test, &path, &body, at, &key()).await, 403, "{at}");
    }
    assert_eq!(call(&test, &path, "[]", now, &key()).await, 400);
    assert_eq!(call(&test, &path, "{}", now, &key()).await, 400);
    // Events of no interest are answered and not kept.
    let other = event("message.drafted", json!({"id": "1"}));
    assert_eq!(call(&test, &path, &other, now, &key()).await, 204);
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    assert_eq!(call(&test, &path, &body, now, &key()).await, 204);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}

#[tokio::test]
async fn every_kind_of_answer_has_its_consequence() {
    let stub = taken();
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    for (status, code, expected) in [
        (400, "40310", "ERROR"),
        (429, "10011", "QUEUED"),
        (400, "40318", "QUEUED"),
        (401, "10009", "QUEUED"),
        (402, "20100", "QUEUED"),
        (500, "10007", "UNKNOWN"),
        (403, "40300", "ERROR"),
    ] {
        stub.answers(move |_| {
            HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap())
                .json(json!({"errors": [{"code": code, "title": "?", "detail": "?"}]}))
        });
        test.execute("UPDATE message SET service_id = NULL, sent_at = NULL")
            .await;
        again(&test).await;
        assert_eq!(state(&test).await, expected, "{status} {code}");
    }
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out WHERE source = 'vendor'")
            .await,
        1
    );
}

#[tokio::test]
async fn r03_whether_a_text_left_is_known_by_how_the_connection_failed() {
    let test = app("http://127.0.0.1:1").await;
    let telnyx = test.app.vendors.get("telnyx").unwrap();
    let text = OutgoingText {
        contact_number: "+12125550100".to_owned(),
        user_number: "+18445550001".to_owned(),
        media: vec!["https://a.example/1.png".to_owned()],
        ..OutgoingText::default()
    };
    let sent = async |base: &str| {
        let account = account([("TELNYX_API_BASE_URL", base), ("TELNYX_API_KEY", "K")]);
        telnyx.send(&account, &text).await
    };
    assert!(matches!(sent(&nobody().await).await, SendOutcome::Retry { .. }));
    assert_eq!(sent(&hangs_up().await).await, SendOutcome::Unknown);
    let stub = Stub::new(|_| HttpResponse::Ok().body("{"));
    assert_eq!(sent(&stub.address).await, SendOutcome::Unknown);
    let body: Value = serde_json::from_str(&stub.asked()[0].body).unwrap();
    assert_eq!(body["from"], "+18445550001");
    assert_eq!(body["media_urls"], json!(["https://a.example/1.png"]));
    let bare = account([("TELNYX_API_BASE_URL", stub.address.as_str())]);
    assert!(matches!(
        telnyx.send(&bare, &text).await,
        SendOutcome::AccountRefused { reason, .. } if reason.contains("TELNYX_API_KEY")
    ));
    stub.answers(|_| HttpResponse::Ok().json(json!({"data": {"carrier": {"type": "mobile"}}})));
    let asking = account([
        ("TELNYX_API_BASE_URL", stub.address.as_str()),
        ("TELNYX_API_KEY", "K"),
    ]);
    assert_eq!(
        telnyx.look_up(&asking, "+12125550100").await,
        Ok(LineType::Mobile)
    );
}
