//! What people do by hand: pause and resume, retry and drop.

use bellwether_db::message::{self, outbox::NumberChoice};
use bellwether_server::delivery::vendor::SendOutcome;
use serde_json::{Value, json};

use super::carrier::{Carrier, accepted, fill, in_state, send_due};
use crate::harness::{Client, TestApp, World};

const PAUSE: &str = "mutation ($id: String!) { pauseCampaign(id: $id, reason: \"A wrong link\") {
    sending { isPaused pauseReason backlog { queued expectedCompletion } } } }";
const RESUME: &str =
    "mutation ($id: String!) { resumeCampaign(id: $id) { sending { isPaused pauseReason } } }";
const LETTERS: &str = "query ($id: ID!, $campaign: ID, $first: Int, $after: String) {
    deadLettersConnection(organizationId: $id, campaignId: $campaign, first: $first, after: $after) {
        edges { node { id contactId campaignId contactNumber text status errorCode reason advice } }
        pageInfo { hasNextPage endCursor } } }";

async fn letters(client: &Client, variables: Value) -> Value {
    client.data(LETTERS, variables).await["deadLettersConnection"].clone()
}

#[tokio::test]
async fn a_paused_campaign_sends_nothing_and_loses_nothing() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    let other = world.add_campaign(&test, "Other", 0).await;
    fill(&test, world.organization, world.campaign, 202, 10).await;
    fill(&test, world.organization, other, 203, 1).await;
    let admin = test.client(world.person("ADMIN")).await;
    let id = json!({"id": world.campaign.to_string()});
    let paused = admin.data(PAUSE, id.clone()).await;
    assert_eq!(
        paused["pauseCampaign"]["sending"],
        json!({"isPaused": true, "pauseReason": "A wrong link", "backlog": {"queued": 10, "expectedCompletion": null}})
    );
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "QUEUED").await), (1, 10));
    let resumed = admin.data(RESUME, id).await;
    assert_eq!(
        resumed["resumeCampaign"]["sending"],
        json!({"isPaused": false, "pauseReason": ""})
    );
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (11, 11));
}

#[tokio::test]
async fn a_pause_catches_what_is_claimed_and_not_yet_on_its_way() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 3).await;
    let numbers = NumberChoice {
        services: &[],
        daily_share: 200,
    };
    let mut conn = test.conn().await;
    let claimed = message::claim(&mut conn, 10, 30.0, test.app.now(), numbers)
        .await
        .unwrap();
    let held: Vec<_> = claimed
        .iter()
        .map(|text| (text.message_id, text.attempts))
        .collect();
    assert_eq!(
        message::still_wanted(&mut conn, &held, 15.0).await.unwrap().len(),
        3
    );
    let admin = test.client(world.person("ADMIN")).await;
    admin.data(PAUSE, json!({"id": world.campaign.to_string()})).await;
    assert!(
        message::still_wanted(&mut conn, &held, 15.0)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_refused_text_is_listed_with_its_reason_and_can_be_sent_after_all() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 3).await;
    carrier.answers(|_, _| SendOutcome::Refused { code: 21408 });
    send_due(&test).await;
    // Final: it is not tried again by itself.
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "ERROR").await), (3, 3));
    let admin = test.client(world.person("ADMIN")).await;
    let organization = world.organization.to_string();
    let page = letters(&admin, json!({"id": organization, "first": 2})).await;
    assert_eq!(page["edges"].as_array().unwrap().len(), 2);
    let first = page["edges"][0]["node"].clone();
    assert_eq!(
        (
            &first["status"],
            &first["errorCode"],
            &first["text"],
            &first["campaignId"]
        ),
        (
            &json!("ERROR"),
            &json!(21408),
            &json!("Hi"),
            &json!(world.campaign.to_string())
        )
    );
    assert_eq!(first["reason"], "Texts to this region are not permitted.");
    assert!(
        first["advice"]
            .as_str()
            .unwrap()
            .contains("geographic permissions")
    );
    let rest = letters(
        &admin,
        json!({"id": organization, "after": page["pageInfo"]["endCursor"], "campaign": world.campaign.to_string()}),
    )
    .await;
    assert_eq!(rest["edges"].as_array().unwrap().len(), 1);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    // One is retried, one dropped, one stays.
    let second = page["edges"][1]["node"]["id"].clone();
    let change = |field: &str, id: &Value| {
        let query = format!(
            "mutation ($id: String!, $texts: [String!]!) {{ {field}(organizationId: $id, messageIds: $texts) }}"
        );
        (query, json!({"id": organization, "texts": [id]}))
    };
    for (field, id) in [("retryTexts", &first["id"]), ("dropTexts", &second)] {
        let (query, variables) = change(field, id);
        assert_eq!(admin.data(&query, variables.clone()).await[field], 1);
        // Once is enough.
        assert_eq!(admin.data(&query, variables).await[field], 0);
    }
    carrier.answers(|text, _| accepted(text));
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "SENT").await), (4, 1));
    let left = letters(&admin, json!({"id": organization})).await;
    assert_eq!(left["edges"].as_array().unwrap().len(), 1);
    // Nobody decides about others' texts.
    let stranger = World::new(&test, "two", 0).await;
    let other_admin = test.client(stranger.person("ADMIN")).await;
    let variables =
        json!({"id": stranger.organization.to_string(), "texts": [left["edges"][0]["node"]["id"]]});
    for field in ["retryTexts", "dropTexts"] {
        let query = format!(
            "mutation ($id: String!, $texts: [String!]!) {{ {field}(organizationId: $id, messageIds: $texts) }}"
        );
        assert_eq!(other_admin.code(&query, variables.clone()).await, "NOT_FOUND");
    }
    assert_eq!(
        (
            in_state(&test, "ERROR").await,
            in_state(&test, "NOT_ATTEMPTED").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn r05_a_retried_text_does_not_reach_who_opted_out_meanwhile() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::of(&mut test);
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 1).await;
    carrier.answers(|_, _| SendOutcome::Refused { code: 21408 });
    send_due(&test).await;
    let id = carrier.asked()[0];
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) VALUES ({}, '+12020000001')",
        world.organization
    ))
    .await;
    let admin = test.client(world.person("ADMIN")).await;
    let variables = json!({"id": world.organization.to_string(), "texts": [id.to_string()]});
    let retried = admin
        .data(
            "mutation ($id: String!, $texts: [String!]!) { retryTexts(organizationId: $id, messageIds: $texts) }",
            variables,
        )
        .await;
    assert_eq!(retried["retryTexts"], 1);
    carrier.answers(|text, _| accepted(text));
    send_due(&test).await;
    assert_eq!(
        (carrier.asked().len(), in_state(&test, "NOT_ATTEMPTED").await),
        (1, 1)
    );
}
