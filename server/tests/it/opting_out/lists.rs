//! Lists of opted-out cells in and out by CSV.

use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_consistent, cell};
use crate::harness::{Client, TestApp, World};

const IMPORT: &str = "mutation ($id: ID!, $upload: ID!) { importOptOuts(organizationId: $id, uploadId: $upload) { id kind status } }";
const EXPORT: &str = "mutation ($id: ID!) { exportOptOuts(organizationId: $id) { id kind status } }";
const TRANSFERS: &str = "query ($id: ID!) { optOutTransfers(organizationId: $id) {
    kind status percent rows added already invalid message filePath } }";

async fn upload(client: &Client, world: &World, csv: String) -> (u16, Value) {
    let path = format!("/uploads/opt-outs?organizationId={}", world.organization);
    let response = client
        .request(Method::POST, &path)
        .body(csv)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

async fn import(test: &TestApp, client: &Client, world: &World, csv: String) -> Value {
    let (status, told) = upload(client, world, csv).await;
    assert_eq!(status, 200, "{told}");
    let id = world.organization.to_string();
    client
        .data(IMPORT, json!({"id": id, "upload": told["uploadId"]}))
        .await;
    test.run_jobs().await;
    transfers(client, world).await[0].clone()
}

async fn transfers(client: &Client, world: &World) -> Value {
    let id = world.organization.to_string();
    client.data(TRANSFERS, json!({"id": id})).await["optOutTransfers"].clone()
}

async fn file(client: &Client, path: &Value) -> String {
    let response = client
        .request(Method::GET, path.as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_list_is_taken_in_once_and_says_what_was_wrong_with_it() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    let contact = cell(&test, world.contacts[0]).await;
    let admin = test.client(world.person("ADMIN")).await;
    let csv = format!(
        "name,Phone,reason,date\nAnn,{contact},by mail,2025-05-01\nBob,(212) 555-0142,,\nEve,12,,\nBob again,+12125550142,,\n,,,\n"
    );
    let done = import(&test, &admin, &world, csv.clone()).await;
    assert_eq!(
        (&done["status"], &done["added"], &done["percent"]),
        (&json!("DONE"), &json!(2), &json!(100)),
        "{done}"
    );
    assert_eq!(done["invalid"], 1, "{done}");
    let wrong = file(&admin, &done["filePath"]).await;
    assert!(wrong.contains('4') && wrong.contains("12"), "{wrong}");
    // What was queued to one of them does not leave.
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'NOT_ATTEMPTED'")
            .await,
        1
    );
    assert_consistent(&test).await;
    let again = import(&test, &admin, &world, csv).await;
    assert_eq!(
        (&again["added"], &again["status"]),
        (&json!(0), &json!("DONE")),
        "{again}"
    );
    let kept = format!(
        "SELECT count(*) FROM opt_out WHERE cell = '{contact}' AND reason_code = 'by mail' AND source = 'import'
             AND created_at::date = '2025-05-01'"
    );
    assert_eq!(test.number(&kept).await, 1);
}

#[tokio::test]
async fn what_goes_out_comes_in_again_unchanged() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let rows: String = (0..5_000).map(|n| format!("+1212666{n:04},mail\n")).collect();
    let done = import(&test, &admin, &world, format!("cell,reason\n{rows}")).await;
    assert_eq!(done["added"], 5_000, "{done}");
    admin
        .data(EXPORT, json!({"id": world.organization.to_string()}))
        .await;
    test.run_jobs().await;
    let exported = transfers(&admin, &world).await[0].clone();
    assert_eq!(
        (&exported["kind"], &exported["status"]),
        (&json!("EXPORT"), &json!("DONE")),
        "{exported}"
    );
    let csv = file(&admin, &exported["filePath"]).await;
    assert_eq!(csv.lines().count(), 5_001);
    let other_admin = test.client(other.person("ADMIN")).await;
    let done = import(&test, &other_admin, &other, csv).await;
    assert_eq!(done["added"], 5_000, "{done}");
    // One's files are not another's.
    let response = other_admin
        .request(Method::GET, exported["filePath"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 404);
}

#[tokio::test]
async fn lists_that_cannot_be_read_are_refused_in_words() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    for csv in ["", "name,colour\nAnn,red\n"] {
        let (status, told) = upload(&admin, &world, csv.to_owned()).await;
        assert_eq!(status, 400, "{told}");
    }
    let texter = world.as_texter(&test).await;
    assert_eq!(
        upload(&texter, &world, "cell\n+12125550100\n".to_owned()).await.0,
        403
    );
    // An upload of one organization is nothing to another.
    let (_, told) = upload(&admin, &world, "cell\n+12125550100\n".to_owned()).await;
    let stranger = test.client(other.person("ADMIN")).await;
    let id = other.organization.to_string();
    for upload in [told["uploadId"].clone(), json!("999999999")] {
        let answer = stranger
            .graphql(IMPORT, json!({"id": id, "upload": upload}))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(
            error["message"].as_str().unwrap().contains("uploadId"),
            "{answer}"
        );
    }
}

const ROWS: usize = 25_000;

fn many() -> String {
    let rows: String = (0..ROWS).map(|n| format!("+12127{n:06}\n")).collect();
    format!("cell\n{rows}")
}

#[tokio::test]
async fn a_list_goes_on_where_it_was_interrupted() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let (_, told) = upload(&admin, &world, many()).await;
    let id = world.organization.to_string();
    admin
        .data(IMPORT, json!({"id": id, "upload": told["uploadId"]}))
        .await;
    // The second batch breaks: the first stays, with the checkpoint that tells so.
    test.execute(
        "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF (SELECT count(*) FROM opt_out) >= 10000 THEN RAISE 'the power fails'; END IF; RETURN NULL; END $$;
         CREATE TRIGGER break_off BEFORE INSERT ON opt_out FOR EACH STATEMENT EXECUTE FUNCTION break_off()",
    )
    .await;
    test.run_jobs().await;
    let halfway = transfers(&admin, &world).await[0].clone();
    assert_eq!(
        (&halfway["status"], &halfway["rows"], &halfway["added"]),
        (&json!("RUNNING"), &json!(10_000), &json!(10_000)),
        "{halfway}"
    );
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 10_000);
    test.execute("DROP TRIGGER break_off ON opt_out; UPDATE job_request SET available_at = now()")
        .await;
    test.run_jobs().await;
    let done = transfers(&admin, &world).await[0].clone();
    assert_eq!(
        (&done["status"], &done["rows"], &done["added"], &done["already"]),
        (&json!("DONE"), &json!(ROWS), &json!(ROWS), &json!(0)),
        "{done}"
    );
    for table in ["opt_out", "opt_out_event"] {
        let count = test.number(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(count, ROWS as i64, "{table}");
    }
}

#[tokio::test]
async fn a_list_that_is_cancelled_does_no_more() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let (_, told) = upload(&admin, &world, many()).await;
    let id = world.organization.to_string();
    let begun = admin
        .data(IMPORT, json!({"id": id, "upload": told["uploadId"]}))
        .await;
    let cancel = "mutation ($id: ID!) { cancelOptOutTransfer(id: $id) { status } }";
    let variables = json!({"id": begun["importOptOuts"]["id"]});
    let stranger = test.client(other.person("ADMIN")).await;
    assert_eq!(stranger.code(cancel, variables.clone()).await, "NOT_FOUND");
    let cancelled = admin.data(cancel, variables.clone()).await;
    assert_eq!(cancelled["cancelOptOutTransfer"]["status"], "CANCELLED");
    test.run_jobs().await;
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    assert_eq!(transfers(&admin, &world).await[0]["status"], "CANCELLED");
    // Again is the same.
    let cancelled = admin.data(cancel, variables).await;
    assert_eq!(cancelled["cancelOptOutTransfer"]["status"], "CANCELLED");
}
