//! Dynamic assignment: texters take contacts themselves, give them back, and take over replies.

use std::collections::HashSet;

use serde_json::json;

use crate::harness::{TestApp, World};

const FIND: &str = "mutation ($id: String!, $n: Int!, $t: String) {
    findNewCampaignContact(assignmentId: $id, numberContacts: $n, batchType: $t) {
        found assignment { id contactsCount hasUnassignedContactsForTexter } } }";

/// A dynamic campaign of which nobody has a contact.
async fn dynamic(test: &TestApp, contacts: usize) -> World {
    let world = World::new(test, "one", contacts).await;
    test.execute(&format!(
        "UPDATE campaign SET use_dynamic_assignment = true, batch_size = 10 WHERE id = {};
         UPDATE campaign_contact SET assignment_id = NULL",
        world.campaign
    ))
    .await;
    world
}

#[tokio::test]
async fn a_batch_is_what_the_policy_allows() {
    let test = TestApp::new().await;
    let world = dynamic(&test, 25).await;
    let texter = world.as_texter(&test).await;
    let id = world.assignment.to_string();
    let got = texter.data(FIND, json!({"id": id, "n": 3})).await;
    assert_eq!(
        got["findNewCampaignContact"],
        json!({"found": true, "assignment": {"id": id, "contactsCount": 3, "hasUnassignedContactsForTexter": 10}})
    );
    // No more than a batch, and no more than fits.
    texter.data(FIND, json!({"id": id, "n": 1_000})).await;
    test.execute("UPDATE assignment SET max_contacts = 15").await;
    let got = texter.data(FIND, json!({"id": id, "n": 0})).await;
    assert_eq!(
        got["findNewCampaignContact"]["assignment"],
        json!({"id": id, "contactsCount": 15, "hasUnassignedContactsForTexter": 0})
    );
    let got = texter.data(FIND, json!({"id": id, "n": 5})).await;
    assert_eq!(got["findNewCampaignContact"]["found"], false);
    assert_eq!(
        texter
            .code(FIND, json!({"id": id, "n": 1, "t": "all-texters"}))
            .await,
        "BAD_USER_INPUT"
    );
    test.execute("UPDATE assignment SET max_contacts = NULL; UPDATE campaign SET features = '{\"DYNAMICASSIGNMENT_BATCHES\": \"finished-replies-tz,all-texters\"}'").await;
    // Replies come first.
    test.execute("UPDATE campaign_contact SET message_status = 'needsResponse' WHERE id = (SELECT min(id) FROM campaign_contact)").await;
    let got = texter.data(FIND, json!({"id": id, "n": 5})).await;
    assert_eq!(got["findNewCampaignContact"]["found"], false);
    let got = texter
        .data(FIND, json!({"id": id, "n": 5, "t": "all-texters"}))
        .await;
    assert_eq!(got["findNewCampaignContact"]["found"], true);
    // Nothing that may not be texted now is given out.
    test.app
        .clock
        .set(crate::harness::app::noon() + chrono::TimeDelta::hours(12));
    test.execute(
        "UPDATE campaign_contact SET message_status = 'closed' WHERE message_status = 'needsResponse'",
    )
    .await;
    let got = texter.data(FIND, json!({"id": id, "n": 5})).await;
    assert_eq!(got["findNewCampaignContact"]["found"], false);
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn new_contacts_come_when_none_are_left_and_never_past_the_due_date() {
    let test = TestApp::new().await;
    let world = dynamic(&test, 25).await;
    let texter = world.as_texter(&test).await;
    let id = world.assignment.to_string();
    let ask = "mutation ($id: String!) { getAssignmentContacts(assignmentId: $id, contactIds: [], findNew: true) { id } }";
    let held = "SELECT count(*) FROM campaign_contact WHERE assignment_id IS NOT NULL";
    for _ in 0..2 {
        texter.data(ask, json!({"id": id})).await;
        assert_eq!(test.number(held).await, 10);
    }
    test.execute("UPDATE campaign SET due_by = '2026-12-01 16:00+00'")
        .await;
    let got = texter.data(FIND, json!({"id": id, "n": 5})).await;
    let found = &got["findNewCampaignContact"];
    assert_eq!(found["found"], false);
    assert_eq!(found["assignment"]["hasUnassignedContactsForTexter"], 0);
}

#[tokio::test]
async fn many_who_ask_at_once_never_get_the_same_contact_or_too_many() {
    let test = TestApp::new().await;
    let world = dynamic(&test, 40).await;
    test.execute(&format!(
        "INSERT INTO \"user\" (email) SELECT 't' || n || '@many.example' FROM generate_series(1, 10) n;
         INSERT INTO user_organization (user_id, organization_id, role)
             SELECT id, {}, 'TEXTER' FROM \"user\" WHERE email LIKE '%@many.example';
         INSERT INTO assignment (user_id, campaign_id, max_contacts)
             SELECT id, {}, 5 FROM \"user\" WHERE email LIKE '%@many.example'",
        world.organization, world.campaign
    ))
    .await;
    let mut asking = Vec::new();
    for n in 0..10 {
        let user = test
            .number(&format!(
                "SELECT id FROM \"user\" WHERE email LIKE '%@many.example' ORDER BY id OFFSET {n} LIMIT 1"
            ))
            .await;
        let assignment = test
            .number(&format!("SELECT id FROM assignment WHERE user_id = {user}"))
            .await;
        let client = test.client(user).await;
        // Each three times at once: the limit of 5 holds also for a texter with three tabs.
        for _ in 0..3 {
            let client = client.clone();
            asking.push(tokio::spawn(async move {
                client
                    .graphql(FIND, json!({"id": assignment.to_string(), "n": 4}))
                    .await
            }));
        }
    }
    for asked in asking {
        let answer = asked.await.unwrap();
        assert!(answer["errors"].is_null(), "{answer}");
    }
    let most = test
        .number("SELECT max(n) FROM (SELECT count(*) AS n FROM campaign_contact WHERE assignment_id IS NOT NULL GROUP BY assignment_id) c")
        .await;
    assert!(most <= 5, "{most}");
    assert!(
        test.number("SELECT count(*) FROM campaign_contact WHERE assignment_id IS NOT NULL")
            .await
            >= 36
    );
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn a_texter_gives_back_what_was_not_texted_or_everything() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    let release = "mutation ($id: String!, $all: Boolean) { releaseContacts(assignmentId: $id, releaseConversations: $all) {
        id contactsCount } }";
    let id = world.assignment.to_string();
    let left = texter.data(release, json!({"id": id})).await;
    assert_eq!(left["releaseContacts"]["contactsCount"], 1);
    let left = texter.data(release, json!({"id": id, "all": true})).await;
    assert_eq!(left["releaseContacts"]["contactsCount"], 0);
    let vetted = test.client(world.person("VETTED_TEXTER")).await;
    assert_eq!(vetted.code(release, json!({"id": id})).await, "NOT_FOUND");
}

#[tokio::test]
async fn replies_that_wait_for_an_hour_are_taken_over_by_the_link() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 4).await;
    test.execute(&format!(
        "UPDATE campaign SET features = '{{\"USE_DYNAMIC_REPLIES\": true, \"REPLY_BATCH_SIZE\": 2}}', join_token = 'token';
         UPDATE campaign_contact SET message_status = 'needsResponse', updated_at = '2026-12-02 10:00+00';
         UPDATE campaign_contact SET updated_at = '2026-12-02 16:30+00' WHERE id = {}",
        world.contacts[0]
    ))
    .await;
    let vetted = test.client(world.person("VETTED_TEXTER")).await;
    let take = "mutation ($t: String!, $c: String!) { dynamicReassign(joinToken: $t, campaignId: $c) }";
    let campaign = world.campaign.to_string();
    assert_eq!(
        vetted.code(take, json!({"t": "wrong", "c": campaign})).await,
        "NOT_FOUND"
    );
    let told = vetted.data(take, json!({"t": "token", "c": campaign})).await;
    assert_eq!(told["dynamicReassign"], world.organization.to_string());
    let taken = format!(
        "SELECT count(*) FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id WHERE a.user_id = {}",
        world.person("VETTED_TEXTER")
    );
    assert_eq!(test.number(&taken).await, 2);
    vetted.data(take, json!({"t": "token", "c": campaign})).await;
    vetted.data(take, json!({"t": "token", "c": campaign})).await;
    // The next visitor does not take away what the first has just got.
    let admin = test.client(world.person("ADMIN")).await;
    admin.data(take, json!({"t": "token", "c": campaign})).await;
    // The one that has not waited for an hour stays where it is.
    assert_eq!(test.number(&taken).await, 3);
    test.execute("UPDATE campaign SET features = '{}'").await;
    assert_eq!(
        vetted.code(take, json!({"t": "token", "c": campaign})).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn many_first_messages_at_once_only_where_it_is_allowed() {
    let test = TestApp::with(|config| {
        config.allow_send_all = true;
        config.bulk_send_batch_size = 3;
    })
    .await;
    let world = World::new(&test, "one", 5).await;
    let texter = world.as_texter(&test).await;
    let send = format!(
        "mutation {{ bulkSendMessages(assignmentId: {}) {{ id messageStatus }} }}",
        world.assignment
    );
    assert_eq!(texter.code(&send, json!({})).await, "BAD_USER_INPUT");
    test.execute("UPDATE organization SET features = '{\"ALLOW_SEND_ALL_ENABLED\": true}'")
        .await;
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) SELECT organization_id, cell FROM campaign_contact WHERE id = {}",
        world.contacts[1]
    ))
    .await;
    let mut sent = HashSet::new();
    for _ in 0..3 {
        let data = texter.data(&send, json!({})).await;
        for contact in data["bulkSendMessages"].as_array().unwrap() {
            assert_eq!(contact["messageStatus"], "messaged");
            assert!(sent.insert(contact["id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(sent.len(), 4, "all but the one who opted out");
    assert!(!sent.contains(&world.contacts[1].to_string()));
    assert_eq!(test.number("SELECT count(*) FROM message").await, 4);
}

#[tokio::test]
async fn made_up_replies_come_like_real_ones() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    let admin = test.client(world.person("ADMIN")).await;
    let reply = "mutation ($id: String!, $m: String!) { sendReply(id: $id, message: $m) {
        messageStatus isOptedOut messages { text isFromContact } } }";
    let id = world.contacts[0].to_string();
    assert_eq!(
        admin.code(reply, json!({"id": id, "m": "Hi"})).await,
        "BAD_USER_INPUT"
    );
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let told = admin.data(reply, json!({"id": id, "m": "Yes I will"})).await;
    assert_eq!(told["sendReply"]["messageStatus"], "needsResponse");
    assert_eq!(
        told["sendReply"]["messages"][1],
        json!({"text": "Yes I will", "isFromContact": true})
    );
    let told = admin.data(reply, json!({"id": id, "m": "STOP"})).await;
    assert_eq!(told["sendReply"]["isOptedOut"], true);
    assert_eq!(
        texter.send_code(world.contacts[0], world.text("But")).await,
        "SENDERR_OPTEDOUT"
    );
}

#[tokio::test]
async fn notes_and_saved_replies_of_ones_own() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let owner = test.client(world.owner()).await;
    let contact = world.contacts[0].to_string();
    let note = "mutation ($c: String!, $f: String!) { updateContactCustomFields(campaignContactId: $c, customFields: $f) { customFields } }";
    let read = |answer: &serde_json::Value| -> serde_json::Value {
        serde_json::from_str(
            answer["updateContactCustomFields"]["customFields"]
                .as_str()
                .unwrap(),
        )
        .unwrap()
    };
    texter
        .data(note, json!({"c": contact, "f": "{\"notes\": \"Call back\"}"}))
        .await;
    let told = texter
        .data(note, json!({"c": contact, "f": "{\"age\": 7}"}))
        .await;
    assert_eq!(read(&told), json!({"notes": "Call back", "age": "7"}));
    for wrong in ["", "[]", "{\"a\": []}", "{\"a\": \"\\u0000\"}"] {
        assert_eq!(
            texter.code(note, json!({"c": contact, "f": wrong})).await,
            "BAD_USER_INPUT",
            "{wrong}"
        );
    }

    let save = "mutation ($r: CannedResponseInput!) { createCannedResponse(cannedResponse: $r) { id isUserCreated tagIds } }";
    let campaign = world.campaign.to_string();
    let own = json!({"campaignId": campaign, "userId": world.texter().to_string(), "title": "Mine", "text": "Hello"});
    let told = texter.data(save, json!({"r": own})).await;
    assert_eq!(told["createCannedResponse"]["isUserCreated"], true);
    let mut others = own.clone();
    others["userId"] = json!(world.owner().to_string());
    assert_eq!(texter.code(save, json!({"r": others})).await, "NOT_FOUND");
    let mut campaigns = own;
    campaigns.as_object_mut().unwrap().remove("userId");
    assert_eq!(texter.code(save, json!({"r": campaigns})).await, "FORBIDDEN");
    test.execute(&format!(
        "INSERT INTO tag (organization_id, name, \"group\") VALUES ({}, 'Help', 'texter-tags')",
        world.organization
    ))
    .await;
    let tag = test.number("SELECT id FROM tag").await;
    campaigns["tagIds"] = json!([tag]);
    let told = owner.data(save, json!({"r": campaigns})).await;
    let reply = told["createCannedResponse"]["id"].clone();
    assert_eq!(told["createCannedResponse"]["tagIds"], json!([tag.to_string()]));
    let lists = texter
        .data(
            &format!("{{ assignment(assignmentId: \"{}\") {{ userCannedResponses {{ title }} campaignCannedResponses {{ title }} }} }}", world.assignment),
            json!({}),
        )
        .await;
    assert_eq!(
        lists["assignment"]["userCannedResponses"],
        json!([{"title": "Mine"}])
    );
    assert_eq!(
        lists["assignment"]["campaignCannedResponses"],
        json!([{"title": "Mine"}])
    );
    // Its tags go on the contact when it is sent.
    let sent = texter
        .data(
            "mutation ($c: String!, $m: MessageInput!, $r: String) { sendMessage(campaignContactId: $c, message: $m, cannedResponseId: $r) { tags { id } } }",
            json!({"c": contact, "m": world.initial(), "r": reply}),
        )
        .await;
    assert_eq!(sent["sendMessage"]["tags"], json!([{"id": tag.to_string()}]));
}
