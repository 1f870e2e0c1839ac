//! What people see (R17, R21, R22): reports in any order, errors by what they have in common, costs, forecasts, alerts.

use bellwether_server::{
    app::Clock,
    delivery::vendor::{ReceiptEvent, ReceiptStatus},
    sending::alerts,
};
use serde_json::{Value, json};

use super::carrier::{Carrier, fill, report, send_due};
use crate::harness::{TestApp, World};

const TOTALS: &str = "query ($id: String!) { campaign(id: $id) { sending {
    totals { sent delivered failed segments cost }
    backlog { queued held expectedCompletion isCapped }
    estimate { segmentsPerText mostSegments hasUcs2 segments cost } isPaused pauseReason } } }";
const ERRORS: &str = "query ($id: ID!, $from: Date, $to: Date, $by: ErrorGrouping) {
    deliveryErrors(organizationId: $id, from: $from, to: $to, groupBy: $by) {
        service errorCode meaning advice class groupKey count percent } }";
const ALERTS: &str = "query ($id: String!) { organization(id: $id) {
    deliveryAlerts { campaignId errorCode percent texts minutes didPause }
    errorAlertRules { errorCode percent minutes minimum pause } } }";

async fn sending(test: &TestApp, world: &World) -> Value {
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let data = supervisor
        .data(TOTALS, json!({"id": world.campaign.to_string()}))
        .await;
    data["campaign"]["sending"].clone()
}

async fn errors(test: &TestApp, world: &World, by: &str) -> Value {
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    // By the database's clock, which is not the test's.
    let now = Clock::default().now();
    let (from, to) = (
        now - chrono::TimeDelta::hours(1),
        now + chrono::TimeDelta::hours(1),
    );
    let variables = json!({"id": world.organization.to_string(), "from": from, "to": to, "by": by});
    let data = supervisor.data(ERRORS, variables).await;
    data["deliveryErrors"].clone()
}

fn receipt(id: i64, status: ReceiptStatus, code: Option<i32>, carrier: &str) -> ReceiptEvent {
    ReceiptEvent {
        user_number: "+12025550199".to_owned(),
        segments: Some(2),
        cost_micros: Some(15_000),
        carrier: Some(carrier.to_owned()),
        ..ReceiptEvent::new(format!("S{id}"), None, status).with_error(code)
    }
}

#[tokio::test]
async fn r17_reports_count_once_whatever_their_order() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 4).await;
    send_due(&test).await;
    let mut ids = carrier.asked();
    ids.sort_unstable();
    for (id, reports) in ids.iter().zip([
        vec![(ReceiptStatus::Sent, None), (ReceiptStatus::Delivered, None)],
        // Backwards, and twice.
        vec![
            (ReceiptStatus::Delivered, None),
            (ReceiptStatus::Sent, None),
            (ReceiptStatus::Delivered, None),
        ],
        vec![(ReceiptStatus::Failed, Some(30003))],
        // What arrived has arrived.
        vec![
            (ReceiptStatus::Failed, Some(30007)),
            (ReceiptStatus::Delivered, None),
        ],
    ]) {
        for (status, code) in reports {
            report(&test, receipt(*id, status, code, "AT&T")).await;
        }
    }
    let totals = sending(&test, &world).await["totals"].clone();
    assert_eq!((&totals["sent"], &totals["delivered"]), (&json!(4), &json!(3)));
    // Each cost once: four times 1.5 cents.
    assert!((totals["cost"].as_f64().unwrap() - 0.06).abs() < 1e-9, "{totals}");
    let states = test
        .text("SELECT string_agg(send_status, ' ' ORDER BY id) AS hash FROM message")
        .await;
    assert_eq!(states, "DELIVERED DELIVERED ERROR DELIVERED");
}

#[tokio::test]
async fn r21_errors_are_told_by_code_carrier_and_number_with_what_to_do() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 10).await;
    send_due(&test).await;
    for (index, id) in carrier.asked().into_iter().enumerate() {
        let name = if index % 2 == 0 { "T-Mobile" } else { "AT&T" };
        let outcome = match index {
            0 | 2 | 4 => (ReceiptStatus::Failed, Some(30007)),
            1 => (ReceiptStatus::Failed, Some(30003)),
            _ => (ReceiptStatus::Delivered, None),
        };
        report(&test, receipt(id, outcome.0, outcome.1, name)).await;
    }
    let by_code = errors(&test, &world, "CODE").await;
    assert_eq!(by_code.as_array().unwrap().len(), 2);
    assert_eq!(
        (
            &by_code[0]["errorCode"],
            &by_code[0]["count"],
            &by_code[0]["class"],
            &by_code[0]["percent"]
        ),
        (&json!(30007), &json!(3), &json!("FILTERED"), &json!(30.0))
    );
    assert!(
        by_code[0]["meaning"].is_string() && by_code[0]["advice"].is_string(),
        "{by_code}"
    );
    let by_carrier = errors(&test, &world, "CARRIER").await;
    assert_eq!(
        (&by_carrier[0]["groupKey"], &by_carrier[0]["count"]),
        (&json!("T-Mobile"), &json!(3))
    );
    assert_eq!(by_carrier[1]["groupKey"], "AT&T");
    let by_number = errors(&test, &world, "NUMBER").await;
    assert_eq!(by_number[0]["groupKey"], "+12025550199");
    let by_hour = errors(&test, &world, "HOUR").await;
    assert!(
        by_hour[0]["groupKey"].as_str().unwrap().ends_with(":00:00Z"),
        "{by_hour}"
    );
    let by_campaign = errors(&test, &world, "CAMPAIGN").await;
    assert_eq!(by_campaign[0]["groupKey"], world.campaign.to_string());
    // Another organization sees none of it.
    let stranger = World::new(&test, "two", 0).await;
    assert_eq!(errors(&test, &stranger, "CODE").await, json!([]));
}

#[tokio::test]
async fn r22_too_many_errors_pause_a_campaign_where_the_owner_wants_it() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    let other = world.add_campaign(&test, "Fine", 0).await;
    fill(&test, world.organization, world.campaign, 202, 60).await;
    fill(&test, world.organization, other, 203, 60).await;
    send_due(&test).await;
    let cells: Vec<(i64, String)> = carrier
        .texts()
        .into_iter()
        .map(|text| (text.message_id, text.contact_number))
        .collect();
    let of = |area: &str| -> Vec<i64> {
        cells
            .iter()
            .filter(|(_, cell)| cell.starts_with(area))
            .map(|(id, _)| *id)
            .collect()
    };
    for (area, failed) in [("+1202", 4), ("+1203", 2)] {
        for id in of(area).into_iter().take(failed) {
            report(&test, receipt(id, ReceiptStatus::Failed, Some(30007), "AT&T")).await;
        }
    }
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let organization = json!({"id": world.organization.to_string()});
    // What holds when nobody has said anything: told, not paused.
    let usual = supervisor.data(ALERTS, organization.clone()).await;
    assert_eq!(
        usual["organization"]["errorAlertRules"],
        json!([{"errorCode": 30007, "percent": 5.0, "minutes": 15, "minimum": 50, "pause": false}])
    );
    let owner = test.client(world.owner()).await;
    let rules = json!([{"errorCode": 30007, "percent": 5.0, "minutes": 15, "minimum": 50, "pause": true}]);
    owner
        .data(
            "mutation ($id: String!, $rules: [ErrorAlertRuleInput!]!) { setErrorAlerts(organizationId: $id, rules: $rules) { pause } }",
            json!({"id": world.organization.to_string(), "rules": rules}),
        )
        .await;
    assert_eq!(alerts::run_once(&test.app).await.unwrap(), 1);
    assert_eq!(alerts::run_once(&test.app).await.unwrap(), 0);
    let told = supervisor.data(ALERTS, organization).await["organization"]["deliveryAlerts"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(
        (&told[0]["campaignId"], &told[0]["texts"], &told[0]["didPause"]),
        (&json!(world.campaign.to_string()), &json!(60), &json!(true))
    );
    let shown = sending(&test, &world).await;
    assert_eq!(shown["isPaused"], true);
    assert!(
        shown["pauseReason"].as_str().unwrap().contains("error 30007"),
        "{shown}"
    );
    assert_eq!(
        test.number(&format!("SELECT is_paused::int FROM campaign WHERE id = {other}"))
            .await,
        0
    );
}

#[tokio::test]
async fn r22_rules_that_make_no_sense_are_refused_by_name() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for (field, value) in [
        ("percent", json!(100.0)),
        ("minutes", json!(0)),
        ("minimum", json!(0)),
    ] {
        let mut rule = json!({"errorCode": 0, "percent": 5.0, "minutes": 15, "minimum": 50, "pause": true});
        rule[field] = value;
        let answer = owner
            .graphql(
                "mutation ($id: String!, $rules: [ErrorAlertRuleInput!]!) { setErrorAlerts(organizationId: $id, rules: $rules) { pause } }",
                json!({"id": world.organization.to_string(), "rules": [rule]}),
            )
            .await;
        let message = answer["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("rules.0.{field}")), "{message}");
    }
}

#[tokio::test]
async fn costs_are_estimated_before_a_text_is_sent_and_the_end_is_foreseen() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let shown = sending(&test, &world).await;
    assert_eq!(
        shown["estimate"],
        json!({"segmentsPerText": 1.0, "mostSegments": 1, "hasUcs2": false, "segments": 3.0, "cost": 0.0339})
    );
    assert_eq!(
        shown["backlog"],
        json!({"queued": 0, "held": 0, "expectedCompletion": null, "isCapped": false})
    );
    fill(&test, world.organization, world.campaign, 202, 600).await;
    let owner = test.client(world.owner()).await;
    owner
        .data(
            "mutation ($id: String!) { setSendingLimit(organizationId: $id, limit: {scope: ACCOUNT, perSecond: 10}) { rate } }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    let backlog = sending(&test, &world).await["backlog"].clone();
    let end: chrono::DateTime<chrono::Utc> = backlog["expectedCompletion"].as_str().unwrap().parse().unwrap();
    // Six hundred at ten a second.
    assert_eq!((end - test.app.now()).num_seconds(), 60, "{backlog}");
}
