//! Rules that an organization edits, and tries before it saves them.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const TRY: &str = "query ($id: ID!, $samples: [String!]!, $rules: OptOutRulesInput) {
    testOptOutRules(organizationId: $id, samples: $samples, rules: $rules) {
        sample intent effect answer rule { origin match words } } }";
const SAVE: &str = "mutation ($id: ID!, $settings: OptOutSettingsInput!) {
    updateOptOutSettings(organizationId: $id, settings: $settings) {
        helpMessage answersStop rules { languages stop { match text } exceptions { match text } } } }";

async fn intents(client: &Client, world: &World, samples: &[&str], rules: Value) -> Vec<String> {
    let variables = json!({"id": world.organization.to_string(), "samples": samples, "rules": rules});
    client.data(TRY, variables).await["testOptOutRules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tested| tested["intent"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn rules_are_tried_on_samples_and_then_saved() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let samples = [
        "stop",
        "STOP!! 🙏",
        "Genug jetzt",
        "stop by the office",
        "BASTA",
        "help",
        "Who is this?",
    ];
    assert_eq!(
        intents(&owner, &world, &samples, Value::Null).await,
        ["STOP", "STOP", "OTHER", "STOP", "OTHER", "HELP", "OTHER"]
    );
    let rules = json!({
        "languages": ["es"],
        "stop": [{"match": "CONTAINS", "text": "genug"}],
        "exceptions": [{"match": "CONTAINS", "text": "stop by"}],
    });
    let with_rules = ["STOP", "STOP", "STOP", "OTHER", "STOP", "HELP", "OTHER"];
    assert_eq!(intents(&owner, &world, &samples, rules.clone()).await, with_rules);
    // Trying changed nothing.
    assert_eq!(
        intents(&owner, &world, &["Genug jetzt"], Value::Null).await,
        ["OTHER"]
    );
    let settings = json!({"rules": rules, "helpMessage": "Union Local 7: call 555-0100."});
    let saved = owner
        .data(
            SAVE,
            json!({"id": world.organization.to_string(), "settings": settings}),
        )
        .await;
    assert_eq!(saved["updateOptOutSettings"]["rules"]["languages"], json!(["es"]));
    assert_eq!(
        saved["updateOptOutSettings"]["helpMessage"],
        "Union Local 7: call 555-0100."
    );
    assert_eq!(intents(&owner, &world, &samples, Value::Null).await, with_rules);
    let told = owner
        .data(
            TRY,
            json!({"id": world.organization.to_string(), "samples": ["Genug!", "help"]}),
        )
        .await;
    assert_eq!(
        told["testOptOutRules"][0]["rule"],
        json!({"origin": "OWN", "match": "CONTAINS", "words": "genug"})
    );
    assert_eq!(
        told["testOptOutRules"][1]["answer"],
        "Union Local 7: call 555-0100."
    );
}

#[tokio::test]
async fn no_rule_takes_the_carriers_words_away() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let words = [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
    ];
    let rules = json!({"exceptions": words.map(|word| json!({"match": "EXACT", "text": word}))});
    let variables = json!({"id": world.organization.to_string(), "settings": {"rules": rules}});
    // Refused, or without effect; but a person who says STOP is never texted again.
    let _ = owner.graphql(SAVE, variables).await;
    assert!(
        intents(&owner, &world, &words, Value::Null)
            .await
            .iter()
            .all(|intent| intent == "STOP")
    );
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused_by_name() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for (rules, word) in [
        (json!({"stop": [{"match": "CONTAINS", "text": " "}]}), "stop"),
        (json!({"languages": ["xx"]}), "languages"),
    ] {
        let variables = json!({"id": world.organization.to_string(), "settings": {"rules": rules}});
        let answer = owner.graphql(SAVE, variables).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(word), "{answer}");
    }
}
