use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const EDIT: &str = "mutation ($id: String!, $organization: OrganizationInput!) { editOrganization(id: $id, organization: $organization) {
    id settings { messageHandlers actionHandlers featuresJSON unsetFeatures } texterUIConfig { options sideboxChoices } } }";

async fn edit(client: &Client, world: &World, organization: Value) -> Value {
    let variables = json!({"id": world.organization.to_string(), "organization": organization});
    client.data(EDIT, variables).await["editOrganization"].take()
}

async fn refusal(client: &Client, world: &World, organization: Value) -> String {
    let variables = json!({"id": world.organization.to_string(), "organization": organization});
    let answer = client.graphql(EDIT, variables).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    error["message"].as_str().unwrap().to_owned()
}

fn features(answer: &Value) -> Value {
    serde_json::from_str(answer["settings"]["featuresJSON"].as_str().unwrap()).unwrap()
}

async fn all_configurable() -> TestApp {
    TestApp::with(|config| {
        config.owner_configurable = vec!["ALL".to_owned()];
        config.allow_send_all = true;
    })
    .await
}

#[tokio::test]
async fn owners_set_and_unset_what_they_may() {
    let test = all_configurable().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let before = edit(&owner, &world, json!({})).await;
    assert_eq!(features(&before)["DEFAULT_BATCHSIZE"], "");
    assert_eq!(before["settings"]["unsetFeatures"].as_array().unwrap().len(), 6);

    let given = json!({"ALLOW_SEND_ALL_ENABLED": "true", "DEFAULT_BATCHSIZE": "50", "DEFAULT_RESPONSEWINDOW": 1.5, "MAX_MESSAGE_LENGTH": ""});
    let after = edit(
        &owner,
        &world,
        json!({"settings": {"featuresJSON": given.to_string(), "unsetFeatures": ["MAX_CONTACTS_PER_TEXTER"]}}),
    )
    .await;
    let shown = features(&after);
    assert_eq!(shown["ALLOW_SEND_ALL_ENABLED"], true);
    assert_eq!(shown["DEFAULT_BATCHSIZE"], 50);
    assert_eq!(shown["DEFAULT_RESPONSEWINDOW"], 1.5);
    assert_eq!(
        after["settings"]["unsetFeatures"],
        json!([
            "MAX_CONTACTS_PER_TEXTER",
            "MAX_MESSAGE_LENGTH",
            "SEGMENT_PRICE_MICROS"
        ])
    );
    let read = owner
        .data(
            "query ($id: String!) { organization(id: $id) { allowSendAll } }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    assert_eq!(read["organization"]["allowSendAll"], true);

    let unset = json!({"settings": {"featuresJSON": given.to_string(), "unsetFeatures": ["DEFAULT_BATCHSIZE", "ALLOW_SEND_ALL_ENABLED"]}});
    let last = edit(&owner, &world, unset).await;
    assert_eq!(features(&last)["DEFAULT_BATCHSIZE"], "");
    assert_eq!(features(&last)["DEFAULT_RESPONSEWINDOW"], 1.5);
}

#[tokio::test]
async fn what_owners_may_not_change_is_refused_by_name_and_nothing_changes() {
    let test = TestApp::with(|config| config.owner_configurable = vec!["DEFAULT_BATCHSIZE".to_owned()]).await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for (settings, named) in [
        (
            json!({"featuresJSON": r#"{"DEFAULT_BATCHSIZE": 9, "MAX_MESSAGE_LENGTH": 9}"#}),
            "MAX_MESSAGE_LENGTH",
        ),
        (
            json!({"featuresJSON": r#"{"DEFAULT_BATCHSIZE": 9, "TWILIO_AUTH_TOKEN": "x"}"#}),
            "TWILIO_AUTH_TOKEN",
        ),
        (json!({"unsetFeatures": ["opt_out_message"]}), "opt_out_message"),
        (json!({"messageHandlers": ["auto-optout"]}), "messageHandlers"),
        (json!({"actionHandlers": ["test-action"]}), "actionHandlers"),
    ] {
        let message = refusal(&owner, &world, json!({"settings": settings})).await;
        assert!(message.contains(named), "{named}: {message}");
    }
    assert_eq!(
        test.number("SELECT count(*) FROM organization WHERE features <> '{}'")
            .await,
        0
    );
    let shown = edit(&owner, &world, json!({"settings": {"messageHandlers": []}})).await;
    assert_eq!(features(&shown), json!({"DEFAULT_BATCHSIZE": ""}));
}

#[tokio::test]
async fn values_of_the_wrong_kind_are_refused_by_name() {
    let test = all_configurable().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for (features, named) in [
        (
            json!({"ALLOW_SEND_ALL_ENABLED": "maybe"}),
            "ALLOW_SEND_ALL_ENABLED",
        ),
        (json!({"DEFAULT_BATCHSIZE": 0}), "DEFAULT_BATCHSIZE"),
        (json!({"DEFAULT_BATCHSIZE": 1.5}), "DEFAULT_BATCHSIZE"),
        (json!({"DEFAULT_BATCHSIZE": [1]}), "DEFAULT_BATCHSIZE"),
        (json!({"DEFAULT_RESPONSEWINDOW": -1}), "DEFAULT_RESPONSEWINDOW"),
        (json!({"DEFAULT_RESPONSEWINDOW": "NaN"}), "DEFAULT_RESPONSEWINDOW"),
        (
            json!({"MAX_CONTACTS_PER_TEXTER": "many"}),
            "MAX_CONTACTS_PER_TEXTER",
        ),
        (json!({"MAX_MESSAGE_LENGTH": 1601}), "MAX_MESSAGE_LENGTH"),
        (json!([1]), "featuresJSON"),
    ] {
        let settings = json!({"settings": {"featuresJSON": features.to_string()}});
        let message = refusal(&owner, &world, settings).await;
        assert!(message.contains(named), "{named}: {message}");
    }
    let options = json!({"texterUIConfig": {"options": "[1"}});
    assert!(refusal(&owner, &world, options).await.contains("texterUIConfig"));
}

#[tokio::test]
async fn handlers_are_the_owners_only_where_they_are_listed() {
    let test = TestApp::with(|config| config.owner_configurable = vec!["MESSAGE_HANDLERS".to_owned()]).await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let set = edit(
        &owner,
        &world,
        json!({"settings": {"messageHandlers": ["auto-optout", "to-ascii"]}}),
    )
    .await;
    assert_eq!(
        set["settings"]["messageHandlers"],
        json!(["auto-optout", "to-ascii"])
    );
    refusal(
        &owner,
        &world,
        json!({"settings": {"messageHandlers": ["../etc"]}}),
    )
    .await;
    let unset = edit(&owner, &world, json!({"settings": {"messageHandlers": []}})).await;
    assert_eq!(unset["settings"]["messageHandlers"], json!([]));
}

#[tokio::test]
async fn the_texters_page_has_options_of_the_organization_and_choices_of_the_instance() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let options = r#"{"celebration-gif":true}"#;
    let set = edit(&owner, &world, json!({"texterUIConfig": {"options": options}})).await;
    assert_eq!(set["texterUIConfig"]["options"], options);
    assert_eq!(
        set["texterUIConfig"]["sideboxChoices"].as_array().unwrap().len(),
        6
    );
}

#[tokio::test]
async fn only_owners_edit_and_read_settings() {
    let test = all_configurable().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let variables = json!({"id": world.organization.to_string(), "organization": {}});
    assert_eq!(admin.code(EDIT, variables.clone()).await, "FORBIDDEN");
    let foreign = test.client(other.owner()).await;
    assert_eq!(foreign.code(EDIT, variables).await, "NOT_FOUND");
    let read = admin
        .data(
            "query ($id: String!) { organization(id: $id) { settings { featuresJSON } texterUIConfig { options } } }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    assert!(read["organization"]["settings"].is_null());
    assert!(read["organization"]["texterUIConfig"].is_null());
}

#[tokio::test]
async fn a_superadmin_changes_all_settings() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {}",
        world.texter()
    ))
    .await;
    let superadmin = world.as_texter(&test).await;
    let set = edit(
        &superadmin,
        &world,
        json!({"settings": {"featuresJSON": r#"{"MAX_MESSAGE_LENGTH": 320}"#, "actionHandlers": ["test-action"]}}),
    )
    .await;
    assert_eq!(features(&set)["MAX_MESSAGE_LENGTH"], 320);
    assert_eq!(set["settings"]["actionHandlers"], json!(["test-action"]));
}
