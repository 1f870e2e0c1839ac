//! Who opted out and came back, and why (R05): written by every path, changed by none.

use serde_json::{Value, json};

use super::{assert_consistent, cell, number_of, say};
use crate::harness::{TestApp, World};

const EVENTS: &str = "query ($id: ID!, $cell: String, $first: Int, $after: String) {
    optOutEventsConnection(organizationId: $id, cell: $cell, first: $first, after: $after) {
        edges { node { cell what source reason user { id } } } pageInfo { hasNextPage endCursor } } }";

fn whats(page: &Value) -> Vec<(String, String, String)> {
    let text = |node: &Value, name: &str| node[name].as_str().unwrap().to_owned();
    page["optOutEventsConnection"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| &edge["node"])
        .map(|node| (text(node, "what"), text(node, "source"), text(node, "reason")))
        .collect()
}

#[tokio::test]
async fn every_way_out_and_back_is_on_record_with_who_and_why() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let (cell, number) = (
        cell(&test, world.contacts[0]).await,
        number_of(&test, world.contacts[0]).await,
    );
    let id = world.organization.to_string();
    let admin = test.client(world.person("ADMIN")).await;
    // The contact, an admin who takes it back, a texter, an admin again.
    say(&test, Some(world.organization), "s1", &cell, &number, "STOP").await;
    let lift = "mutation ($id: ID!, $cell: Phone!, $reason: String!) { liftOptOut(organizationId: $id, cell: $cell, reason: $reason) }";
    let variables = |reason: &str| json!({"id": id, "cell": cell, "reason": reason});
    assert_eq!(admin.code(lift, variables("  ")).await, "BAD_USER_INPUT");
    let lifted = admin
        .data(lift, variables("Asked by phone to be texted again"))
        .await;
    assert_eq!(lifted["liftOptOut"], cell);
    assert_consistent(&test).await;
    texter
        .data(
            "mutation ($id: String!, $cell: Phone!, $assignment: String!) { createOptOut(campaignContactId: $id, \
                 optOut: {assignmentId: $assignment, cell: $cell, reason: \"Asked in words\"}) { id } }",
            json!({"id": world.contacts[0].to_string(), "cell": cell, "assignment": world.assignment.to_string()}),
        )
        .await;
    let add = "mutation ($id: ID!, $cell: Phone!, $reason: String!) { addOptOut(organizationId: $id, cell: $cell, reason: $reason) }";
    // A cell that is nobody's contact.
    let added = admin
        .data(
            add,
            json!({"id": id, "cell": "(212) 555-0177", "reason": "By letter"}),
        )
        .await;
    assert_eq!(added["addOptOut"], "+12125550177");
    let events = admin.data(EVENTS, json!({"id": id})).await;
    let told: Vec<_> = whats(&events)
        .into_iter()
        .map(|(what, source, _)| (what, source))
        .collect();
    let expected = [
        ("OPTED_OUT", "admin"),
        ("OPTED_OUT", "texter"),
        ("LIFTED", "admin"),
        ("OPTED_OUT", "contact"),
    ];
    assert_eq!(
        told,
        expected.map(|(what, source)| (what.to_owned(), source.to_owned()))
    );
    let of_cell = admin
        .data(EVENTS, json!({"id": id, "cell": cell, "first": 2}))
        .await;
    assert_eq!(whats(&of_cell).len(), 2);
    assert_eq!(of_cell["optOutEventsConnection"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(whats(&of_cell)[1].2, "Asked by phone to be texted again");
    assert_eq!(
        of_cell["optOutEventsConnection"]["edges"][1]["node"]["user"]["id"],
        world.person("ADMIN").to_string()
    );
    // Nobody rewrites it.
    use diesel_async::SimpleAsyncConnection;
    for sql in [
        "UPDATE opt_out_event SET reason = ''",
        "DELETE FROM opt_out_event",
    ] {
        assert!(test.conn().await.batch_execute(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn what_is_not_opted_out_cannot_be_lifted() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let answer = admin
        .graphql(
            "mutation ($id: ID!) { liftOptOut(organizationId: $id, cell: \"+12125550188\", reason: \"x\") }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    assert!(answer["errors"].is_array(), "{answer}");
    assert_eq!(test.number("SELECT count(*) FROM opt_out_event").await, 0);
}
