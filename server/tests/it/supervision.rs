//! Tags, conversations as supervisors review them, reassigning, feedback.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const CONVERSATIONS: &str =
    "query ($organization: String!, $campaigns: CampaignsFilter, $assignments: AssignmentsFilter,
    $contacts: ContactsFilter, $text: String) {
    conversations(cursor: {offset: 0, limit: 10}, organizationId: $organization, campaignsFilter: $campaigns,
        assignmentsFilter: $assignments, contactsFilter: $contacts, messageTextFilter: $text) {
        conversations { texter { id displayName } campaign { id } contact { id messages { text } } }
        pageInfo { total next } } }";

/// Ids of the conversations that match.
async fn found(client: &Client, world: &World, filter: Value) -> Vec<i64> {
    let mut variables = filter;
    variables["organization"] = json!(world.organization.to_string());
    let data = client.data(CONVERSATIONS, variables).await;
    let page = &data["conversations"];
    let ids: Vec<i64> = page["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["contact"]["id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(page["pageInfo"]["total"], ids.len());
    ids
}

async fn tag(client: &Client, world: &World, name: &str, group: &str) -> String {
    let data = client
        .data(
            "mutation ($o: String!, $t: TagInput!) { createTag(organizationId: $o, tagData: $t) { id } }",
            json!({"o": world.organization.to_string(), "t": {"name": name, "group": group, "description": "why"}}),
        )
        .await;
    data["createTag"]["id"].as_str().unwrap().to_owned()
}

const PUT: &str = "mutation ($c: String!, $t: [ContactTagInput]) {
    updateContactTags(campaignContactId: $c, tags: $t) { id tags { id value } } }";

#[tokio::test]
async fn texters_see_and_put_texter_tags_and_nobody_sees_what_is_resolved() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let owner = test.client(world.owner()).await;
    let texter = world.as_texter(&test).await;
    let own = tag(&owner, &world, "Help", "texter-tags").await;
    let secret = tag(&owner, &world, "Legal", "").await;
    let contact = world.contacts[0].to_string();
    let list =
        "query ($o: String!, $g: String) { organization(id: $o) { tags(group: $g) { id name group } } }";
    let organization = world.organization.to_string();
    let seen = texter.data(list, json!({"o": organization})).await;
    assert_eq!(seen["organization"]["tags"].as_array().unwrap().len(), 1);
    let seen = owner.data(list, json!({"o": organization})).await;
    assert_eq!(seen["organization"]["tags"].as_array().unwrap().len(), 2);

    let put = texter.data(PUT, json!({"c": contact, "t": [{"id": own}]})).await;
    assert_eq!(
        put["updateContactTags"]["tags"],
        json!([{"id": own, "value": null}])
    );
    assert_eq!(
        texter
            .code(PUT, json!({"c": contact, "t": [{"id": secret}]}))
            .await,
        "NOT_FOUND"
    );
    // Others stay.
    let put = owner
        .data(
            PUT,
            json!({"c": contact, "t": [{"id": secret, "value": "urgent"}]}),
        )
        .await;
    assert_eq!(put["updateContactTags"]["tags"].as_array().unwrap().len(), 2);
    let read = format!(
        "{{ assignment(assignmentId: \"{}\") {{ contacts {{ id tags {{ id }} }} }} }}",
        world.assignment
    );
    let seen = texter.data(&read, json!({})).await;
    let tags = seen["assignment"]["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == contact.as_str());
    assert_eq!(tags.unwrap()["tags"], json!([{"id": own}]));

    let put = owner
        .data(
            PUT,
            json!({"c": contact, "t": [{"id": own, "value": "RESOLVED"}]}),
        )
        .await;
    assert_eq!(
        put["updateContactTags"]["tags"],
        json!([{"id": secret, "value": "urgent"}])
    );
    let asked = owner
        .data(
            "query ($o: String!, $t: String) { conversations(cursor: {offset: 0, limit: 9}, organizationId: $o,
                contactsFilter: {tags: [\"*\"]}) { conversations { contact { tags(tagId: $t) { value } } } } }",
            json!({"o": organization, "t": own}),
        )
        .await;
    let tags = &asked["conversations"]["conversations"][0]["contact"]["tags"];
    assert_eq!(tags, &json!([{"value": "RESOLVED"}]));
    // Nor do texters learn of the others by filtering.
    let count = format!(
        "query ($f: ContactsFilter) {{ assignment(assignmentId: \"{}\") {{ contactsCount(contactsFilter: $f) }} }}",
        world.assignment
    );
    for (filter, texter_finds, owner_finds) in [
        (json!({"tags": [secret]}), 0, 1),
        (json!({"suppressedTags": [secret]}), 2, 1),
        (json!({"tags": [own]}), 1, 1),
    ] {
        let counted = texter.data(&count, json!({"f": filter})).await;
        assert_eq!(counted["assignment"]["contactsCount"], texter_finds, "{filter}");
        let counted = owner.data(&count, json!({"f": filter})).await;
        assert_eq!(counted["assignment"]["contactsCount"], owner_finds, "{filter}");
    }
    let gone =
        "mutation ($o: String!, $id: String!) { deleteTag(organizationId: $o, id: $id) { isDeleted } }";
    assert_eq!(
        owner.data(gone, json!({"o": organization, "id": secret})).await["deleteTag"]["isDeleted"],
        true
    );
    assert_eq!(
        owner.code(gone, json!({"o": organization, "id": secret})).await,
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn conversations_are_found_by_what_they_have_in_common() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 4).await;
    let owner = test.client(world.owner()).await;
    let texter = world.as_texter(&test).await;
    let [a, b, c, d] = world.contacts[..] else {
        panic!()
    };
    let organization = world.organization.to_string();
    texter.send(a, world.initial()).await;
    texter.send(b, world.initial()).await;
    let other = world.add_campaign(&test, "Donate", 1).await;
    let elsewhere = test
        .number(&format!(
            "SELECT id FROM campaign_contact WHERE campaign_id = {other}"
        ))
        .await;
    test.execute(&format!(
        "UPDATE campaign_contact SET assignment_id = NULL WHERE id = {d};
         UPDATE campaign_contact SET error_code = 30003 WHERE id = {b};
         UPDATE campaign_contact SET message_status = 'needsResponse', updated_at = now() - interval '49 hours' WHERE id = {c};
         UPDATE campaign SET response_window = 48"
    ))
    .await;
    // The clock of the test stands in December; replies are as old as the database says.
    test.execute(&format!(
        "UPDATE campaign_contact SET updated_at = '2026-11-30 12:00+00' WHERE id = {c}"
    ))
    .await;
    let help = tag(&owner, &world, "Help", "texter-tags").await;
    owner
        .data(PUT, json!({"c": a.to_string(), "t": [{"id": help}]}))
        .await;

    let all = vec![elsewhere, d, c, b, a];
    assert_eq!(found(&owner, &world, json!({})).await, all);
    assert_eq!(
        found(
            &owner,
            &world,
            json!({"campaigns": {}, "assignments": {}, "contacts": {}})
        )
        .await,
        all
    );
    let texter_id = world.texter();
    let cases = [
        (json!({"campaigns": {"campaignId": other}}), vec![elsewhere]),
        (
            json!({"campaigns": {"campaignIds": [world.campaign]}}),
            vec![d, c, b, a],
        ),
        (json!({"campaigns": {"searchString": "don"}}), vec![elsewhere]),
        (json!({"campaigns": {"searchString": "-don"}}), vec![d, c, b, a]),
        (json!({"campaigns": {"isArchived": true}}), vec![]),
        (json!({"assignments": {"texterId": -2}}), vec![d]),
        (
            json!({"assignments": {"texterId": texter_id}}),
            vec![elsewhere, c, b, a],
        ),
        (
            json!({"assignments": {"texterId": texter_id, "sender": true}}),
            vec![b, a],
        ),
        (json!({"contacts": {"messageStatus": "messaged"}}), vec![b, a]),
        (
            json!({"contacts": {"messageStatus": "messaged,needsResponse"}}),
            vec![c, b, a],
        ),
        (
            json!({"contacts": {"messageStatus": "needsMessageOrResponse"}}),
            vec![elsewhere, d, c],
        ),
        (
            json!({"contacts": {"messageStatus": "needsResponseExpired"}}),
            vec![c],
        ),
        (json!({"contacts": {"errorCode": [30003]}}), vec![b]),
        (json!({"contacts": {"errorCode": [0]}}), vec![elsewhere, d, c, a]),
        (json!({"contacts": {"isOptedOut": true}}), vec![]),
        (json!({"contacts": {"contactId": a.to_string()}}), vec![a]),
        (json!({"contacts": {"tags": []}}), vec![elsewhere, d, c, b]),
        (json!({"contacts": {"tags": ["*"]}}), vec![a]),
        (json!({"contacts": {"tags": [help.clone()]}}), vec![a]),
        (
            json!({"contacts": {"suppressedTags": [format!("s_{help}")]}}),
            vec![elsewhere, d, c, b],
        ),
        (json!({"text": "WILL YOU VOTE"}), vec![b, a]),
        (json!({"text": "100%"}), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(&owner, &world, filter.clone()).await, expected, "{filter}");
    }
    let nobodys = owner
        .data(
            CONVERSATIONS,
            json!({"organization": organization, "assignments": {"texterId": -2}}),
        )
        .await;
    assert_eq!(
        nobodys["conversations"]["conversations"][0]["texter"],
        json!({"id": null, "displayName": null})
    );
}

const REASSIGN: &str = "mutation ($o: String!, $c: [CampaignIdContactId]!, $t: String!) {
    reassignCampaignContacts(organizationId: $o, campaignIdsContactIds: $c, newTexterUserId: $t) { campaignId assignmentId } }";

#[tokio::test]
async fn contacts_go_to_another_texter_or_to_nobody_all_or_none() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let owner = test.client(world.owner()).await;
    let organization = world.organization.to_string();
    let vetted = world.person("VETTED_TEXTER");
    let pair = |contact: i64| json!({"campaignId": world.campaign.to_string(), "campaignContactId": contact, "messageIds": []});
    let mine =
        |assignment: i64| format!("SELECT count(*) FROM campaign_contact WHERE assignment_id = {assignment}");
    let chosen = json!([pair(world.contacts[0]), pair(world.contacts[1])]);
    let data = owner
        .data(
            REASSIGN,
            json!({"o": organization, "c": chosen, "t": vetted.to_string()}),
        )
        .await;
    let told = &data["reassignCampaignContacts"][0];
    assert_eq!(told["campaignId"], world.campaign.to_string());
    let new: i64 = told["assignmentId"].as_str().unwrap().parse().unwrap();
    assert_eq!(test.number(&mine(new)).await, 2);
    assert_eq!(test.number(&mine(world.assignment)).await, 1);
    // A text of the old texter is refused, and the new one may send.
    let old = world.as_texter(&test).await;
    assert_eq!(
        old.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_ASSIGNMENTCHANGED"
    );
    let texter = test.client(vetted).await;
    let sent = texter
        .send(
            world.contacts[0],
            json!({"assignmentId": new.to_string(), "scriptVersion": 1}),
        )
        .await;
    assert!(sent["errors"].is_null(), "{sent}");

    for wrong in [
        json!([pair(world.contacts[2]), pair(999_999)]),
        json!([pair(world.contacts[2]), {"campaignId": "999999", "campaignContactId": world.contacts[1], "messageIds": []}]),
    ] {
        assert_eq!(
            owner
                .code(
                    REASSIGN,
                    json!({"o": organization, "c": wrong, "t": vetted.to_string()})
                )
                .await,
            "NOT_FOUND"
        );
    }
    let suspended = world.person("SUSPENDED").to_string();
    assert_eq!(
        owner
            .code(REASSIGN, json!({"o": organization, "c": chosen, "t": suspended}))
            .await,
        "NOT_FOUND"
    );
    assert_eq!(test.number(&mine(new)).await, 2);
    let nobody = owner
        .data(REASSIGN, json!({"o": organization, "c": chosen, "t": "-2"}))
        .await;
    assert!(nobody["reassignCampaignContacts"][0]["assignmentId"].is_null());
    assert_eq!(test.number(&mine(new)).await, 0);

    let bulk = owner
        .data(
            "mutation ($o: String!, $t: String!) { bulkReassignCampaignContacts(organizationId: $o,
                assignmentsFilter: {texterId: -2}, newTexterUserId: $t) { assignmentId } }",
            json!({"o": organization, "t": vetted.to_string()}),
        )
        .await;
    assert_eq!(
        bulk["bulkReassignCampaignContacts"][0]["assignmentId"],
        new.to_string()
    );
    assert_eq!(test.number(&mine(new)).await, 2);
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn feedback_is_written_by_supervisors_and_read_by_the_texter() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let texter = world.as_texter(&test).await;
    let write = "mutation ($id: String!, $f: JSON, $a: Boolean) { updateFeedback(assignmentId: $id, feedback: $f, acknowledge: $a) {
        feedback { message issueCounts skillCounts isAcknowledged sweepComplete createdBy { name } } } }";
    let id = world.assignment.to_string();
    let given = json!({"message": "Well done", "issueCounts": {"late": 2}, "sweepComplete": true});
    assert_eq!(
        texter.code(write, json!({"id": id, "f": given})).await,
        "NOT_FOUND"
    );
    assert_eq!(
        texter.code(write, json!({"id": id, "a": true})).await,
        "BAD_USER_INPUT"
    );
    let told = supervisor.data(write, json!({"id": id, "f": given})).await;
    assert_eq!(
        told["updateFeedback"]["feedback"],
        json!({"message": "Well done", "issueCounts": {"late": 2}, "skillCounts": {}, "isAcknowledged": false,
            "sweepComplete": true, "createdBy": {"name": "tess SUPERVOLUNTEER"}})
    );
    let told = texter.data(write, json!({"id": id, "a": true})).await;
    assert_eq!(told["updateFeedback"]["feedback"]["isAcknowledged"], true);
    // As a text, as Spoke's client sends it; and anew, so that it is to be read again.
    let told = supervisor
        .data(write, json!({"id": id, "f": "{\"message\": \"Again\"}"}))
        .await;
    assert_eq!(told["updateFeedback"]["feedback"]["isAcknowledged"], false);
    assert_eq!(told["updateFeedback"]["feedback"]["sweepComplete"], false);
    for wrong in [
        json!("{"),
        json!([]),
        json!({"message": 1}),
        json!({"issueCounts": {"a": "b"}}),
    ] {
        assert_eq!(
            supervisor.code(write, json!({"id": id, "f": wrong})).await,
            "BAD_USER_INPUT"
        );
    }
}
