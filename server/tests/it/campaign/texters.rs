use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

async fn assign(owner: &Client, campaign: i64, texters: Value) {
    owner
        .data(
            "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }",
            json!({"id": campaign.to_string(), "c": {"texters": texters}}),
        )
        .await;
}

async fn counts(owner: &Client, campaign: i64) -> Vec<(String, i64)> {
    let read = owner
        .data(
            "query ($id: String!) { campaign(id: $id) { assignments { texter { id } contactsCount(contactsFilter: {includePastDue: true}) counts { needsMessage total } } } }",
            json!({"id": campaign.to_string()}),
        )
        .await;
    let mut rows: Vec<(String, i64)> = read["campaign"]["assignments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row["contactsCount"], row["counts"]["total"]);
            (
                row["texter"]["id"].as_str().unwrap().to_owned(),
                row["counts"]["needsMessage"].as_i64().unwrap(),
            )
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn contacts_are_split_moved_and_given_back() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 10).await;
    let owner = test.client(world.owner()).await;
    let (one, two) = (
        world.texter().to_string(),
        world.person("VETTED_TEXTER").to_string(),
    );
    assign(
        &owner,
        world.campaign,
        json!([{"id": one, "needsMessageCount": 4}, {"id": two, "needsMessageCount": 5}]),
    )
    .await;
    test.run_jobs().await;
    assert_eq!(
        counts(&owner, world.campaign).await,
        [(one.clone(), 4), (two.clone(), 5)]
    );
    // One was texted: it stays with its texter whatever the numbers say.
    let contact = test
        .number(&format!(
            "SELECT min(id) FROM campaign_contact WHERE assignment_id = {}",
            world.assignment
        ))
        .await;
    assert!(world.as_texter(&test).await.send(contact, world.initial()).await["errors"].is_null());
    assign(
        &owner,
        world.campaign,
        json!([{"id": two, "needsMessageCount": 9}]),
    )
    .await;
    test.run_jobs().await;
    assert_eq!(counts(&owner, world.campaign).await, [(one, 0), (two, 9)]);
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM campaign_contact WHERE assignment_id = {}",
            world.assignment
        ))
        .await,
        1
    );
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn more_contacts_than_there_are_are_refused() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let owner = test.client(world.owner()).await;
    let input = json!({"id": world.campaign.to_string(), "c": {"texters": [{"id": world.texter().to_string(), "needsMessageCount": 4}]}});
    let edit = "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }";
    assert_eq!(owner.code(edit, input).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn strangers_cannot_be_made_texters() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    let edit = "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }";
    for stranger in [other.texter(), world.person("SUSPENDED")] {
        let input = json!({"id": world.campaign.to_string(), "c": {"texters": [{"id": stranger.to_string(), "needsMessageCount": 1}]}});
        assert_eq!(owner.code(edit, input).await, "BAD_USER_INPUT");
    }
}
