//! Vonage, by its documented wire format: <https://developer.vonage.com/en/api/sms>.

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bellwether_server::{
    delivery,
    extensions::vendors::vonage::signature::{Method, sign},
};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{again, cell, own, send_first, state, stub::Stub, values};
use crate::harness::{TestApp, World, world::OPENING};

const NUMBER: &str = "+12125550199";
const SECRET: &str = "signature-secret";

pub async fn app(base: &str) -> TestApp {
    let settings = values([
        ("VONAGE_API_BASE_URL", base),
        ("NEXMO_API_KEY", "key"),
        ("NEXMO_API_SECRET", "secret"),
        ("NEXMO_SIGNATURE_SECRET", SECRET),
    ]);
    super::app("nexmo", settings).await
}

/// Calls as Vonage does by GET, with `sig`.
pub async fn get(test: &TestApp, path: &str, fields: &[(&str, &str)], secret: &str) -> u16 {
    let mut fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    fields.push(("timestamp".to_owned(), test.app.now().timestamp().to_string()));
    fields.push(("nonce".to_owned(), "n".to_owned()));
    let sig = sign(&fields, secret, Method::Sha256);
    fields.push(("sig".to_owned(), sig));
    let url = reqwest::Url::parse_with_params("http://x/", &fields).unwrap();
    let path = format!("{path}?{}", url.query().unwrap());
    let request = test.anonymous().request(reqwest::Method::GET, &path);
    request.send().await.unwrap().status().as_u16()
}

/// Calls as Vonage does by POST of JSON, with a token.
async fn post(test: &TestApp, path: &str, body: &Value, secret: &str) -> u16 {
    let body = body.to_string();
    let hash: String = Sha256::digest(&body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(json!({"alg": "HS256", "typ": "JWT"})),
        part(
            json!({"iat": test.app.now().timestamp(), "jti": "1", "iss": "Vonage", "payload_hash": hash, "api_key": "key"})
        )
    );
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(mac.chain_update(&signed).finalize().into_bytes());
    let request = test
        .anonymous()
        .request(reqwest::Method::POST, path)
        .header("authorization", format!("Bearer {signed}.{signature}"))
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_text_goes_out_is_reported_on_and_is_answered() {
    let stub = Stub::new(|_| {
        HttpResponse::Ok().json(json!({"message-count": "1", "messages": [{
            "to": "12125550100", "message-id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "status": "0",
            "remaining-balance": "3.14159265", "message-price": "0.03330000", "network": "310004",
        }]}))
    });
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    own(&test, &world, "nexmo", NUMBER).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "SENT");
    let asked = stub.asked().pop().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/sms/json")
    );
    let id = test.number("SELECT max(id) FROM message").await.to_string();
    let cell = cell(&test, &world).await;
    let callback = format!(
        "{}/nexmo-message-report/{}",
        test.app.config.base_url, world.organization
    );
    assert_eq!(
        asked.fields(),
        [
            ("api_key", "key"),
            ("api_secret", "secret"),
            ("from", NUMBER.trim_start_matches('+')),
            ("to", cell.trim_start_matches('+')),
            ("text", OPENING),
            ("type", "text"),
            ("client-ref", &id),
            ("status-report-req", "1"),
            ("callback", &callback),
            // Nine hours until nine in the evening in New York, less what it takes to arrive.
            ("ttl", "32390000"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let report = [
        ("msisdn", cell.trim_start_matches('+')),
        ("to", "12125550199"),
        ("network-code", "310004"),
        ("messageId", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "2612021701"),
        ("err-code", "0"),
        ("client-ref", &id),
        ("message-timestamp", "2026-12-02 17:01:00"),
    ];
    let path = format!("/nexmo-message-report/{}", world.organization);
    assert_eq!(get(&test, &path, &report, SECRET).await, 204);
    let inbound = json!({
        "msisdn": cell.trim_start_matches('+'), "to": "12125550199", "messageId": "0A0000000123ABCD1",
        "text": "Hello from a phone", "type": "text", "keyword": "HELLO", "message-timestamp": "2026-12-02 17:02:00",
    });
    let path = format!("/nexmo/{}", world.organization);
    for _ in 0..2 {
        assert_eq!(post(&test, &path, &inbound, SECRET).await, 204);
    }
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'DELIVERED' AND cost_micros = 33300")
            .await,
        1
    );
    let stored = "SELECT count(*) FROM message WHERE is_from_contact AND text = 'Hello from a phone'
        AND campaign_contact_id IS NOT NULL AND user_number = '+12125550199'";
    assert_eq!(test.number(stored).await, 1);
}

#[tokio::test]
async fn s49_what_vonage_did_not_sign_stores_nothing() {
    let test = app("http://127.0.0.1:1").await;
    let world = World::new(&test, "one", 1).await;
    let fields = [
        ("msisdn", "12125550100"),
        ("to", "12125550199"),
        ("messageId", "m1"),
        ("text", "STOP"),
    ];
    let body = json!({"msisdn": "12125550100", "to": "12125550199", "messageId": "m1", "text": "STOP"});
    let path = format!("/nexmo/{}", world.organization);
    assert_eq!(get(&test, &path, &fields, "another").await, 403);
    assert_eq!(post(&test, &path, &body, "another").await, 403);
    let unsigned = format!("{path}?msisdn=12125550100&to=1&messageId=m1&text=STOP");
    let request = test.anonymous().request(reqwest::Method::GET, &unsigned);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 403);
    assert_eq!(get(&test, &path, &[("text", "no number")], SECRET).await, 400);
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    assert_eq!(get(&test, &path, &fields, SECRET).await, 204);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
    // What signs it is not kept.
    assert_eq!(
        test.number("SELECT count(*) FROM inbound_event WHERE payload::text LIKE '%sig%'")
            .await,
        0
    );
}

#[tokio::test]
async fn every_kind_of_answer_has_its_consequence() {
    let stub = Stub::new(|_| HttpResponse::Ok().body("{"));
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    own(&test, &world, "nexmo", NUMBER).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "UNKNOWN");
    for (status, expected) in [
        ("1", "QUEUED"),
        ("3", "ERROR"),
        ("4", "QUEUED"),
        ("5", "QUEUED"),
        ("9", "QUEUED"),
        ("15", "ERROR"),
    ] {
        stub.answers(move |_| {
            HttpResponse::Ok()
                .json(json!({"message-count": "1", "messages": [{"status": status, "error-text": "?"}]}))
        });
        again(&test).await;
        assert_eq!(state(&test).await, expected, "{status}");
    }
    // What needs more than the GSM alphabet says so.
    assert_eq!(stub.asked()[0].field("type").as_deref(), Some("text"));
    test.execute("UPDATE message SET text = 'Привет'").await;
    again(&test).await;
    assert_eq!(
        stub.asked().pop().unwrap().field("type").as_deref(),
        Some("unicode")
    );
}
