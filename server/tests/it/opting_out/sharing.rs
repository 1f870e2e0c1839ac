//! One cell, two organizations: opt-outs of each, or shared (`OPTOUTS_SHARE_ALL_ORGS`).

use bellwether_server::serve;
use serde_json::json;

use super::{NUMBER, assert_consistent, say};
use crate::harness::{TestApp, World};

const CELL: &str = "+12125550199";

/// Two organizations that have texted one cell, the first in two campaigns.
async fn two(shared: bool) -> (TestApp, World, World) {
    let test = TestApp::with(|config| config.opt_outs_share_all_orgs = shared).await;
    let one = World::new(&test, "one", 1).await;
    one.add_campaign(&test, "Second", 1).await;
    let two = World::new(&test, "two", 1).await;
    test.execute(&format!("UPDATE campaign_contact SET cell = '{CELL}'"))
        .await;
    for world in [&one, &two] {
        let texter = world.as_texter(&test).await;
        assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    }
    (test, one, two)
}

async fn marked(test: &TestApp, organization: i64) -> i64 {
    test.number(&format!(
        "SELECT count(*) FROM campaign_contact WHERE is_opted_out AND organization_id = {organization}"
    ))
    .await
}

#[tokio::test]
async fn without_sharing_each_organization_has_its_own() {
    let (test, one, two) = two(false).await;
    say(&test, Some(one.organization), "s1", CELL, NUMBER, "STOP").await;
    assert_eq!(marked(&test, one.organization).await, 2);
    assert_eq!(marked(&test, two.organization).await, 0);
    assert_consistent(&test).await;
    test.deliver().await;
    let sent = |organization: i64| {
        format!(
            "SELECT count(*) FROM message WHERE organization_id = {organization} AND send_status = 'DELIVERED'
                 AND NOT is_from_contact AND automatic_answer IS NULL"
        )
    };
    assert_eq!(test.number(&sent(one.organization)).await, 0);
    assert_eq!(test.number(&sent(two.organization)).await, 1);
}

#[tokio::test]
async fn shared_opt_outs_hold_everywhere_and_so_does_coming_back() {
    let (test, one, two) = two(true).await;
    say(&test, Some(one.organization), "s1", CELL, NUMBER, "STOP").await;
    assert_eq!(marked(&test, one.organization).await, 2);
    assert_eq!(marked(&test, two.organization).await, 1);
    assert_consistent(&test).await;
    test.deliver().await;
    assert_eq!(
        test.number(
            "SELECT count(*) FROM message WHERE send_status = 'DELIVERED' AND NOT is_from_contact
                 AND automatic_answer IS NULL"
        )
        .await,
        0
    );
    let texter = two.as_texter(&test).await;
    assert_eq!(
        texter.send_code(two.contacts[0], two.text("Hello?")).await,
        "SENDERR_OPTEDOUT"
    );
    // The other organization's admin cannot take it back; the contact can, from anywhere.
    let lift = "mutation ($id: ID!, $cell: Phone!) { liftOptOut(organizationId: $id, cell: $cell, reason: \"Asked\") }";
    let admin = test.client(two.person("ADMIN")).await;
    let variables = json!({"id": two.organization.to_string(), "cell": CELL});
    assert_eq!(admin.code(lift, variables).await, "CONFLICT");
    say(&test, Some(two.organization), "s2", CELL, NUMBER, "START").await;
    assert_eq!(marked(&test, one.organization).await, 0);
    assert_eq!(marked(&test, two.organization).await, 0);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    let lifted = format!(
        "SELECT count(*) FROM opt_out_event WHERE what = 'LIFTED' AND organization_id = {}",
        one.organization
    );
    assert_eq!(test.number(&lifted).await, 1, "noted where the opt-out stood");
    assert_consistent(&test).await;
}

#[tokio::test]
async fn loading_and_starting_leave_shared_opt_outs_out() {
    let (test, one, two) = two(true).await;
    say(&test, Some(one.organization), "s1", CELL, NUMBER, "STOP").await;
    let mut conn = test.conn().await;
    let campaign = bellwether_db::campaign::insert(&mut conn, two.organization, two.owner(), "New")
        .await
        .unwrap()
        .id;
    let rows = bellwether_db::job_data::ContactColumns {
        cell: vec![CELL.to_owned(), "+12125550198".to_owned()],
        first_name: vec![String::new(); 2],
        last_name: vec![String::new(); 2],
        zip: vec![String::new(); 2],
        external_id: vec![String::new(); 2],
        custom_fields: vec!["{}".to_owned(); 2],
        time_zone: vec![String::new(); 2],
        state: vec![String::new(); 2],
    };
    let made = bellwether_db::job_data::insert_contacts(&mut conn, two.organization, campaign, &rows)
        .await
        .unwrap();
    assert_eq!((made.inserted, made.opted_out), (1, 1));
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) VALUES ({}, '+12125550198')",
        one.organization
    ))
    .await;
    assert_eq!(
        bellwether_db::job_data::mark_opted_out(&mut conn, campaign)
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn sharing_that_begins_marks_contacts_and_that_ends_frees_nobody() {
    let (mut test, one, two) = two(false).await;
    say(&test, Some(one.organization), "s1", CELL, NUMBER, "STOP").await;
    assert_eq!(marked(&test, two.organization).await, 0);
    let mut set = async |shared: bool| {
        let mut config = (*test.app.config).clone();
        config.opt_outs_share_all_orgs = shared;
        test.app.config = std::sync::Arc::new(config);
        serve::keep_in_step(&test.app).await.unwrap();
    };
    set(true).await;
    set(true).await;
    assert_eq!(marked(&test, two.organization).await, 1);
    assert_consistent(&test).await;
    let mut set = async |shared: bool| {
        let mut config = (*test.app.config).clone();
        config.opt_outs_share_all_orgs = shared;
        test.app.config = std::sync::Arc::new(config);
        serve::keep_in_step(&test.app).await.unwrap();
    };
    set(false).await;
    assert_eq!(
        marked(&test, two.organization).await,
        1,
        "a contact lost is the smaller harm"
    );
}
