use serde_json::json;

use crate::harness::{TestApp, World};

const READ: &str = "query ($id: String!) { organization(id: $id) {
    profileFields { name label } allowSendAll theme batchPolicies cacheable } }";
const FIGURES: &str = "query ($id: String!) { organization(id: $id) {
    numTextsInLastDay campaignsCount emailEnabled optOuts { cell createdAt assignment { id } } } }";

#[tokio::test]
async fn members_read_what_the_organization_is() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let id = json!({"id": world.organization.to_string()});
    assert_eq!(
        texter.data(READ, id.clone()).await["organization"],
        json!({
            "profileFields": [], "allowSendAll": false, "theme": {}, "cacheable": 0,
            "batchPolicies": ["finished-replies-tz", "vetted-texters", "finished-replies"],
        })
    );
    test.execute(
        r#"UPDATE organization SET features = '{"profile_fields": [{"name": "county", "label": "County"}],
            "DYNAMICASSIGNMENT_BATCHES": "vetted-texters, finished-replies", "ALLOW_SEND_ALL_ENABLED": true}'"#,
    )
    .await;
    let set = texter.data(READ, id).await["organization"].take();
    assert_eq!(
        set["profileFields"],
        json!([{"name": "county", "label": "County"}])
    );
    assert_eq!(
        set["batchPolicies"],
        json!(["vetted-texters", "finished-replies"])
    );
    // The instance does not allow it.
    assert_eq!(set["allowSendAll"], false);
}

#[tokio::test]
async fn owners_read_figures_and_opt_outs_newest_first() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let other = World::new(&test, "two", 2).await;
    let texter = world.as_texter(&test).await;
    for contact in [world.contacts[0], world.contacts[1]] {
        texter.send(contact, world.initial()).await;
    }
    other
        .as_texter(&test)
        .await
        .send(other.contacts[0], other.initial())
        .await;
    test.execute(&format!(
        "UPDATE message SET created_at = now() - interval '25 hours' WHERE campaign_contact_id = {}",
        world.contacts[1]
    ))
    .await;
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell, assignment_id) VALUES ({0}, '+12125550111', {1}), ({0}, '+12125550112', NULL), ({2}, '+12125550113', NULL)",
        world.organization, world.assignment, other.organization
    ))
    .await;
    let owner = test.client(world.owner()).await;
    let id = json!({"id": world.organization.to_string()});
    let read = owner.data(FIGURES, id.clone()).await["organization"].take();
    assert_eq!(read["numTextsInLastDay"], 1);
    assert_eq!(read["campaignsCount"], 1);
    assert_eq!(read["emailEnabled"], false);
    let outs = read["optOuts"].as_array().unwrap();
    assert_eq!(outs.len(), 2);
    assert_eq!(outs[0]["cell"], "+12125550112");
    assert!(outs[0]["assignment"].is_null());
    assert_eq!(outs[1]["assignment"]["id"], world.assignment.to_string());

    let supervolunteer = test.client(world.person("SUPERVOLUNTEER")).await;
    for field in ["numTextsInLastDay", "optOuts { id }"] {
        let query = format!("query ($id: String!) {{ organization(id: $id) {{ {field} }} }}");
        assert_eq!(
            supervolunteer.code(&query, id.clone()).await,
            "FORBIDDEN",
            "{field}"
        );
    }
}
