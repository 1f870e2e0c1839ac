use std::fmt::Write;

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

async fn new_campaign(owner: &Client, world: &World) -> i64 {
    let made = owner
        .data(
            "mutation ($c: CampaignInput!) { createCampaign(campaign: $c) { id } }",
            json!({"c": {"organizationId": world.organization.to_string(), "title": "Upload", "description": "d",
                "dueBy": "2026-12-20", "interactionSteps": crate::harness::world::script()}}),
        )
        .await;
    made["createCampaign"]["id"].as_str().unwrap().parse().unwrap()
}

async fn upload(owner: &Client, campaign: i64, csv: impl Into<reqwest::Body>) -> (u16, Value) {
    let answer = owner
        .request(
            reqwest::Method::POST,
            &format!("/uploads/contacts?campaignId={campaign}"),
        )
        .header("content-type", "text/csv")
        .body(csv)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn import(owner: &Client, campaign: i64, told: &Value) {
    let data = json!({"uploadId": told["uploadId"], "mapping": told["suggestedMapping"]}).to_string();
    owner
        .data(
            "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }",
            json!({"id": campaign.to_string(), "c": {"ingestMethod": "csv-upload", "contactData": data}}),
        )
        .await;
}

async fn result(owner: &Client, campaign: i64) -> Value {
    owner
        .data(
            "query ($id: String!) { campaign(id: $id) { contactsCount customFields pendingJobs { status failed resultMessage }
                ingestMethod { name success result contactsCount deletedOptouts deletedDupes } } }",
            json!({"id": campaign.to_string()}),
        )
        .await["campaign"]
        .take()
}

#[tokio::test]
async fn a_list_is_read_checked_and_counted() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let campaign = new_campaign(&owner, &world).await;
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) VALUES ({}, '+13125550103')",
        world.organization
    ))
    .await;
    let csv = "\u{feff}First,Last,Mobile Phone,Zip,Ward\r\n\
        ana,Alvarez,(312) 555-0101,60614-1234,7\r\n\
        Ben,\"Brown, Jr.\",312.555.0102,60614,8\r\n\
        Cy,Out,312-555-0103,60614,9\r\n\
        Ana,Again,+1 312 555 0101,60614,7\r\n\
        Dee,Bad,12,60614,1\r\n\
        Eve,None,,60614,1\r\n";
    let (status, told) = upload(&owner, campaign, csv).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        told["headers"],
        json!(["First", "Last", "Mobile Phone", "Zip", "Ward"])
    );
    assert_eq!(told["suggestedMapping"]["cell"], "Mobile Phone");
    import(&owner, campaign, &told).await;
    test.run_jobs().await;
    let after = result(&owner, campaign).await;
    assert_eq!(after["contactsCount"], 2, "{after}");
    assert_eq!(after["customFields"], json!(["Ward"]));
    assert_eq!(after["pendingJobs"], json!([]));
    let method = &after["ingestMethod"];
    assert_eq!(
        (
            &method["success"],
            &method["deletedOptouts"],
            &method["deletedDupes"]
        ),
        (&json!(true), &json!(1), &json!(1)),
        "{method}"
    );
    let report: Value = serde_json::from_str(method["result"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&report["rows"], &report["invalidCount"]),
        (&json!(6), &json!(2)),
        "{report}"
    );
    assert_eq!(report["invalid"][0]["line"], 6);
    assert!(
        !report.to_string().contains("555"),
        "no telephone in a report: {report}"
    );
    let ana = "SELECT count(*) FROM campaign_contact WHERE first_name = 'ana' AND zip = '60614' AND cell = '+13125550101'
               AND custom_fields = '{\"Ward\": \"7\"}' AND time_zone = 'America/Chicago'";
    assert_eq!(test.number(ana).await, 1);
}

#[tokio::test]
async fn r21_an_import_that_was_cut_off_goes_on_without_doubles() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let campaign = new_campaign(&owner, &world).await;
    let mut csv = String::from("firstName,lastName,cell\n");
    for index in 0..5_000 {
        writeln!(csv, "A{index},B,+1312555{:04}", index % 4_900).unwrap();
    }
    let (_, told) = upload(&owner, campaign, csv).await;
    import(&owner, campaign, &told).await;
    let running = tokio::spawn({
        let app = test.app.clone();
        async move { bellwether_server::jobs::run_until_idle(&app).await }
    });
    // Killed somewhere in the middle, lease and all.
    for _ in 0..500 {
        if test
            .number(&format!(
                "SELECT count(*) FROM campaign_contact WHERE campaign_id = {campaign}"
            ))
            .await
            > 0
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    running.abort();
    let _ = running.await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    test.execute("UPDATE job_request SET locked_until = now() - interval '1 second'")
        .await;
    test.run_jobs().await;
    let after = result(&owner, campaign).await;
    let report: Value = serde_json::from_str(after["ingestMethod"]["result"].as_str().unwrap()).unwrap();
    assert_eq!(after["contactsCount"], 4_900, "{after}");
    assert_eq!(
        (&report["rows"], &report["duplicates"]),
        (&json!(5_000), &json!(100)),
        "{report}"
    );
    assert_eq!(
        bellwether_db::contact_count::drift(&mut *test.conn().await)
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn spokes_packed_contacts_are_read_too() {
    use base64::Engine;
    use std::io::Write as _;
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let campaign = new_campaign(&owner, &world).await;
    let packed = json!({"name": "list.csv", "customFields": ["ward"], "contacts": [
        {"firstName": "Ana", "lastName": "A", "cell": "+13125550101", "zip": "60614", "external_id": "7", "customFields": "{\"ward\":\"8\"}"},
        {"firstName": "Ben", "lastName": "B", "cell": "+13125550102", "zip": "", "external_id": "", "customFields": "{\"ward\":\"9\"}"},
    ]});
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(packed.to_string().as_bytes()).unwrap();
    let data = base64::engine::general_purpose::STANDARD.encode(gzip.finish().unwrap());
    owner
        .data(
            "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }",
            json!({"id": campaign.to_string(), "c": {"ingestMethod": "csv-upload", "contactData": data}}),
        )
        .await;
    test.run_jobs().await;
    let after = result(&owner, campaign).await;
    assert_eq!(after["contactsCount"], 2, "{after}");
    assert_eq!(after["customFields"], json!(["ward"]));
    assert_eq!(test.number("SELECT count(*) FROM campaign_contact WHERE external_id = '7' AND custom_fields = '{\"ward\": \"8\"}'").await, 1);
}

#[tokio::test]
async fn who_may_not_upload_is_refused_and_wrong_files_are_told_in_words() {
    let test = TestApp::with(|config| config.max_upload_bytes = 10_000).await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    let campaign = new_campaign(&owner, &world).await;
    let csv = "firstName,lastName,cell\nA,B,+13125550101\n";
    for (client, status) in [
        (test.anonymous(), 401),
        (world.as_texter(&test).await, 403),
        (test.client(world.person("SUPERVOLUNTEER")).await, 403),
        (test.client(other.owner()).await, 404),
    ] {
        assert_eq!(upload(&client, campaign, csv).await.0, status);
    }
    assert_eq!(upload(&owner, campaign, "").await.0, 400);
    assert_eq!(upload(&owner, campaign, "x".repeat(20_000)).await.0, 413);
    let (_, told) = upload(&owner, campaign, "a,b,c\n1,2,3\n").await;
    let data = json!({"uploadId": told["uploadId"], "mapping": told["suggestedMapping"]}).to_string();
    let edit = "mutation ($id: String!, $c: CampaignInput!) { editCampaign(id: $id, campaign: $c) { id } }";
    let input = json!({"id": campaign.to_string(), "c": {"ingestMethod": "csv-upload", "contactData": data}});
    assert_eq!(owner.code(edit, input).await, "BAD_USER_INPUT");
    // A started campaign keeps its contacts.
    let (_, told) = upload(&owner, campaign, csv).await;
    let data = json!({"uploadId": told["uploadId"], "mapping": told["suggestedMapping"]}).to_string();
    let input =
        json!({"id": world.campaign.to_string(), "c": {"ingestMethod": "csv-upload", "contactData": data}});
    assert_ne!(owner.code(edit, input).await, "INTERNAL");
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM campaign_contact WHERE campaign_id = {}",
            world.campaign
        ))
        .await,
        1
    );
}
