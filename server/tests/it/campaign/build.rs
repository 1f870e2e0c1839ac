//! Building campaigns: saved replies, copies, many scripts at once, numbers, fake contacts, who else edits.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const EDIT: &str =
    "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }";

async fn edit(client: &Client, world: &World, campaign: Value) {
    client
        .data(EDIT, json!({"id": world.campaign.to_string(), "c": campaign}))
        .await;
}

async fn read(client: &Client, world: &World, fields: &str) -> Value {
    let query = format!("{{ campaign(id: \"{}\") {{ {fields} }} }}", world.campaign);
    client.data(&query, json!({})).await["campaign"].take()
}

#[tokio::test]
async fn settings_are_kept_and_only_those_that_are_given_change() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    edit(
        &owner,
        &world,
        json!({"useDynamicReplies": true, "replyBatchSize": 20, "batchSize": 50, "responseWindow": 12.5,
        "batchPolicies": ["all-texters", "vetted-texters"], "texterUIConfig": {"options": "{\"a\": 1}"},
        "messageserviceSid": "MG1", "useOwnMessagingService": true, "requestAfterReply": true}),
    )
    .await;
    edit(&owner, &world, json!({"title": "Other"})).await;
    let told = read(&owner, &world, "title useDynamicReplies replyBatchSize batchSize responseWindow batchPolicies
        texterUIConfig { options sideboxChoices } messageserviceSid useOwnMessagingService isArchivedPermanently
        cacheable editors serviceManagers { id } messageServiceLink").await;
    assert_eq!(told["texterUIConfig"]["options"], "{\"a\": 1}");
    assert!(told["texterUIConfig"]["sideboxChoices"].as_array().unwrap().len() > 3);
    let plain = json!({"useDynamicReplies": true, "replyBatchSize": 20, "batchSize": 50, "responseWindow": 12.5,
        "batchPolicies": ["all-texters", "vetted-texters"], "messageserviceSid": "MG1", "title": "Other",
        "useOwnMessagingService": true, "isArchivedPermanently": false, "cacheable": false, "editors": "",
        "serviceManagers": [], "messageServiceLink": null});
    for (field, value) in plain.as_object().unwrap() {
        assert_eq!(&told[field], value, "{field}");
    }
    for (field, value) in [
        ("batchSize", json!(0)),
        ("replyBatchSize", json!(-1)),
        ("responseWindow", json!(-0.5)),
        ("batchPolicies", json!(["whoever"])),
        ("texterUIConfig", json!({"options": "["})),
        ("joinToken", json!("1234")),
        (
            "inventoryPhoneNumberCounts",
            json!([{"areaCode": "21", "count": 1}]),
        ),
        ("cannedResponses", json!([{"title": "", "text": "x"}])),
        (
            "cannedResponses",
            json!([{"title": "x", "text": "x", "tagIds": [999_999]}]),
        ),
    ] {
        let answer = owner
            .graphql(
                EDIT,
                json!({"id": world.campaign.to_string(), "c": {field: value}}),
            )
            .await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{field}: {answer}"
        );
        assert!(
            answer["errors"][0]["message"].as_str().unwrap().contains(
                if field == "inventoryPhoneNumberCounts" {
                    "areaCode"
                } else {
                    field
                }
            ),
            "{answer}"
        );
    }
    // Who else edits is told for two minutes.
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    edit(&supervisor, &world, json!({"description": "Mine"})).await;
    assert_eq!(
        read(&owner, &world, "editors").await["editors"],
        "tess SUPERVOLUNTEER"
    );
    test.app
        .clock
        .set(crate::harness::app::noon() + chrono::TimeDelta::minutes(3));
    assert_eq!(read(&owner, &world, "editors").await["editors"], "");
}

#[tokio::test]
async fn saved_replies_are_replaced_as_a_whole_but_for_texters_own() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    test.execute(&format!(
        "INSERT INTO tag (organization_id, name) VALUES ({0}, 'Help');
         INSERT INTO canned_response (campaign_id, user_id, title, text) VALUES ({1}, {2}, 'Mine', 'Own')",
        world.organization,
        world.campaign,
        world.texter()
    ))
    .await;
    let tag = test.number("SELECT id FROM tag").await;
    edit(&owner, &world, json!({"cannedResponses": [
        {"id": "new1", "title": "Where", "text": "At school", "tagIds": [tag]}, {"title": "When", "text": "Tuesday"}]}))
    .await;
    let list = "cannedResponses { id title text tagIds isUserCreated }";
    let told = read(&owner, &world, list).await;
    let rows = told["cannedResponses"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["tagIds"], json!([tag.to_string()]));
    edit(
        &owner,
        &world,
        json!({"cannedResponses": [{"id": rows[1]["id"], "title": "When", "text": "On Tuesday"}]}),
    )
    .await;
    let told = read(&owner, &world, list).await;
    assert_eq!(told["cannedResponses"].as_array().unwrap().len(), 1);
    assert_eq!(told["cannedResponses"][0]["id"], rows[1]["id"]);
    assert_eq!(told["cannedResponses"][0]["text"], "On Tuesday");
    let with_own = format!(
        "cannedResponses(userId: \"{}\") {{ title isUserCreated }}",
        world.texter()
    );
    let told = read(&owner, &world, &with_own).await;
    assert_eq!(
        told["cannedResponses"][1],
        json!({"title": "Mine", "isUserCreated": true})
    );
}

#[tokio::test]
async fn a_copy_has_the_script_and_the_replies_and_no_contacts() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let owner = test.client(world.owner()).await;
    edit(
        &owner,
        &world,
        json!({"title": "Template vote", "cannedResponses": [{"title": "Where", "text": "School"}],
        "batchSize": 7}),
    )
    .await;
    let copied = owner
        .data(
            "mutation ($id: String!) { copyCampaign(id: $id) { id title isStarted isArchived batchSize contactsCount
                cannedResponses { text } interactionSteps { id script questionText answerOption parentInteractionId } } }",
            json!({"id": world.campaign.to_string()}),
        )
        .await;
    let copy = &copied["copyCampaign"];
    assert_eq!(copy["title"], "COPY - vote");
    assert_eq!(
        (&copy["isStarted"], &copy["contactsCount"], &copy["batchSize"]),
        (&json!(false), &json!(0), &json!(7))
    );
    assert_eq!(copy["cannedResponses"], json!([{"text": "School"}]));
    let original = read(
        &owner,
        &world,
        "interactionSteps { id script questionText answerOption parentInteractionId }",
    )
    .await;
    let shape = |steps: &Value| -> Vec<(String, String)> {
        let rows = steps.as_array().unwrap();
        rows.iter()
            .map(|row| {
                let parent = rows
                    .iter()
                    .find(|other| other["id"] == row["parentInteractionId"]);
                (
                    row["script"].as_str().unwrap().to_owned(),
                    parent.map_or(String::new(), |p| p["script"].to_string()),
                )
            })
            .collect()
    };
    assert_eq!(
        shape(&copy["interactionSteps"]),
        shape(&original["interactionSteps"])
    );
}

#[tokio::test]
async fn campaigns_are_put_away_all_or_none() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    let second = world.add_campaign(&test, "Second", 0).await;
    let away = "mutation ($ids: [String!]) { archiveCampaigns(ids: $ids) { id isArchived } }";
    let (a, b) = (world.campaign.to_string(), second.to_string());
    assert_eq!(
        owner
            .code(away, json!({"ids": [a, other.campaign.to_string()]}))
            .await,
        "NOT_FOUND"
    );
    assert_eq!(
        test.number("SELECT count(*) FROM campaign WHERE is_archived")
            .await,
        0
    );
    let told = owner.data(away, json!({"ids": [b, a]})).await;
    assert_eq!(
        told["archiveCampaigns"],
        json!([{"id": b, "isArchived": true}, {"id": a, "isArchived": true}])
    );
}

#[tokio::test]
async fn many_scripts_change_at_once_letter_by_letter() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    edit(
        &owner,
        &world,
        json!({"cannedResponses": [{"title": "T", "text": "Will you vote? 100%"}]}),
    )
    .await;
    let change = "mutation ($o: String!, $f: BulkUpdateScriptInput!) { bulkUpdateScript(organizationId: $o, findAndReplace: $f) {
        campaign { id scriptVersion } found replaced target } }";
    let input = |search: &str, replace: &str, prefixes: Value| {
        json!({"o": world.organization.to_string(), "f": {
        "searchString": search, "replaceString": replace, "includeArchived": false, "campaignTitlePrefixes": prefixes,
        "targetObject": ["interactionStep", "cannedResponse"]}})
    };
    let told = owner
        .data(change, input("Will you vote", "Do you vote", json!([])))
        .await;
    let rows = told["bulkUpdateScript"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["target"], "interactionStep");
    assert_eq!(
        rows[0]["campaign"],
        json!({"id": world.campaign.to_string(), "scriptVersion": 2})
    );
    assert_eq!(rows[1]["replaced"], "Do you vote? 100%");
    // What a texter saw before is told to have changed.
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SCRIPT_CHANGED"
    );
    for (search, prefixes) in [
        ("do you vote", json!([])),
        ("%", json!(["Don"])),
        ("100_", json!([])),
    ] {
        let told = owner.data(change, input(search, "x", prefixes)).await;
        assert_eq!(told["bulkUpdateScript"], json!([]), "{search}");
    }
    assert_eq!(
        owner.code(change, input("", "x", json!([]))).await,
        "BAD_USER_INPUT"
    );
    let theirs = test
        .number(&format!(
            "SELECT count(*) FROM interaction_step WHERE campaign_id = {} AND script LIKE '%Will you vote%'",
            other.campaign
        ))
        .await;
    assert_eq!(theirs, 1, "another organization's script is as it was");
}

#[tokio::test]
async fn numbers_are_bought_reserved_and_given_back() {
    let test = TestApp::with(|config| config.phone_inventory = true).await;
    let world = World::new(&test, "one", 2).await;
    let owner = test.client(world.owner()).await;
    let organization = world.organization.to_string();
    let buy = "mutation ($o: ID!, $n: Int!) { buyPhoneNumbers(organizationId: $o, areaCode: \"212\", limit: $n) { id } }";
    owner.data(buy, json!({"o": organization, "n": 5})).await;
    let counts = "query ($o: String!) { organization(id: $o) { phoneInventoryEnabled pendingPhoneNumberJobs { areaCode limit }
        phoneNumberCounts { areaCode state availableCount allocatedCount } } }";
    let told = owner.data(counts, json!({"o": organization})).await;
    assert_eq!(
        told["organization"]["pendingPhoneNumberJobs"],
        json!([{"areaCode": "212", "limit": 5}])
    );
    test.run_jobs().await;
    owner.data(buy, json!({"o": organization, "n": 3})).await;
    test.run_jobs().await;
    let told = owner.data(counts, json!({"o": organization})).await;
    assert_eq!(
        told["organization"],
        json!({"phoneInventoryEnabled": true, "pendingPhoneNumberJobs": [],
            "phoneNumberCounts": [{"areaCode": "212", "state": "NY", "availableCount": 8, "allocatedCount": 0}]})
    );
    assert_eq!(
        test.number("SELECT count(DISTINCT phone_number) FROM owned_phone_number")
            .await,
        8
    );
    assert_eq!(
        owner.code(buy, json!({"o": organization, "n": 1_000})).await,
        "BAD_USER_INPUT"
    );

    test.execute("UPDATE campaign SET is_started = false").await;
    let reserve = |count: i32| json!({"inventoryPhoneNumberCounts": [{"areaCode": "212", "count": count}]});
    edit(&owner, &world, reserve(6)).await;
    edit(&owner, &world, reserve(7)).await;
    let id = world.campaign.to_string();
    assert_eq!(
        owner.code(EDIT, json!({"id": id, "c": reserve(9)})).await,
        "BAD_USER_INPUT"
    );
    let told = read(
        &owner,
        &world,
        "phoneNumbers inventoryPhoneNumberCounts { areaCode count }
        contactsAreaCodeCounts { areaCode state count }",
    )
    .await;
    assert_eq!(told["phoneNumbers"].as_array().unwrap().len(), 7);
    assert_eq!(
        told["inventoryPhoneNumberCounts"],
        json!([{"areaCode": "212", "count": 7}])
    );
    assert_eq!(
        told["contactsAreaCodeCounts"],
        json!([{"areaCode": "212", "state": "NY", "count": 2}])
    );

    let release = "mutation ($id: ID!) { releaseCampaignNumbers(campaignId: $id) { isArchivedPermanently } }";
    assert_eq!(owner.code(release, json!({"id": id})).await, "BAD_USER_INPUT");
    owner
        .data(
            "mutation ($id: String!) { archiveCampaign(id: $id) { id } }",
            json!({"id": id}),
        )
        .await;
    let told = owner.data(release, json!({"id": id})).await;
    assert_eq!(told["releaseCampaignNumbers"]["isArchivedPermanently"], true);
    assert_eq!(
        owner
            .code(
                "mutation ($id: String!) { unarchiveCampaign(id: $id) { id } }",
                json!({"id": id})
            )
            .await,
        "BAD_USER_INPUT"
    );
    owner
        .data(
            "mutation ($o: ID!) { deletePhoneNumbers(organizationId: $o, areaCode: \"212\") { id } }",
            json!({"o": organization}),
        )
        .await;
    test.run_jobs().await;
    assert_eq!(test.number("SELECT count(*) FROM owned_phone_number").await, 0);
    let off = TestApp::new().await;
    let plain = World::new(&off, "one", 1).await;
    let owner = off.client(plain.owner()).await;
    assert_eq!(
        owner
            .code(buy, json!({"o": plain.organization.to_string(), "n": 1}))
            .await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn fake_contacts_are_loaded_where_texts_go_nowhere() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    test.execute("UPDATE campaign SET is_started = false").await;
    let told = read(&owner, &world, "ingestMethodsAvailable { name }").await;
    assert_eq!(
        told["ingestMethodsAvailable"],
        json!([{"name": "csv-upload"}, {"name": "test-fakedata"}])
    );
    edit(
        &owner,
        &world,
        json!({"ingestMethod": "test-fakedata", "contactData": "{\"requestContactCount\": 150}"}),
    )
    .await;
    test.run_jobs().await;
    let told = read(
        &owner,
        &world,
        "contactsCount customFields ingestMethod { name success contactsCount }",
    )
    .await;
    assert_eq!(told["contactsCount"], 150);
    assert_eq!(told["customFields"], json!(["campaignIndex"]));
    assert_eq!(
        told["ingestMethod"],
        json!({"name": "test-fakedata", "success": true, "contactsCount": 150})
    );
    test.execute("UPDATE organization SET features = '{\"service\": \"twilio\"}'")
        .await;
    let id = world.campaign.to_string();
    let data = json!({"id": id, "c": {"ingestMethod": "test-fakedata", "contactData": "{\"requestContactCount\": 1}"}});
    assert_eq!(owner.code(EDIT, data).await, "BAD_USER_INPUT");
}
