//! Bandwidth, by its documented wire format: <https://dev.bandwidth.com/docs/messaging/createMessage>.

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::STANDARD};
use bellwether_server::delivery;
use serde_json::{Value, json};

use super::{again, cell, own, send_first, state, stub::Stub, values};
use crate::harness::{TestApp, World, world::OPENING};

const NUMBER: &str = "+12125550199";

async fn app(base: &str) -> TestApp {
    let settings = values([
        ("BANDWIDTH_API_BASE_URL", base),
        ("BANDWIDTH_ACCOUNT_ID", "9900000"),
        ("BANDWIDTH_USERNAME", "user"),
        ("BANDWIDTH_PASSWORD", "secret"),
        ("BANDWIDTH_APPLICATION_ID", "93de2206-9669-4e07-948d-329f4b722ee2"),
        ("BANDWIDTH_CALLBACK_PASSWORD", "hook"),
    ]);
    super::app("bandwidth", settings).await
}

async fn call(test: &TestApp, path: &str, body: &Value, credentials: &str) -> u16 {
    let request = test
        .anonymous()
        .request(reqwest::Method::POST, path)
        .header("authorization", format!("Basic {}", STANDARD.encode(credentials)))
        .json(body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_text_goes_out_is_reported_on_and_is_answered() {
    let stub = Stub::new(|_| {
        HttpResponse::Accepted().json(json!({
            "id": "14762070468292kw2fuqty55yp2b2", "time": "2026-12-02T17:00:00Z", "owner": NUMBER, "direction": "out",
            "to": ["+12125550100"], "from": NUMBER, "text": "Hi", "segmentCount": 1, "tag": "1",
        }))
    });
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    // Without a number of the organization's own there is none to send from.
    send_first(&test, &world).await;
    assert_eq!((state(&test).await.as_str(), stub.asked().len()), ("QUEUED", 0));
    own(&test, &world, "bandwidth", NUMBER).await;
    again(&test).await;
    assert_eq!(state(&test).await, "SENT");
    let asked = stub.asked().pop().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/api/v2/users/9900000/messages")
    );
    assert_eq!(
        asked.authorization,
        format!("Basic {}", STANDARD.encode("user:secret"))
    );
    let id = test.number("SELECT max(id) FROM message").await;
    let cell = cell(&test, &world).await;
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        json!({
            "applicationId": "93de2206-9669-4e07-948d-329f4b722ee2", "to": [cell], "from": NUMBER, "text": OPENING,
            // Nine in the evening in New York, less what it takes to arrive.
            "tag": id.to_string(), "expiration": "2026-12-03T01:59:50Z",
        })
    );
    let message = json!({
        "id": "14762070468292kw2fuqty55yp2b2", "owner": NUMBER, "direction": "out", "to": [cell], "from": NUMBER,
        "text": "", "tag": id.to_string(), "segmentCount": 2, "applicationId": "93de2206",
    });
    let report = json!([{
        "type": "message-delivered", "time": "2026-12-02T17:00:05Z", "description": "ok", "to": cell,
        "carrierName": "Verizon", "message": message,
    }]);
    let path = format!("/bandwidth/{}", world.organization);
    assert_eq!(call(&test, &path, &report, "bandwidth.com:hook").await, 204);
    // Two at once; and the contact's own text.
    let inbound = json!([
        {"type": "message-sending", "time": "2026-12-02T17:00:01Z", "description": "", "to": cell, "message": message},
        {"type": "message-received", "time": "2026-12-02T17:01:00Z", "description": "Incoming message received",
            "to": NUMBER, "message": {"id": "in1", "owner": NUMBER, "direction": "in", "to": [NUMBER], "from": cell,
                "text": "Hello", "media": ["https://m.example/0.smil", "https://m.example/1.png"]}},
    ]);
    for _ in 0..2 {
        assert_eq!(call(&test, &path, &inbound, "bandwidth.com:hook").await, 204);
    }
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(state(&test).await, "DELIVERED");
    assert_eq!(
        test.number("SELECT count(*) FROM cell_carrier WHERE carrier = 'Verizon'")
            .await,
        1
    );
    let stored = "SELECT count(*) FROM message WHERE is_from_contact AND text = 'Hello' AND campaign_contact_id IS NOT NULL
        AND media = '[{\"type\": \"\", \"url\": \"https://m.example/1.png\"}]'";
    assert_eq!(test.number(stored).await, 1);
    // A failure that says that the contact told the carrier to stop.
    let failed = json!([{"type": "message-failed", "errorCode": 4775, "description": "?", "to": cell,
        "message": {"id": "other", "tag": "0", "from": NUMBER, "to": [cell]}}]);
    assert_eq!(call(&test, &path, &failed, "bandwidth.com:hook").await, 204);
}

#[tokio::test]
async fn s49_what_does_not_sign_in_stores_nothing() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    let body = json!([{"type": "message-received", "to": NUMBER,
        "message": {"id": "in1", "from": "+12125550100", "text": "STOP"}}]);
    let path = format!("/bandwidth/{}", world.organization);
    for wrong in ["", "bandwidth.com:", "bandwidth.com:hooks", "user:secret"] {
        assert_eq!(call(&test, &path, &body, wrong).await, 403, "{wrong}");
    }
    let good = "bandwidth.com:hook";
    for senseless in [
        json!({}),
        json!([{}]),
        json!([{"type": "message-received", "message": {"id": "x", "from": "?"}}]),
    ] {
        assert_eq!(call(&test, &path, &senseless, good).await, 400, "{senseless}");
    }
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    assert_eq!(call(&test, &path, &body, good).await, 204);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}

#[tokio::test]
async fn every_kind_of_answer_has_its_consequence() {
    let stub = Stub::new(|_| HttpResponse::Accepted().body("{"));
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    own(&test, &world, "bandwidth", NUMBER).await;
    send_first(&test, &world).await;
    // Taken, and by which name cannot be read.
    assert_eq!(state(&test).await, "UNKNOWN");
    for (status, expected) in [
        (400, "ERROR"),
        (401, "QUEUED"),
        (403, "QUEUED"),
        (429, "QUEUED"),
        (500, "QUEUED"),
    ] {
        stub.answers(move |_| {
            HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap())
                .json(json!({"type": "?", "description": "?"}))
        });
        again(&test).await;
        assert_eq!(state(&test).await, expected, "{status}");
    }
}
