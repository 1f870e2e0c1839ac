use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const HOURS: &str = "mutation ($id: String!, $start: Int!, $end: Int!) {
    updateTextingHours(organizationId: $id, textingHoursStart: $start, textingHoursEnd: $end) { textingHoursStart textingHoursEnd } }";
const ENFORCE: &str = "mutation ($id: String!, $enforced: Boolean!) {
    updateTextingHoursEnforcement(organizationId: $id, textingHoursEnforced: $enforced) { textingHoursEnforced } }";
const OPT_OUT: &str = "mutation ($id: String!, $text: String!) {
    updateOptOutMessage(organizationId: $id, optOutMessage: $text) { optOutMessage } }";
const THEME: &str = "mutation ($id: String!, $primary: String, $error: String) {
    updateTheme(organizationId: $id, primary: $primary, error: $error) { theme } }";
const CLEAR: &str = "mutation ($id: String!) { clearCachedOrgAndExtensionCaches(organizationId: $id) }";
const GET_OPT_OUT: &str = "mutation ($id: String, $zip: String, $default: String) {
    getOptOutMessage(organizationId: $id, zip: $zip, defaultMessage: $default) }";

async fn message(client: &Client, variables: Value) -> String {
    let answer = client.data(GET_OPT_OUT, variables).await;
    answer["getOptOutMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn owners_set_texting_hours_and_whether_they_are_enforced() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let id = world.organization.to_string();
    let set = owner.data(HOURS, json!({"id": id, "start": 8, "end": 24})).await;
    assert_eq!(
        set["updateTextingHours"],
        json!({"textingHoursStart": 8, "textingHoursEnd": 24})
    );
    for (start, end) in [(-1, 9), (24, 24), (9, 0), (9, 25), (9, 9), (10, 9)] {
        assert_eq!(
            owner
                .code(HOURS, json!({"id": id, "start": start, "end": end}))
                .await,
            "BAD_USER_INPUT"
        );
    }
    let off = owner.data(ENFORCE, json!({"id": id, "enforced": false})).await;
    assert_eq!(
        off["updateTextingHoursEnforcement"]["textingHoursEnforced"],
        false
    );
}

#[tokio::test]
async fn an_empty_confirmation_brings_the_instances_back() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let id = world.organization.to_string();
    let set = owner.data(OPT_OUT, json!({"id": id, "text": " Bye. "})).await;
    assert_eq!(set["updateOptOutMessage"]["optOutMessage"], "Bye.");
    assert_eq!(message(&owner, json!({"id": id})).await, "Bye.");
    let back = owner.data(OPT_OUT, json!({"id": id, "text": " "})).await;
    assert_eq!(
        back["updateOptOutMessage"]["optOutMessage"],
        test.app.config.opt_out_message
    );
    assert_eq!(
        owner
            .code(OPT_OUT, json!({"id": id, "text": "x".repeat(1_601)}))
            .await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn a_state_has_its_own_confirmation_for_the_organization_that_wrote_it() {
    let test = TestApp::with(|config| config.opt_out_per_state = true).await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    test.execute(&format!(
        "INSERT INTO opt_out_message (organization_id, state, message) VALUES ({}, 'NY', 'Bye, New York.'), ({}, 'NJ', 'Not ours.')",
        world.organization, other.organization
    ))
    .await;
    let texter = world.as_texter(&test).await;
    let id = world.organization.to_string();
    let usual = test.app.config.opt_out_message.clone();
    assert_eq!(
        message(&texter, json!({"id": id, "zip": "10027-1234"})).await,
        "Bye, New York."
    );
    for zip in ["07030", "94110", "", "nowhere"] {
        assert_eq!(message(&texter, json!({"id": id, "zip": zip})).await, usual);
    }
    assert_eq!(
        message(&texter, json!({"default": "As you like.", "zip": "10027"})).await,
        "As you like."
    );
    let foreign = json!({"id": other.organization.to_string(), "zip": "07030"});
    assert_eq!(texter.code(GET_OPT_OUT, foreign).await, "NOT_FOUND");
}

#[tokio::test]
async fn states_do_not_count_unless_the_instance_goes_by_them() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    test.execute(&format!(
        "INSERT INTO opt_out_message (organization_id, state, message) VALUES ({}, 'NY', 'Bye, New York.')",
        world.organization
    ))
    .await;
    let texter = world.as_texter(&test).await;
    let variables = json!({"id": world.organization.to_string(), "zip": "10027"});
    assert_eq!(message(&texter, variables).await, test.app.config.opt_out_message);
}

#[tokio::test]
async fn colours_change_one_by_one_and_only_colours_are_taken() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let id = world.organization.to_string();
    owner.data(THEME, json!({"id": id, "primary": "#0F766E"})).await;
    let set = owner.data(THEME, json!({"id": id, "error": "#f00"})).await;
    assert_eq!(
        set["updateTheme"]["theme"],
        json!({"palette": {"primary": {"main": "#0F766E"}, "error": {"main": "#f00"}}})
    );
    for wrong in ["red", "#12", "#12345g", "url(x)", ""] {
        assert_eq!(
            owner
                .code(THEME, json!({"id": id, "error": "#00f", "primary": wrong}))
                .await,
            "BAD_USER_INPUT"
        );
    }
    // Other features stay, and a confirmation does not touch the theme.
    owner.data(OPT_OUT, json!({"id": id, "text": "Bye."})).await;
    let read = world
        .as_texter(&test)
        .await
        .data(
            "query ($id: String!) { organization(id: $id) { theme } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(read["organization"]["theme"]["palette"]["error"]["main"], "#f00");
}

#[tokio::test]
async fn settings_are_for_owners_of_the_organization() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let id = world.organization.to_string();
    let variables =
        json!({"id": id, "start": 1, "end": 2, "enforced": false, "text": "x", "primary": "#fff"});
    for (client, code) in [
        (test.client(world.person("ADMIN")).await, "FORBIDDEN"),
        (test.client(other.owner()).await, "NOT_FOUND"),
        (test.anonymous(), "UNAUTHENTICATED"),
    ] {
        for operation in [HOURS, ENFORCE, OPT_OUT, THEME, CLEAR] {
            assert_eq!(
                client.code(operation, variables.clone()).await,
                code,
                "{operation}"
            );
        }
    }
    assert_eq!(
        test.number("SELECT count(*) FROM organization WHERE features <> '{}' OR texting_hours_start <> 9")
            .await,
        0
    );
    let owner = test.client(world.owner()).await;
    let cleared = owner.data(CLEAR, json!({"id": id})).await;
    assert!(cleared["clearCachedOrgAndExtensionCaches"].as_str().is_some());
}
