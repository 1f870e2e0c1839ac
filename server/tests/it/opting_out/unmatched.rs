//! Texts that belong to no conversation (R07): kept, shown, attached or put aside; never dropped.

use serde_json::{Value, json};

use super::{NUMBER, assert_consistent, say};
use crate::harness::{Client, TestApp, World};

const LIST: &str = "query ($id: ID, $all: Boolean) { unmatchedTextsConnection(organizationId: $id, withResolved: $all) {
    edges { node { id contactNumber userNumber text isStop resolution resolvedBy { id } contact { id } } } } }";

async fn list(client: &Client, organization: Option<i64>, all: bool) -> Vec<Value> {
    let id = organization.map(|id| id.to_string());
    client.data(LIST, json!({"id": id, "all": all})).await["unmatchedTextsConnection"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"].clone())
        .collect()
}

#[tokio::test]
async fn r07_a_text_of_no_conversation_is_kept_and_can_be_attached() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let organization = Some(world.organization);
    for (id, text) in [("u1", "Hello, you texted my wife"), ("u2", "Spam")] {
        say(&test, organization, id, "+12125550166", NUMBER, text).await;
        // However often it is told.
        say(&test, organization, id, "+12125550166", NUMBER, text).await;
    }
    test.deliver().await;
    let admin = test.client(world.person("ADMIN")).await;
    let open = list(&admin, organization, false).await;
    assert_eq!(open.len(), 2);
    assert_eq!(
        (&open[1]["text"], &open[1]["contactNumber"]),
        (&json!("Hello, you texted my wife"), &json!("+12125550166"))
    );
    let attach =
        "mutation ($id: ID!, $contact: ID!) { attachUnmatchedText(id: $id, campaignContactId: $contact) {
        resolution resolvedBy { id } contact { id messageStatus messages { text } } } }";
    let variables = json!({"id": open[1]["id"], "contact": world.contacts[0].to_string()});
    let attached = admin.data(attach, variables.clone()).await["attachUnmatchedText"].clone();
    assert_eq!(attached["resolution"], "ATTACHED");
    assert_eq!(attached["resolvedBy"]["id"], world.person("ADMIN").to_string());
    assert_eq!(attached["contact"]["messageStatus"], "needsResponse");
    assert_eq!(
        attached["contact"]["messages"][0]["text"],
        "Hello, you texted my wife"
    );
    // Once is enough.
    assert_eq!(admin.code(attach, variables).await, "CONFLICT");
    let dismissed = admin
        .data(
            "mutation ($id: ID!) { dismissUnmatchedText(id: $id) { resolution } }",
            json!({"id": open[0]["id"]}),
        )
        .await;
    assert_eq!(dismissed["dismissUnmatchedText"]["resolution"], "DISMISSED");
    assert!(list(&admin, organization, false).await.is_empty());
    assert_eq!(list(&admin, organization, true).await.len(), 2);
    assert_consistent(&test).await;
}

#[tokio::test]
async fn r07_a_text_is_not_attached_to_anothers_contact() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    say(
        &test,
        Some(world.organization),
        "u1",
        "+12125550166",
        NUMBER,
        "Hello",
    )
    .await;
    test.deliver().await;
    let admin = test.client(world.person("ADMIN")).await;
    let open = list(&admin, Some(world.organization), false).await;
    let attach = "mutation ($id: ID!, $contact: ID!) { attachUnmatchedText(id: $id, campaignContactId: $contact) { id } }";
    let code = admin
        .code(
            attach,
            json!({"id": open[0]["id"], "contact": other.contacts[0].to_string()}),
        )
        .await;
    assert_eq!(code, "NOT_FOUND");
    let stranger = test.client(other.person("ADMIN")).await;
    let code = stranger
        .code(
            attach,
            json!({"id": open[0]["id"], "contact": other.contacts[0].to_string()}),
        )
        .await;
    assert_eq!(code, "NOT_FOUND");
    assert!(list(&stranger, Some(other.organization), true).await.is_empty());
}

#[tokio::test]
async fn r07_what_nobody_can_place_is_for_superadmins() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    say(&test, None, "u1", "+12125550166", "+15005550009", "Who is this?").await;
    test.deliver().await;
    let owner = test.client(world.owner()).await;
    assert!(list(&owner, Some(world.organization), true).await.is_empty());
    assert_eq!(
        owner.code(LIST, json!({"id": null, "all": true})).await,
        "NOT_FOUND"
    );
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {}",
        world.owner()
    ))
    .await;
    let superadmin = test.client(world.owner()).await;
    let open = list(&superadmin, None, false).await;
    assert_eq!(open[0]["text"], "Who is this?");
}

#[tokio::test]
async fn r05_stop_counts_without_a_conversation() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    say(
        &test,
        Some(world.organization),
        "u1",
        "+12125550166",
        NUMBER,
        "STOP",
    )
    .await;
    let out = format!(
        "SELECT count(*) FROM opt_out WHERE organization_id = {} AND cell = '+12125550166'",
        world.organization
    );
    assert_eq!(test.number(&out).await, 1);
    // A number that the organization owns tells whose text it is, where the address of the webhook does not.
    test.execute(&format!(
        "INSERT INTO owned_phone_number (organization_id, service, service_id, phone_number, area_code)
             VALUES ({}, 'fakeservice', 'PN1', '+15005550008', '500')",
        world.organization
    ))
    .await;
    say(&test, None, "u2", "+12125550167", "+15005550008", "Unsubscribe").await;
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out WHERE cell = '+12125550167'")
            .await,
        1
    );
}

#[tokio::test]
async fn r05_a_stop_that_nobody_could_place_counts_once_it_is_placed() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    say(&test, None, "u1", "+12125550166", "+15005550009", "STOP").await;
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    // A contact has that cell by now, and a text waits for it.
    test.execute(&format!(
        "UPDATE campaign_contact SET cell = '+12125550166' WHERE id = {};
         UPDATE \"user\" SET is_superadmin = true",
        world.contacts[0]
    ))
    .await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    let superadmin = test.client(world.owner()).await;
    let open = list(&superadmin, None, false).await;
    assert_eq!(open[0]["isStop"], true);
    let attach =
        "mutation ($id: ID!, $contact: ID!) { attachUnmatchedText(id: $id, campaignContactId: $contact) {
        resolution contact { messageStatus } } }";
    let attached = superadmin
        .data(
            attach,
            json!({"id": open[0]["id"], "contact": world.contacts[0].to_string()}),
        )
        .await;
    assert_eq!(
        attached["attachUnmatchedText"]["contact"]["messageStatus"],
        "closed"
    );
    for (sql, expected) in [
        ("SELECT count(*) FROM campaign_contact WHERE is_opted_out", 1),
        (
            "SELECT count(*) FROM opt_out_event WHERE source = 'contact' AND message_id IS NOT NULL",
            1,
        ),
        (
            "SELECT count(*) FROM message WHERE NOT is_from_contact AND send_status = 'NOT_ATTEMPTED'",
            1,
        ),
    ] {
        assert_eq!(test.number(sql).await, expected, "{sql}");
    }
    assert_consistent(&test).await;
}
