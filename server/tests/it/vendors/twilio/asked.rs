//! What Twilio is asked: for lost texts, for texts that no webhook told, for numbers.

use actix_web::HttpResponse;
use bellwether_server::delivery::{
    self, settle, sweep,
    vendor::{AskError, LineType},
};
use serde_json::{Value, json};

use super::{
    super::{
        cell, send_first, state,
        stub::{Stub, hangs_up, pairs},
    },
    SERVICE, SID, TOKEN, account, app, call, inbound, settings, takes_all,
};
use crate::harness::{World, world::OPENING};

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
async fn r03_a_text_whose_words_twilio_changed_does_not_go_out_again() {
    let test = app(&hangs_up().await).await;
    let world = World::new(&test, "one", 1).await;
    send_first(&test, &world).await;
    assert_eq!(state(&test).await, "UNKNOWN");
    let cell = cell(&test, &world).await;
    let now = bellwether_server::app::Clock::default().now().to_rfc2822();
    // A link that Twilio shortened, say.
    let list = json!({"messages": [resource("SMo", "outbound-api", &cell, "Other words", &now)], "next_page_uri": null});
    let stub = Stub::new(move |_| HttpResponse::Ok().json(&list));
    let mut test = test;
    let mut config = (*test.app.config).clone();
    config.vendor_settings = settings(&stub.address);
    config.settle_after = std::time::Duration::ZERO;
    test.app.config = std::sync::Arc::new(config);
    test.app.accounts.forget(world.organization);
    for _ in 0..4 {
        test.execute("UPDATE message SET available_at = now()").await;
        settle::run_once(&test.app).await.unwrap();
        assert_eq!(state(&test).await, "UNKNOWN");
    }
    // Once a text of ours has it, nothing is in doubt any more.
    test.execute(
        "INSERT INTO message (organization_id, contact_number, is_from_contact, text, service, service_id, send_status)
         SELECT organization_id, contact_number, false, 'Other words', service, 'SMo', 'SENT' FROM message",
    )
    .await;
    for _ in 0..2 {
        test.execute("UPDATE message SET available_at = now() WHERE service_id IS DISTINCT FROM 'SMo'")
            .await;
        settle::run_once(&test.app).await.unwrap();
    }
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'QUEUED'")
            .await,
        1
    );
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
    let is_down = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let media_is_down = std::sync::Arc::clone(&is_down);
    stub.answers(move |asked| {
        if !asked.path.contains("/Media.json") {
            HttpResponse::Ok().json(&list)
        } else if media_is_down.load(std::sync::atomic::Ordering::SeqCst) {
            HttpResponse::ServiceUnavailable().finish()
        } else {
            HttpResponse::Ok().json(&media)
        }
    });
    let mut answered = sweep::Answered::default();
    // A picture that cannot be had holds up its own text alone, and is asked for again.
    assert_eq!(sweep::run_once(&test.app, &mut answered).await.unwrap(), 1);
    is_down.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(sweep::run_once(&test.app, &mut answered).await.unwrap(), 1);
    assert_eq!(sweep::run_once(&test.app, &mut answered).await.unwrap(), 0);
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
    // A day back until all was told, then since that time.
    let days: Vec<bool> = asked
        .iter()
        .filter(|asked| asked.method == "GET" && asked.path.contains("/Messages.json"))
        .map(|asked| asked.path.contains("DateSent%3E=2026-12-02"))
        .collect();
    assert_eq!(days, [false, false, true]);
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
