use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const EDIT: &str = "mutation ($id: String!, $campaign: CampaignInput!) { editCampaign(id: $id, campaign: $campaign) {
    id title description dueBy primaryColor timezone scriptVersion textingHoursStart textingHoursEnd
    interactionSteps { id questionText script answerOption parentInteractionId } startBlockers { section code } } }";

async fn edit(client: &Client, id: i64, campaign: Value) -> Value {
    client
        .data(EDIT, json!({"id": id.to_string(), "campaign": campaign}))
        .await["editCampaign"]
        .take()
}

#[tokio::test]
async fn what_is_given_changes_and_all_else_stays() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    edit(
        &owner,
        world.campaign,
        json!({"title": " Rent freeze ", "primaryColor": "#0f766e"}),
    )
    .await;
    let after = edit(
        &owner,
        world.campaign,
        json!({"timezone": "America/Chicago", "textingHoursStart": 10}),
    )
    .await;
    assert_eq!(after["title"], "Rent freeze");
    assert_eq!(after["primaryColor"], "#0f766e");
    assert_eq!(after["timezone"], "America/Chicago");
    assert_eq!(after["textingHoursStart"], 10);
    assert_eq!(after["textingHoursEnd"], 21);
    assert_eq!(after["dueBy"], "2026-12-20T00:00:00.000Z");
}

#[tokio::test]
async fn wrong_values_are_refused_by_name_and_nothing_changes() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    for (input, named) in [
        (json!({"title": "x".repeat(201)}), "title"),
        (json!({"logoImageUrl": "javascript:alert(1)"}), "logoImageUrl"),
        (json!({"primaryColor": "red"}), "primaryColor"),
        (json!({"textingHoursStart": 24}), "textingHoursStart"),
        (json!({"textingHoursStart": 22}), "textingHoursStart"),
        (json!({"textingHoursEnd": 0}), "textingHoursEnd"),
        (json!({"timezone": "Mars/Olympus"}), "timezone"),
        (json!({"ingestMethod": "telepathy"}), "ingestMethod"),
        (
            json!({"title": "Changed", "interactionSteps": {"id": "999999", "script": "x"}}),
            "interactionSteps",
        ),
        (
            json!({"title": "Changed", "interactionSteps": {"id": "new", "script": "x", "interactionSteps": [{"id": "new2", "answerOption": "Yes"}]}}),
            "interactionSteps",
        ),
        (
            json!({"title": "Changed", "interactionSteps": {"id": "new", "questionText": "?", "interactionSteps": [{"answerOption": "Yes"}, {"answerOption": "Yes"}]}}),
            "interactionSteps",
        ),
        (
            json!({"title": "Changed", "texters": [{"id": "999999", "needsMessageCount": 1}]}),
            "texters",
        ),
    ] {
        let answer = owner
            .graphql(EDIT, json!({"id": world.campaign.to_string(), "campaign": input}))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{named}: {answer}");
        assert!(
            error["message"].as_str().unwrap().contains(named),
            "{named}: {answer}"
        );
    }
    assert_eq!(
        test.number("SELECT count(*) FROM campaign WHERE title <> 'Vote'")
            .await,
        0
    );
    assert_eq!(test.number("SELECT count(*) FROM job_request").await, 0);
}

#[tokio::test]
async fn a_script_is_saved_as_a_tree_and_changed_by_id() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let saved = edit(&owner, world.campaign, json!({})).await;
    let steps = saved["interactionSteps"].as_array().unwrap();
    assert_eq!(steps.len(), 5);
    let root = steps
        .iter()
        .find(|step| step["parentInteractionId"].is_null())
        .unwrap();
    let child = |answer: &str| steps.iter().find(|step| step["answerOption"] == answer).unwrap();
    assert_eq!(child("Yes")["parentInteractionId"], root["id"]);
    assert_eq!(child("Friend")["parentInteractionId"], child("Yes")["id"]);
    // "No" is renamed, "Maybe" is taken out, "Yes" is not named and stays.
    let changed = edit(
        &owner,
        world.campaign,
        json!({"interactionSteps": {
            "id": root["id"], "script": root["script"], "questionText": root["questionText"], "interactionSteps": [
                {"id": child("No")["id"], "answerOption": "Not this time", "script": "Thanks."},
                {"id": child("Maybe")["id"], "answerOption": "Maybe", "isDeleted": true},
            ]}}),
    )
    .await;
    let answers: Vec<&str> = changed["interactionSteps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["answerOption"].as_str().unwrap())
        .collect();
    assert!(
        answers.contains(&"Not this time") && answers.contains(&"Yes") && !answers.contains(&"Maybe"),
        "{answers:?}"
    );
    assert_eq!(changed["scriptVersion"], 1, "the first message is the same");
}

#[tokio::test]
async fn curly_quotes_of_word_processors_become_plain_so_that_texts_stay_short() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let saved = edit(
        &owner,
        world.campaign,
        json!({"interactionSteps": {"id": "new", "script": "It\u{2019}s \u{201c}time\u{201d}"}}),
    )
    .await;
    assert_eq!(saved["interactionSteps"][0]["script"], "It's \"time\"");
    assert_eq!(saved["scriptVersion"], 2);
}

#[tokio::test]
async fn a_new_campaign_says_what_it_lacks_and_does_not_start() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let made = owner
        .data(
            "mutation ($c: CampaignInput!) { createCampaign(campaign: $c) { id startBlockers { section } } }",
            json!({"c": {"organizationId": world.organization.to_string()}}),
        )
        .await;
    let sections: Vec<&str> = made["createCampaign"]["startBlockers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["section"].as_str().unwrap())
        .collect();
    for section in ["basics", "contacts", "interactions"] {
        assert!(sections.contains(&section), "{section} in {sections:?}");
    }
    let id = made["createCampaign"]["id"].clone();
    let code = owner
        .code(
            "mutation ($id: String!) { startCampaign(id: $id) { id } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert_eq!(test.number("SELECT count(*) FROM job_request").await, 0);
}
