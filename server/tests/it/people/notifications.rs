use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const NOTIFICATIONS: &str =
    "query ($id: String) { currentUser { notifications(organizationId: $id) { id campaign { title } } } }";

async fn told(client: &Client, organization: Option<i64>) -> Value {
    let id = organization.map(|id| id.to_string());
    client.data(NOTIFICATIONS, json!({"id": id})).await["currentUser"]["notifications"].take()
}

/// A reply that came just now.
async fn reply(test: &TestApp, world: &World, contact: i64) {
    test.execute(&format!(
        "INSERT INTO message (campaign_contact_id, organization_id, contact_number, is_from_contact, text, send_status)
             SELECT id, organization_id, cell, true, 'Hello?', 'DELIVERED' FROM campaign_contact WHERE id = {contact};
         UPDATE campaign_contact SET message_status = 'needsResponse' WHERE id = {contact}"
    ))
    .await;
    assert!(world.contacts.contains(&contact));
}

#[tokio::test]
async fn a_texter_is_told_of_new_replies_once() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let other = World::new(&test, "two", 1).await;
    let texter = world.as_texter(&test).await;
    assert_eq!(told(&texter, None).await, json!([]));
    reply(&test, &world, world.contacts[0]).await;
    reply(&test, &world, world.contacts[1]).await;
    reply(&test, &other, other.contacts[0]).await;
    assert_eq!(told(&texter, Some(other.organization)).await, json!([]));
    let expected = json!([{"id": world.assignment.to_string(), "campaign": {"title": "Vote"}}]);
    assert_eq!(told(&texter, Some(world.organization)).await, expected);
    assert_eq!(told(&texter, None).await, json!([]));
    reply(&test, &world, world.contacts[0]).await;
    assert_eq!(told(&texter, None).await, expected);
}

#[tokio::test]
async fn replies_of_campaigns_that_cannot_be_texted_are_not_told() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    reply(&test, &world, world.contacts[0]).await;
    test.execute("UPDATE campaign SET is_archived = true").await;
    assert_eq!(told(&texter, None).await, json!([]));
    test.execute("UPDATE campaign SET is_archived = false").await;
    assert_eq!(told(&texter, None).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_sees_or_takes_anothers_notifications() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    reply(&test, &world, world.contacts[0]).await;
    let admin = test.client(world.person("ADMIN")).await;
    let query = "query ($id: String!, $user: Int!) { user(organizationId: $id, userId: $user) { notifications { id } } }";
    let seen = admin
        .data(
            query,
            json!({"id": world.organization.to_string(), "user": world.texter()}),
        )
        .await;
    assert_eq!(seen["user"]["notifications"], json!([]));
    let texter = world.as_texter(&test).await;
    assert_eq!(told(&texter, None).await.as_array().unwrap().len(), 1);
}
