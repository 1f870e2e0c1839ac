use serde_json::json;

use crate::harness::{TestApp, World};

#[tokio::test]
async fn an_export_tells_every_contact_and_text_and_runs_no_formula() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let owner = test.client(world.owner()).await;
    let texter = world.as_texter(&test).await;
    test.execute(&format!(
        "UPDATE campaign_contact SET first_name = '=HYPERLINK(1)' WHERE id = {}",
        world.contacts[0]
    ))
    .await;
    texter.send(world.contacts[1], world.text("Will you come?")).await;
    test.deliver().await;
    let step = test
        .number("SELECT id FROM interaction_step WHERE question = 'Will they vote?'")
        .await;
    texter
        .data(
            "mutation ($id: String!, $a: [QuestionResponseInput]) { updateQuestionResponses(campaignContactId: $id, questionResponses: $a) }",
            json!({"id": world.contacts[1].to_string(), "a": [
                {"campaignContactId": world.contacts[1].to_string(), "interactionStepId": step.to_string(), "value": "Yes"}]}),
        )
        .await;
    let export = "mutation ($id: String!) { exportCampaign(id: $id) { id jobType status } }";
    let job = owner
        .data(export, json!({"id": world.campaign.to_string()}))
        .await;
    assert_eq!(job["exportCampaign"]["jobType"], "export");
    test.run_jobs().await;
    let found = owner
        .data(
            "query ($id: String!) { campaign(id: $id) { pendingJobs { id } exportResults { error campaignExportUrl campaignMessagesExportUrl } } }",
            json!({"id": world.campaign.to_string()}),
        )
        .await;
    assert_eq!(found["campaign"]["pendingJobs"], json!([]));
    let url = found["campaign"]["exportResults"]["campaignExportUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = owner.request(reqwest::Method::GET, &url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let csv = answer.text().await.unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(
        csv.contains("'=HYPERLINK(1)") && csv.contains("question[Will they vote?]") && csv.contains("Yes"),
        "{csv}"
    );
    let messages = found["campaign"]["exportResults"]["campaignMessagesExportUrl"]
        .as_str()
        .unwrap();
    let csv = owner
        .request(reqwest::Method::GET, messages)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        csv.contains("Will you come?") && csv.starts_with("campaign_contact_id,"),
        "{csv}"
    );

    let other = World::new(&test, "two", 1).await;
    for (client, status) in [
        (test.anonymous(), 401),
        (texter, 403),
        (test.client(other.owner()).await, 404),
    ] {
        assert_eq!(
            client
                .request(reqwest::Method::GET, &url)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
            status
        );
    }
}
