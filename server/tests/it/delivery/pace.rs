//! How fast (R14 to R16): limits that people set and that vendors teach.

use std::time::Duration;

use bellwether_server::delivery::vendor::{PaceScope, ReceiptEvent, ReceiptStatus, SendOutcome};
use serde_json::{Value, json};

use super::carrier::{Carrier, accepted, fill, hurry, in_state, report, send_due};
use crate::harness::{TestApp, World};

const LIMIT: &str = "mutation ($id: String!, $limit: SendingLimitInput!) {
    setSendingLimit(organizationId: $id, limit: $limit) { scope perSecond perDay dayZone } }";
const LIMITS: &str = "query ($id: String!) { organization(id: $id) { sendingLimits {
    scope key perSecond perDay dayZone sentToday rate blockedUntil errorCode reason isRefused } } }";

async fn limits(test: &TestApp, world: &World) -> Value {
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let data = supervisor
        .data(LIMITS, json!({"id": world.organization.to_string()}))
        .await;
    data["organization"]["sendingLimits"].clone()
}

async fn set_limit(test: &TestApp, world: &World, limit: Value) -> Value {
    let owner = test.client(world.owner()).await;
    let variables = json!({"id": world.organization.to_string(), "limit": limit});
    owner.graphql(LIMIT, variables).await
}

#[tokio::test]
async fn r14_no_more_go_in_a_second_than_an_owner_allows() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 50).await;
    set_limit(&test, &world, json!({"scope": "ACCOUNT", "perSecond": 5.0})).await;
    // However long nothing went, no more than a second's worth is saved up. The next five are a second away, and far
    // less passes here.
    test.execute("UPDATE pace SET tokens = 0, refilled_at = now() - interval '1 hour'")
        .await;
    send_due(&test).await;
    let sent = carrier.asked().len();
    assert!((5..=9).contains(&sent), "{sent}");
    set_limit(&test, &world, json!({"scope": "ACCOUNT"})).await;
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), 50);
}

#[tokio::test]
async fn r14_no_more_go_in_a_day_than_an_owner_allows() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 10).await;
    let limit = json!({"scope": "ACCOUNT", "perDay": 3, "dayZone": "America/Chicago"});
    let answer = set_limit(&test, &world, limit).await;
    assert_eq!(
        answer["data"]["setSendingLimit"],
        json!([{"scope": "ACCOUNT", "perSecond": null, "perDay": 3, "dayZone": "America/Chicago"}])
    );
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), 3);
    assert_eq!(limits(&test, &world).await[0]["sentToday"], 3);
    test.execute("UPDATE pace SET day = day - 1").await;
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), 6);
}

#[tokio::test]
async fn limits_that_make_no_sense_are_refused_by_name() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    for (limit, word) in [
        (json!({"scope": "ACCOUNT", "perSecond": 0.0}), "perSecond"),
        (json!({"scope": "ACCOUNT", "perSecond": 1e9}), "perSecond"),
        (json!({"scope": "ACCOUNT", "perDay": -1}), "perDay"),
        (
            json!({"scope": "ACCOUNT", "perDay": 1, "dayZone": "Mars/Base"}),
            "dayZone",
        ),
        (
            json!({"scope": "CARRIER", "key": "T-Mobile", "perDay": 1}),
            "scope",
        ),
        (json!({"scope": "ACCOUNT", "key": "MG1", "perDay": 1}), "key"),
    ] {
        let answer = set_limit(&test, &world, limit).await;
        let message = answer["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(limits(&test, &world).await, json!([]));
}

#[tokio::test]
async fn r15_who_is_asked_for_patience_waits_as_long_as_asked_and_goes_slower() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    fill(&test, world.organization, world.campaign, 202, 1).await;
    carrier.answers(|_, _| SendOutcome::Retry {
        code: 20429,
        after: Some(Duration::from_secs(60)),
        scope: Some(PaceScope::Account),
    });
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "QUEUED").await), (1, 1));
    let limit = limits(&test, &world).await[0].clone();
    assert_eq!(
        (&limit["scope"], &limit["errorCode"]),
        (&json!("ACCOUNT"), &json!(20429))
    );
    assert!(limit["rate"].as_f64().is_some(), "{limit}");
    let wait = "SELECT extract(epoch FROM min(blocked_until) - now()) FROM pace";
    assert!((50..=60).contains(&test.number(wait).await));
    // Nobody else of the organization goes either; other organizations do.
    carrier.answers(|text, _| accepted(text));
    fill(&test, world.organization, world.campaign, 203, 5).await;
    fill(&test, other.organization, other.campaign, 204, 5).await;
    hurry(&test).await;
    send_due(&test).await;
    let organizations: Vec<i64> = carrier.texts().iter().map(|text| text.organization_id).collect();
    assert_eq!(organizations[1..], [other.organization; 5]);
    // It is not lost, and it is no failure.
    test.execute("UPDATE pace SET blocked_until = now(), learned_per_second = 1000, refilled_at = now() - interval '1 hour'")
        .await;
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (12, 11));
    assert_eq!(test.number("SELECT max(failures) FROM message").await, 0);
}

#[tokio::test]
async fn r16_a_refused_account_stops_all_and_one_text_tries_again() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let organization = world.organization;
    carrier.answers(move |text, _| {
        if text.organization_id == organization {
            return SendOutcome::AccountRefused {
                code: 20003,
                reason: "TWILIO_AUTH_TOKEN is not accepted".to_owned(),
            };
        }
        accepted(text)
    });
    fill(&test, world.organization, world.campaign, 202, 20).await;
    fill(&test, other.organization, other.campaign, 203, 20).await;
    send_due(&test).await;
    // Every text waits, and none failed for it.
    assert_eq!(in_state(&test, "QUEUED").await, 20);
    assert_eq!(in_state(&test, "SENT").await, 20);
    assert_eq!(in_state(&test, "ERROR").await, 0);
    let limit = limits(&test, &world).await[0].clone();
    assert_eq!(
        (&limit["isRefused"], &limit["errorCode"]),
        (&json!(true), &json!(20003))
    );
    assert_eq!(limit["reason"], "TWILIO_AUTH_TOKEN is not accepted");
    let before = carrier.asked().len();
    hurry(&test).await;
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), before);
    // After the wait one text tries, and is refused again; then the token is right, one tries, and the others follow.
    test.execute("UPDATE pace SET blocked_until = now()").await;
    hurry(&test).await;
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), before + 1);
    carrier.answers(|text, _| accepted(text));
    let owner = test.client(world.owner()).await;
    owner
        .data(
            "mutation ($id: String!) { resumeSending(organizationId: $id) { scope } }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    hurry(&test).await;
    send_due(&test).await;
    assert_eq!(in_state(&test, "SENT").await, 40);
    assert_eq!(limits(&test, &world).await[0]["isRefused"], false);
}

#[tokio::test]
async fn r16_the_first_text_that_is_taken_ends_a_refusal() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 8).await;
    test.execute(&format!(
        "INSERT INTO pace (organization_id, scope, refusals, reason, blocked_until) \
             VALUES ({}, 'account', 3, 'No money left', now())",
        world.organization
    ))
    .await;
    send_due(&test).await;
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (8, 8));
}

#[tokio::test]
async fn r15_a_carriers_daily_cap_holds_texts_to_that_carrier_until_midnight_pacific() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 1).await;
    send_due(&test).await;
    let first = carrier.asked()[0];
    // Another cell of that carrier, known from an earlier report.
    test.execute("INSERT INTO cell_carrier (cell, carrier) VALUES ('+12030000001', 'T-Mobile')")
        .await;
    let receipt = ReceiptEvent::new(format!("S{first}"), None, ReceiptStatus::Failed).with_error(Some(30023));
    report(&test, receipt).await;
    fill(&test, world.organization, world.campaign, 203, 2).await;
    send_due(&test).await;
    let cells: Vec<String> = carrier
        .texts()
        .into_iter()
        .map(|text| text.contact_number)
        .collect();
    assert_eq!(cells, ["+12020000001", "+12030000002"]);
    let midnight = "SELECT count(*) FROM message WHERE send_status = 'QUEUED' AND (available_at AT TIME ZONE \
        'America/Los_Angeles')::time = '00:00' AND available_at BETWEEN now() AND now() + interval '25 hours'";
    assert_eq!(test.number(midnight).await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM cell_carrier WHERE cell = '+12020000001' AND carrier = 'T-Mobile'")
            .await,
        1
    );
}

#[tokio::test]
async fn r15_reports_of_too_many_a_second_slow_the_organization_down() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 3).await;
    send_due(&test).await;
    for id in carrier.asked() {
        let receipt =
            ReceiptEvent::new(format!("S{id}"), None, ReceiptStatus::Failed).with_error(Some(30022));
        report(&test, receipt).await;
    }
    let limits = limits(&test, &world).await;
    assert_eq!(limits.as_array().unwrap().len(), 1, "{limits}");
    assert_eq!(limits[0]["errorCode"], 30022);
    fill(&test, world.organization, world.campaign, 203, 3).await;
    send_due(&test).await;
    assert_eq!(carrier.asked().len(), 3);
}
