//! Twilio, by its documented wire format: <https://www.twilio.com/docs/messaging/api/message-resource>.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::STANDARD};
use bellwether_server::{
    config::Secret,
    delivery::{
        self, settle, sweep,
        vendor::{Account, AskError, LineType, OutgoingText, SendOutcome},
    },
    extensions::vendors::twilio::signature,
    metrics,
};
use serde_json::{Value, json};

use super::{
    cell, send_first, state,
    stub::{Asked, Stub, hangs_up, nobody, pairs},
};
use crate::harness::{TestApp, World, world::OPENING};

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-of-thirty-two-characters";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn created(sid: &str, asked: &Asked) -> HttpResponse {
    HttpResponse::Created().json(json!({
        "sid": sid, "account_sid": SID, "status": "accepted", "from": null, "to": asked.field("To"),
        "body": asked.field("Body"), "num_segments": "0", "error_code": null, "error_message": null,
        "direction": "outbound-api", "messaging_service_sid": SERVICE, "price": null,
        "date_created": "Wed, 02 Dec 2026 17:00:00 +0000", "date_sent": null,
    }))
}

/// Takes every text under a name of its own.
fn takes_all() -> impl FnMut(&Asked) -> HttpResponse + Send + 'static {
    let mut count = 0;
    move |asked| {
        count += 1;
        created(&format!("SM{count:032}"), asked)
    }
}

fn settings(base: &str) -> BTreeMap<String, Secret> {
    [
        ("TWILIO_API_BASE_URL", base),
        ("TWILIO_LOOKUPS_BASE_URL", base),
        ("TWILIO_MESSAGING_BASE_URL", base),
        ("TWILIO_ACCOUNT_SID", SID),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_MESSAGE_SERVICE_SID", SERVICE),
    ]
    .map(|(name, value)| (name.to_owned(), Secret::new(value)))
    .into()
}

async fn app(base: &str) -> TestApp {
    super::app("twilio", settings(base)).await
}

/// Calls a webhook as Twilio does.
async fn call(test: &TestApp, path: &str, fields: &[(&str, &str)], token: &str) -> reqwest::Response {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let url = format!("{}{path}", test.app.config.base_url);
    let signed = signature::signature(token, &url, &fields);
    let body = reqwest::Url::parse_with_params("http://x/", &fields).unwrap();
    post(test, path, body.query().unwrap_or_default().to_owned(), &signed).await
}

async fn post(test: &TestApp, path: &str, body: String, signed: &str) -> reqwest::Response {
    test.anonymous()
        .request(reqwest::Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .header("x-twilio-signature", signed)
        .body(body)
        .send()
        .await
        .unwrap()
}

/// A text from a contact, as in Twilio's documentation.
fn inbound<'a>(sid: &'a str, from: &'a str, body: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("ToCountry", "US"),
        ("ToState", "NY"),
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("Body", body),
        ("To", "+15005550006"),
        ("MessagingServiceSid", SERVICE),
        ("NumSegments", "1"),
        ("MessageSid", sid),
        ("AccountSid", SID),
        ("From", from),
        ("ApiVersion", "2010-04-01"),
    ]
}

#[tokio::test]
async fn a_text_goes_out_is_reported_on_and_is_answered() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "SENT");
    let asked = stub.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        (
            "POST",
            format!("/2010-04-01/Accounts/{SID}/Messages.json").as_str()
        )
    );
    assert_eq!(
        asked[0].authorization,
        format!("Basic {}", STANDARD.encode(format!("{SID}:{TOKEN}")))
    );
    assert_eq!(asked[0].content_type, "application/x-www-form-urlencoded");
    let id = test.number("SELECT max(id) FROM message").await;
    let cell = cell(&test, &world).await;
    let callback = format!(
        "{}/twilio-message-report/{}?mid={id}",
        test.app.config.base_url, world.organization
    );
    // Nine hours until nine in the evening in New York, less what it takes to arrive.
    assert_eq!(
        asked[0].fields(),
        [
            ("To", cell.as_str()),
            ("MessagingServiceSid", SERVICE),
            ("Body", OPENING),
            ("StatusCallback", &callback),
            ("ValidityPeriod", "32390"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    // Reports: on its way, there; each with the number that Twilio chose.
    let sid = format!("SM{:032}", 1);
    let path = format!("/twilio-message-report/{}?mid={id}", world.organization);
    for status in ["queued", "sent", "delivered"] {
        let fields = [
            ("SmsSid", sid.as_str()),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", &cell),
            ("MessagingServiceSid", SERVICE),
            ("MessageSid", &sid),
            ("AccountSid", SID),
            ("From", "+15005550006"),
            ("ApiVersion", "2010-04-01"),
        ];
        let answer = call(&test, &path, &fields, TOKEN).await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/xml");
        // Whatever it says, Twilio would send as a text.
        assert!(answer.text().await.unwrap().ends_with("<Response/>"));
    }
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(state(&test).await, "DELIVERED");
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE user_number = '+15005550006'")
            .await,
        1
    );
    // The answer, with a picture.
    let mut answer = inbound("SMa", &cell, "Yes! 🎉");
    answer[3] = ("NumMedia", "1");
    answer.push(("MediaUrl0", "https://api.twilio.com/a.jpg"));
    answer.push(("MediaContentType0", "image/jpeg"));
    let path = format!("/twilio/{}", world.organization);
    assert_eq!(call(&test, &path, &answer, TOKEN).await.status().as_u16(), 200);
    delivery::apply::run_once(&test.app).await.unwrap();
    let stored = format!(
        "SELECT count(*) FROM message m JOIN campaign_contact c ON c.id = m.campaign_contact_id
             WHERE m.is_from_contact AND m.text = 'Yes! 🎉' AND c.id = {} AND c.message_status = 'needsResponse'
             AND m.media -> 0 ->> 'url' = 'https://api.twilio.com/a.jpg'",
        world.contacts[0]
    );
    assert_eq!(test.number(&stored).await, 1);
}

#[tokio::test]
async fn a_report_that_overtakes_the_answer_finds_its_text_by_our_id() {
    let test = app(&hangs_up().await).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "UNKNOWN");
    let id = test.number("SELECT max(id) FROM message").await;
    let path = format!("/twilio-message-report/{}?mid={id}", world.organization);
    let fields = [
        ("MessageStatus", "undelivered"),
        ("ErrorCode", "30005"),
        ("MessageSid", "SMx"),
        ("To", "+12125550100"),
        ("From", "+15005550006"),
    ];
    assert_eq!(call(&test, &path, &fields, TOKEN).await.status().as_u16(), 200);
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'ERROR' AND error_code = 30005 AND service_id = 'SMx'")
            .await,
        1
    );
}

#[tokio::test]
async fn s49_a_webhook_that_twilio_did_not_sign_stores_nothing() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    let cell = cell(&test, &world).await;
    let fields = inbound("SMa", &cell, "STOP");
    let path = format!("/twilio/{}", world.organization);
    let before = metrics::FORGED_WEBHOOKS.value();
    // Another token; none at all; another address; a field that was changed, added or taken away.
    assert_eq!(
        call(&test, &path, &fields, "another").await.status().as_u16(),
        403
    );
    let owned: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let url = format!("{}{path}", test.app.config.base_url);
    let signed = signature::signature(TOKEN, &url, &owned);
    let body = |fields: &[(String, String)]| {
        let url = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
        url.query().unwrap().to_owned()
    };
    let mut changed = owned.clone();
    changed[6].1 = "Hello".to_owned();
    let mut more = owned.clone();
    more.push(("Extra".to_owned(), "1".to_owned()));
    for (path, fields, signed) in [
        (path.as_str(), &owned, ""),
        ("/twilio", &owned, signed.as_str()),
        (&path, &changed, &signed),
        (&path, &more, &signed),
        (&path, &owned[1..].to_vec(), &signed),
    ] {
        let answer = post(&test, path, body(fields), signed).await;
        assert_eq!(answer.status().as_u16(), 403, "{path}");
    }
    assert!(metrics::FORGED_WEBHOOKS.value() >= before + 6);
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    // Signed, and senseless or endless.
    let before = (
        metrics::MALFORMED_WEBHOOKS.value(),
        metrics::OVERSIZED_WEBHOOKS.value(),
    );
    for fields in [
        vec![],
        vec![("MessageSid", "SMa")],
        vec![("MessageSid", "SMa"), ("From", "nobody")],
    ] {
        assert_eq!(call(&test, &path, &fields, TOKEN).await.status().as_u16(), 400);
    }
    let long = "x".repeat(100_000);
    let answer = call(&test, &path, &inbound("SMa", &cell, &long), TOKEN).await;
    assert_eq!(answer.status().as_u16(), 413);
    assert!(metrics::MALFORMED_WEBHOOKS.value() >= before.0 + 3);
    assert!(metrics::OVERSIZED_WEBHOOKS.value() > before.1);
    assert_eq!(test.number("SELECT count(*) FROM inbound_event").await, 0);
    // The true one, by the newer of two tokens as well.
    assert_eq!(call(&test, &path, &fields, TOKEN).await.status().as_u16(), 200);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}

#[tokio::test]
async fn s49_behind_a_proxy_the_address_that_twilio_was_told_counts() {
    let test = TestApp::with(|config| {
        config.default_service = "twilio".to_owned();
        config.vendor_settings = settings("http://127.0.0.1:1");
        let more = [
            ("TWILIO_AUTH_TOKEN_SECONDARY", "the-new-token"),
            ("TWILIO_MESSAGE_CALLBACK_URL", "https://hooks.example/in"),
        ];
        for (name, value) in more {
            config.vendor_settings.insert(name.to_owned(), Secret::new(value));
        }
    })
    .await;
    let world = World::new(&test, "one", 1).await;
    let fields = [
        ("MessageSid", "SMa"),
        ("From", "+12125550100"),
        ("To", "+15005550006"),
        ("Body", "Hi"),
    ];
    let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = reqwest::Url::parse_with_params("http://x/", &owned).unwrap();
    let body = body.query().unwrap();
    let path = format!("/twilio/{}", world.organization);
    let signed = signature::signature("the-new-token", "https://hooks.example/in", &owned);
    assert_eq!(
        post(&test, &path, body.to_owned(), &signed)
            .await
            .status()
            .as_u16(),
        200
    );
    let signed = signature::signature("the-new-token", "https://elsewhere.example/in", &owned);
    assert_eq!(
        post(&test, &path, body.to_owned(), &signed)
            .await
            .status()
            .as_u16(),
        403
    );
}

#[tokio::test]
async fn r06_a_webhook_told_three_times_at_once_is_one_text() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    let cell = cell(&test, &world).await;
    let fields = inbound("SMa", &cell, "Hello");
    let path = format!("/twilio/{}", world.organization);
    let calls = (0..3).map(|_| call(&test, &path, &fields, TOKEN));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.status().as_u16(), 200);
    }
    delivery::apply::run_once(&test.app).await.unwrap();
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE is_from_contact")
            .await,
        1
    );
}

#[tokio::test]
async fn what_twilio_blocks_by_its_own_rules_is_an_opt_out_here() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    let cell = cell(&test, &world).await;
    let mut fields = inbound("SMa", &cell, "Basta ya, por favor");
    fields.push(("OptOutType", "STOP"));
    let path = format!("/twilio/{}", world.organization);
    assert_eq!(call(&test, &path, &fields, TOKEN).await.status().as_u16(), 200);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
    // It has answered by itself.
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE automatic_answer IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn every_kind_of_answer_has_its_consequence() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    let error = |status: u16, code: i32| {
        move |_: &Asked| {
            HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap())
                .insert_header(("Retry-After", "30"))
                .json(json!({"code": code, "message": "?", "more_info": "?", "status": status}))
        }
    };
    let again = "UPDATE message SET send_status = 'QUEUED', available_at = now(), error_code = NULL, failures = 0; DELETE FROM pace";
    stub.answers(error(429, 20429));
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "QUEUED");
    assert_eq!(
        test.number("SELECT count(*) FROM pace WHERE code = 20429 AND refusals = 0")
            .await,
        1
    );
    for (status, code, expected) in [
        (400, 21211, "ERROR"),
        (400, 21614, "ERROR"),
        (400, 21408, "ERROR"),
        (401, 20003, "QUEUED"),
        (404, 20404, "QUEUED"),
        (500, 20500, "UNKNOWN"),
        (503, 20503, "QUEUED"),
    ] {
        test.execute(again).await;
        stub.answers(error(status, code));
        delivery::dispatch::run_once(&test.app).await.unwrap();
        assert_eq!(state(&test).await, expected, "{status} {code}");
    }
    test.execute(again).await;
    stub.answers(error(401, 20003));
    delivery::dispatch::run_once(&test.app).await.unwrap();
    let told = "SELECT count(*) FROM pace WHERE refusals = 1 AND reason LIKE '%credentials%'";
    assert_eq!(test.number(told).await, 1);
    // The contact told the carrier to stop.
    test.execute(again).await;
    stub.answers(error(400, 21610));
    delivery::dispatch::run_once(&test.app).await.unwrap();
    assert_eq!(state(&test).await, "ERROR");
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out WHERE source = 'vendor'")
            .await,
        1
    );
}

fn account(base: &str) -> Account {
    Account::new(Some(1), false, settings(base))
}

fn outgoing() -> OutgoingText {
    OutgoingText {
        message_id: 7,
        organization_id: 1,
        contact_number: "+12125550100".to_owned(),
        text: "Hi".to_owned(),
        ..OutgoingText::default()
    }
}

#[tokio::test]
async fn r03_whether_a_text_left_is_known_by_how_the_connection_failed() {
    let test = app("http://127.0.0.1:1").await;
    let twilio = test.app.vendors.get("twilio").unwrap();
    let sent = |base: String| async move { twilio.send(&account(&base), &outgoing()).await };
    assert!(matches!(sent(nobody().await).await, SendOutcome::Retry { .. }));
    assert!(matches!(
        sent("no address".to_owned()).await,
        SendOutcome::Retry { .. }
    ));
    assert_eq!(sent(hangs_up().await).await, SendOutcome::Unknown);
    let stub = Stub::new(|_| HttpResponse::Created().body("{\"sid\":"));
    assert_eq!(sent(stub.address.clone()).await, SendOutcome::Unknown);
    // A number of our own choice, a campaign's service; and nothing to send from.
    stub.answers(takes_all());
    let own = OutgoingText {
        user_number: "+15005550006".to_owned(),
        media: vec!["https://a.example/1.png".to_owned()],
        ..outgoing()
    };
    twilio.send(&account(&stub.address), &own).await;
    let asked = stub.asked().pop().unwrap();
    assert_eq!(asked.field("From").as_deref(), Some("+15005550006"));
    assert_eq!(asked.field("MessagingServiceSid"), None);
    assert_eq!(
        asked.field("MediaUrl").as_deref(),
        Some("https://a.example/1.png")
    );
    let mut bare = settings(&stub.address);
    bare.remove("TWILIO_MESSAGE_SERVICE_SID");
    let bare = Account::new(Some(1), false, bare);
    assert!(matches!(
        twilio.send(&bare, &outgoing()).await,
        SendOutcome::AccountRefused { reason, .. } if reason.contains("TWILIO_MESSAGE_SERVICE_SID")
    ));
}

fn resource(sid: &str, direction: &str, to: &str, body: &str, at: &str) -> Value {
    json!({
        "sid": sid, "direction": direction, "to": to, "from": "+15005550006", "body": body, "status": "delivered",
        "error_code": null, "num_media": "0", "date_created": at, "date_sent": at,
        "messaging_service_sid": SERVICE,
    })
}

#[tokio::test]
async fn r03_a_lost_text_is_found_in_twilios_list_page_by_page() {
    let test = app(&hangs_up().await).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "UNKNOWN");
    let cell = cell(&test, &world).await;
    let now = bellwether_server::app::Clock::default().now().to_rfc2822();
    let pages = [
        json!({"messages": [resource("SMo", "outbound-api", &cell, "Something else", &now)],
            "next_page_uri": format!("/2010-04-01/Accounts/{SID}/Messages.json?Page=1")}),
        json!({"messages": [
            resource("SMi", "inbound", &cell, OPENING, &now),
            resource("SMf", "outbound-api", &cell, OPENING, &now),
            resource("SMold", "outbound-api", &cell, OPENING, "Tue, 01 Dec 2020 10:00:00 +0000"),
        ], "next_page_uri": null}),
    ];
    let stub = Stub::new(move |asked| {
        HttpResponse::Ok().json(
            if asked.path.contains("Page=1") && !asked.path.contains("PageSize") {
                &pages[1]
            } else {
                &pages[0]
            },
        )
    });
    let mut test = test;
    let mut config = (*test.app.config).clone();
    config.vendor_settings = settings(&stub.address);
    test.app.config = std::sync::Arc::new(config);
    test.app.accounts.forget(world.organization);
    test.execute("UPDATE message SET available_at = now()").await;
    settle::run_once(&test.app).await.unwrap();
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE service_id = 'SMf' AND send_status = 'DELIVERED'")
            .await,
        1
    );
    let asked = stub.asked();
    let query = asked[0].path.split_once('?').unwrap().1;
    assert!(pairs(query).contains(&("To".to_owned(), cell)), "{query}");
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn r06_a_text_whose_webhook_failed_is_asked_for_and_stored_once() {
    let stub = Stub::new(takes_all());
    let test = app(&stub.address).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    let cell = cell(&test, &world).await;
    let at = test.app.now().to_rfc2822();
    let mut text = resource("SMin", "inbound", "+15005550006", "Did you get this?", &at);
    text["from"] = json!(cell);
    text["status"] = json!("received");
    let mut picture = text.clone();
    picture["sid"] = json!("SMpic");
    picture["num_media"] = json!("1");
    let old = resource(
        "SMold",
        "inbound",
        "+15005550006",
        "Old",
        "Tue, 01 Dec 2020 10:00:00 +0000",
    );
    let list = json!({"messages": [picture, text, old], "next_page_uri": null});
    let media = json!({"media_list": [{"sid": "ME1", "content_type": "image/png",
        "uri": format!("/2010-04-01/Accounts/{SID}/Messages/SMpic/Media/ME1.json")}]});
    stub.answers(move |asked| {
        HttpResponse::Ok().json(if asked.path.contains("/Media.json") {
            &media
        } else {
            &list
        })
    });
    assert_eq!(sweep::run_once(&test.app, 2).await.unwrap(), 2);
    assert_eq!(sweep::run_once(&test.app, 2).await.unwrap(), 0);
    // Its webhook comes after all.
    let path = format!("/twilio/{}", world.organization);
    let fields = inbound("SMin", &cell, "Did you get this?");
    assert_eq!(call(&test, &path, &fields, TOKEN).await.status().as_u16(), 200);
    delivery::apply::run_once(&test.app).await.unwrap();
    let texts = test
        .text("SELECT string_agg(text || coalesce(media -> 0 ->> 'type', ''), '|' ORDER BY id) AS hash FROM message WHERE is_from_contact")
        .await;
    assert_eq!(texts, "Did you get this?|Did you get this?image/png");
    let asked = stub.asked();
    let query = asked.iter().find(|asked| asked.method == "GET").unwrap();
    assert!(query.path.contains("DateSent%3E=2026-12-02"), "{}", query.path);
}

#[tokio::test]
async fn numbers_are_looked_up_bought_once_and_given_back() {
    let stub = Stub::new(|asked| {
        HttpResponse::Ok().json(if asked.path.contains("+12125550100") {
            json!({"valid": true, "line_type_intelligence": {"type": "mobile"}})
        } else if asked.path.contains("+12125550101") {
            json!({"valid": true, "line_type_intelligence": {"type": "landline"}})
        } else {
            json!({"valid": false, "line_type_intelligence": null})
        })
    });
    let test = app(&stub.address).await;
    let twilio = test.app.vendors.get("twilio").unwrap();
    let account = account(&stub.address);
    for (cell, line) in [
        ("+12125550100", LineType::Mobile),
        ("+12125550101", LineType::Landline),
        ("+1212", LineType::Invalid),
    ] {
        assert_eq!(twilio.look_up(&account, cell).await, Ok(line));
    }
    let bought: std::sync::Arc<std::sync::Mutex<Vec<Value>>> = std::sync::Arc::default();
    let store = std::sync::Arc::clone(&bought);
    stub.answers(move |asked| {
        let mut store = store.lock().unwrap();
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", path) if path.contains("/IncomingPhoneNumbers.json") => {
                HttpResponse::Ok().json(json!({"incoming_phone_numbers": *store, "next_page_uri": null}))
            }
            ("GET", path) if path.contains("/AvailablePhoneNumbers/US/Local.json") => {
                let offered: Vec<Value> = (0..30)
                    .map(|n| json!({"phone_number": format!("+121255501{n:02}")}))
                    .collect();
                HttpResponse::Ok().json(json!({"available_phone_numbers": offered}))
            }
            ("POST", path) if path.contains("/IncomingPhoneNumbers.json") => {
                let made = json!({
                    "sid": format!("PN{}", store.len()), "phone_number": asked.field("PhoneNumber"),
                    "friendly_name": asked.field("FriendlyName"),
                });
                store.push(made.clone());
                HttpResponse::Created().json(made)
            }
            ("POST", path) if path.contains("/v1/Services/") => {
                HttpResponse::Conflict().json(json!({"code": 21710, "message": "already"}))
            }
            ("DELETE", _) => HttpResponse::NoContent().finish(),
            _ => HttpResponse::NotFound().finish(),
        }
    });
    let order = twilio.buy_numbers(&account, "212", 3, 9).await.unwrap();
    assert_eq!(order.len(), 3);
    // The same order again buys nothing more.
    assert_eq!(twilio.buy_numbers(&account, "212", 3, 9).await.unwrap(), order);
    assert_eq!(bought.lock().unwrap().len(), 3);
    assert_eq!(bought.lock().unwrap()[0]["friendly_name"], "Bellwether order 9");
    assert_eq!(twilio.list_numbers(&account).await.unwrap(), order);
    assert_eq!(twilio.release_number(&account, "PN0").await, Ok(()));
    stub.answers(|_| HttpResponse::NotFound().finish());
    assert_eq!(twilio.release_number(&account, "PN0").await, Ok(()));
    assert!(matches!(
        twilio.list_numbers(&account).await,
        Err(AskError::Failed(_))
    ));
}
