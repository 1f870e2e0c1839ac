//! Vendors against local servers that speak their wire formats.

mod accounts;
mod bandwidth;
mod parts;
mod stub;
mod telnyx;
mod twilio;
mod vonage;

use std::collections::BTreeMap;

use bellwether_server::{
    config::Secret,
    delivery::{self, vendor::Account},
};

use crate::harness::{TestApp, World};

/// Settings of a vendor.
fn values<const N: usize>(settings: [(&str, &str); N]) -> BTreeMap<String, Secret> {
    settings
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .into()
}

/// An account with these settings.
fn account<const N: usize>(settings: [(&str, &str); N]) -> Account {
    Account::new(Some(1), false, values(settings))
}

/// A server whose organizations send by this vendor.
async fn app(service: &str, settings: BTreeMap<String, Secret>) -> TestApp {
    TestApp::with(|config| {
        config.default_service = service.to_owned();
        config.vendor_settings = settings;
    })
    .await
}

/// A number of the organization's.
async fn own(test: &TestApp, world: &World, service: &str, number: &str) {
    test.execute(&format!(
        "INSERT INTO owned_phone_number (organization_id, service, service_id, phone_number, area_code)
             VALUES ({}, '{service}', 'PN1', '{number}', '212')",
        world.organization
    ))
    .await;
}

/// Sends a first message to the first contact.
async fn send_first(test: &TestApp, world: &World) {
    let texter = world.as_texter(test).await;
    let answer = texter.send(world.contacts[0], world.initial()).await;
    assert!(answer["errors"].is_null(), "{answer}");
    delivery::dispatch::run_once(&test.app).await.unwrap();
}

/// The state of the first text.
async fn state(test: &TestApp) -> String {
    test.text("SELECT send_status AS hash FROM message WHERE NOT is_from_contact ORDER BY id LIMIT 1")
        .await
}

/// Makes the first text wait again.
async fn again(test: &TestApp) {
    test.execute("UPDATE message SET send_status = 'QUEUED', available_at = now(), error_code = NULL, failures = 0; DELETE FROM pace")
        .await;
    delivery::dispatch::run_once(&test.app).await.unwrap();
}

/// The first contact's cell.
async fn cell(test: &TestApp, world: &World) -> String {
    test.text(&format!(
        "SELECT cell AS hash FROM campaign_contact WHERE id = {}",
        world.contacts[0]
    ))
    .await
}
