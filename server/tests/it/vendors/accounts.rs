//! Organizations' own accounts: entered by owners, sealed, never shown again.

use actix_web::HttpResponse;
use bellwether_server::{config::Secret, delivery};
use serde_json::{Value, json};

use super::{
    send_first, state,
    stub::{Asked, Stub},
    values,
};
use crate::harness::{Client, TestApp, World};

const SAVE: &str = "mutation ($id: String!, $name: String!, $config: JSON!) {
    updateServiceVendorConfig(organizationId: $id, serviceName: $name, config: $config) { name config supportsOrgConfig } }";

async fn app(base: &str, are_own: bool) -> TestApp {
    let settings = values([
        ("TWILIO_API_BASE_URL", base),
        ("TWILIO_ACCOUNT_SID", "ACinstance"),
        ("TWILIO_AUTH_TOKEN", "instance-token"),
        ("TWILIO_MESSAGE_SERVICE_SID", "MGinstance"),
    ]);
    TestApp::with(|config| {
        config.default_service = "twilio".to_owned();
        config.vendor_settings = settings;
        config.twilio_multi_org = are_own;
    })
    .await
}

async fn save(client: &Client, world: &World, config: &Value) -> Value {
    let variables =
        json!({"id": world.organization.to_string(), "name": "twilio", "config": config.to_string()});
    client.graphql(SAVE, variables).await
}

fn own() -> Value {
    json!({
        "TWILIO_ACCOUNT_SID": "ACown", "TWILIO_AUTH_TOKEN": "own-token-nobody-sees",
        "TWILIO_MESSAGE_SERVICE_SID": "MGown",
    })
}

#[tokio::test]
async fn an_organization_sends_by_its_own_account_and_its_secrets_stay_secret() {
    let mut count = 0;
    let stub = Stub::new(move |_: &Asked| {
        count += 1;
        HttpResponse::Created().json(json!({"sid": format!("SM{count}"), "from": null}))
    });
    let test = app(&stub.address, true).await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    let saved = save(&owner, &world, &own()).await;
    let shown = &saved["data"]["updateServiceVendorConfig"];
    assert_eq!(shown["supportsOrgConfig"], true);
    assert_eq!(shown["config"]["TWILIO_ACCOUNT_SID"], "ACown");
    assert_eq!(shown["config"]["TWILIO_AUTH_TOKEN"], "<Encrypted>");
    assert_eq!(shown["config"]["TWILIO_AUTH_TOKEN_SECONDARY"], "");
    // Where requests go is not an organization's to say.
    assert!(shown["config"].get("TWILIO_API_BASE_URL").is_none());
    assert!(!saved.to_string().contains("nobody-sees"));
    let stored = test
        .text("SELECT string_agg(features::text, '') AS hash FROM organization")
        .await;
    assert!(stored.contains("ACown") && !stored.contains("nobody-sees"));
    send_first(&test, &world).await;
    send_first(&test, &other).await;
    let asked = stub.asked();
    assert_eq!(asked[0].path, "/2010-04-01/Accounts/ACown/Messages.json");
    assert_eq!(asked[0].field("MessagingServiceSid").as_deref(), Some("MGown"));
    assert_eq!(asked[1].path, "/2010-04-01/Accounts/ACinstance/Messages.json");
    // A secret that is given back as it is shown stays; what is emptied goes.
    let mut back = own();
    back["TWILIO_AUTH_TOKEN"] = json!("<Encrypted>");
    back["TWILIO_MESSAGE_SERVICE_SID"] = json!("MGother");
    save(&owner, &world, &back).await;
    let account = delivery::accounts::of(
        &test.app,
        test.app.vendors.get("twilio").unwrap().as_ref(),
        world.organization,
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!(account.get("TWILIO_AUTH_TOKEN"), Some("own-token-nobody-sees"));
    assert_eq!(account.get("TWILIO_MESSAGE_SERVICE_SID"), Some("MGother"));
    save(
        &owner,
        &world,
        &json!({"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": null, "TWILIO_MESSAGE_SERVICE_SID": ""}),
    )
    .await;
    assert_eq!(
        test.number("SELECT count(*) FROM organization WHERE features::text LIKE '%TWILIO%'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_key_that_is_gone_stops_the_account_and_no_text_fails() {
    let stub = Stub::new(|_: &Asked| HttpResponse::Created().json(json!({"sid": "SM1"})));
    let mut test = app(&stub.address, true).await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    save(&owner, &world, &own()).await;
    let mut config = (*test.app.config).clone();
    config.encryption_key = Some(Secret::new("another key of more than thirty-two characters"));
    test.app.config = std::sync::Arc::new(config);
    test.app.accounts.forget(world.organization);
    send_first(&test, &world).await;
    // Never by the instance's account instead.
    assert!(stub.asked().is_empty());
    assert_eq!(state(&test).await, "QUEUED");
    let told = "SELECT count(*) FROM pace WHERE refusals = 1 AND reason LIKE '%TWILIO_AUTH_TOKEN%'";
    assert_eq!(test.number(told).await, 1);
}

#[tokio::test]
async fn what_makes_no_account_is_refused_by_name() {
    let test = app("http://127.0.0.1:1", true).await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for (config, word) in [
        (json!({"TWILIO_ACCOUNT_SID": "AC1"}), "TWILIO_AUTH_TOKEN"),
        (
            json!({"TWILIO_API_BASE_URL": "https://evil.example"}),
            "TWILIO_API_BASE_URL",
        ),
        (json!({"DEFAULT_SERVICE": "x"}), "DEFAULT_SERVICE"),
        (json!({"TWILIO_ACCOUNT_SID": 7}), "must be a text"),
        (json!({"TWILIO_ACCOUNT_SID": "a\nb"}), "on one line"),
        (json!("what"), "JSON object"),
    ] {
        let answer = save(&owner, &world, &config).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(word), "{config}: {answer}");
    }
    let admin = test.client(world.person("ADMIN")).await;
    assert_eq!(
        save(&admin, &world, &own()).await["errors"][0]["extensions"]["code"],
        "FORBIDDEN"
    );
    // Where whoever runs the instance does not want it.
    let test = app("http://127.0.0.1:1", false).await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    let answer = save(&owner, &world, &own()).await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("no account of their own")
    );
}
