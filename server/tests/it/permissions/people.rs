//! What is told of people, and how soon a role ends.

use serde_json::json;

use crate::harness::{TestApp, World};

#[tokio::test]
async fn members_addresses_are_for_supervisors_and_oneself() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let query = format!(
        "{{ assignment(assignmentId: \"{}\") {{ campaign {{ creator {{ id email cell }} }} texter {{ email }} }} }}",
        world.assignment
    );
    let own = texter.data(&query, json!({})).await;
    assert!(
        own["assignment"]["campaign"]["creator"]["email"].is_null(),
        "{own}"
    );
    assert!(
        own["assignment"]["campaign"]["creator"]["cell"].is_null(),
        "{own}"
    );
    assert!(own["assignment"]["texter"]["email"].is_string(), "{own}");
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    assert!(
        supervisor.data(&query, json!({})).await["assignment"]["campaign"]["creator"]["email"].is_string()
    );
}

#[tokio::test]
async fn s22_a_suspended_texter_is_out_within_five_seconds() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    test.execute(&format!(
        "UPDATE user_organization SET role = 'SUSPENDED' WHERE user_id = {}",
        world.texter()
    ))
    .await;
    // Sending asks the database each time; all else looks again after two seconds.
    assert_eq!(
        texter.send_code(world.contacts[1], world.initial()).await,
        "NOT_FOUND"
    );
    tokio::time::sleep(bellwether_server::account::session::SESSION_CACHE).await;
    let query = format!(
        "{{ assignment(assignmentId: \"{}\") {{ id }} }}",
        world.assignment
    );
    assert_eq!(texter.code(&query, json!({})).await, "NOT_FOUND");
}
