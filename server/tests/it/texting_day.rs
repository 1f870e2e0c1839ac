//! A day's work from end to end over the API, and what its heaviest queries cost.

use serde_json::json;

use crate::{
    harness::{TestApp, World},
    statements::statements,
};

#[tokio::test]
async fn a_campaign_from_the_list_to_the_last_reply() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let made = owner
        .data(
            "mutation ($c: CampaignInput!) { createCampaign(campaign: $c) { id } }",
            json!({"c": {"organizationId": world.organization.to_string(), "title": "Hearing", "description": "Come",
                "dueBy": "2026-12-20", "interactionSteps": crate::harness::world::script()}}),
        )
        .await;
    let id = made["createCampaign"]["id"].as_str().unwrap().to_owned();
    let csv = "First name,Last name,Phone\nAna,A,3125550101\nBen,B,3125550102\nCy,C,3125550113\n";
    let told: serde_json::Value = owner
        .request(
            reqwest::Method::POST,
            &format!("/uploads/contacts?campaignId={id}"),
        )
        .body(csv)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let edit = "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }";
    let data = json!({"uploadId": told["uploadId"], "mapping": told["suggestedMapping"]}).to_string();
    owner
        .data(
            edit,
            json!({"id": id, "c": {"ingestMethod": "csv-upload", "contactData": data}}),
        )
        .await;
    test.run_jobs().await;
    owner
        .data(
            edit,
            json!({"id": id, "c": {"texters": [{"id": world.texter().to_string(), "needsMessageCount": 3}]}}),
        )
        .await;
    test.run_jobs().await;
    owner
        .data(
            "mutation ($id: String!) { startCampaign(id: $id) { id } }",
            json!({"id": id}),
        )
        .await;
    test.run_jobs().await;

    let texter = world.as_texter(&test).await;
    let todos = texter
        .data("{ currentUser { todos { id campaign { id scriptVersion isStarted } counts { needsMessage needsMessageNow } } } }", json!({}))
        .await;
    let todo = todos["currentUser"]["todos"]
        .as_array()
        .unwrap()
        .iter()
        .find(|todo| todo["campaign"]["id"] == id.as_str())
        .unwrap()
        .clone();
    assert_eq!(todo["counts"], json!({"needsMessage": 3, "needsMessageNow": 3}));
    let list = texter
        .data(
            "query ($id: String!) { assignment(assignmentId: $id) { contacts(contactsFilter: {messageStatus: \"needsMessage\", validTimezone: true}) { id initialText } } }",
            json!({"id": todo["id"]}),
        )
        .await;
    for contact in list["assignment"]["contacts"].as_array().unwrap() {
        assert!(contact["initialText"].as_str().unwrap().starts_with("Hi "));
        let message = json!({"assignmentId": todo["id"], "scriptVersion": todo["campaign"]["scriptVersion"]});
        let sent = texter
            .send(contact["id"].as_str().unwrap().parse().unwrap(), message)
            .await;
        assert_eq!(sent["data"]["sendMessage"]["messageStatus"], "messaged", "{sent}");
    }
    test.deliver().await;
    let after = owner
        .data(
            "query ($id: String!) { campaign(id: $id) { isStarted counts { total needsMessage messagesSent } stats { sentMessagesCount errorCounts { code count } } completionStats { messagedCount assignedCount } } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(after["campaign"]["isStarted"], true);
    assert_eq!(
        after["campaign"]["counts"],
        json!({"total": 3, "needsMessage": 0, "messagesSent": 3})
    );
    assert_eq!(
        after["campaign"]["completionStats"],
        json!({"messagedCount": 3, "assignedCount": 3})
    );
    // The opening asks nothing with a question mark, so nobody answered; a cell that ends in 13 cannot be reached.
    assert_eq!(
        after["campaign"]["stats"]["errorCounts"],
        json!([{"code": "30003", "count": 1}])
    );

    // A text that asks is answered.
    let contact: i64 = list["assignment"]["contacts"][0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    texter
        .send(
            contact,
            json!({"assignmentId": todo["id"], "text": "Can you come?"}),
        )
        .await;
    test.deliver().await;
    let read = texter
        .data(
            "mutation ($a: String!, $c: [String]) { getAssignmentContacts(assignmentId: $a, contactIds: $c) { id messageStatus messages { text isFromContact sendStatus } } }",
            json!({"a": todo["id"], "c": [contact.to_string(), "999999"]}),
        )
        .await;
    let contacts = &read["getAssignmentContacts"];
    assert!(
        contacts[1].is_null(),
        "null in the place of a contact that is not in the assignment"
    );
    assert_eq!(contacts[0]["messageStatus"], "needsResponse", "{contacts}");
    let messages = contacts[0]["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[2]["isFromContact"], true);
    assert_eq!(messages[1]["sendStatus"], "DELIVERED");
}

/// What a texter does all day costs as many statements as it must, however long the lists are (S09).
#[tokio::test]
async fn the_texters_requests_cost_one_statement_or_three_whatever_the_length() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 42).await;
    let texter = world.as_texter(&test).await;
    test.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .await;
    // The session is looked up once and remembered for two seconds.
    texter.data("{ currentUser { id } }", json!({})).await;
    let before = statements(&test).await;
    for contact in world.contacts.iter().take(40) {
        texter.send(*contact, world.initial()).await;
    }
    let sends = statements(&test).await - before;
    // A look-up of the session now and then is all that may come on top.
    assert!((40..=44).contains(&sends), "40 sends took {sends} statements");

    let lists = "mutation ($a: String!, $c: [String]) { getAssignmentContacts(assignmentId: $a, contactIds: $c) {
        id firstName lastName cell zip customFields messageStatus messages { id text isFromContact sendStatus } } }";
    let rich = "mutation ($a: String!, $c: [String]) { getAssignmentContacts(assignmentId: $a, contactIds: $c) {
        id messages { id } questionResponseValues { value } optOut { id } campaign { title organization { name } } } }";
    let todos = "{ currentUser { todos { id campaign { id title } counts { needsMessage needsMessageNow needsResponse } } } }";
    for (query, most) in [(lists, 3), (rich, 7), (todos, 1)] {
        let mut costs = Vec::new();
        for count in [20, 40] {
            let ids: Vec<String> = world
                .contacts
                .iter()
                .take(count)
                .map(ToString::to_string)
                .collect();
            // The least of three: now and then a new connection or a look-up of the session comes on top.
            let mut least = i64::MAX;
            for _ in 0..3 {
                let before = statements(&test).await;
                texter
                    .data(query, json!({"a": world.assignment.to_string(), "c": ids}))
                    .await;
                least = least.min(statements(&test).await - before);
            }
            costs.push(least);
        }
        assert_eq!(costs.first(), costs.last(), "{query}: {costs:?}");
        assert!(costs.iter().all(|cost| *cost <= most), "{query}: {costs:?}");
        assert!(costs.iter().all(|cost| *cost > 0), "the statements are counted");
    }
}
