use serde_json::json;

use crate::harness::{TestApp, World};

const SET: &str = "mutation ($id: String!, $status: String!) {
    editCampaignContactMessageStatus(campaignContactId: $id, messageStatus: $status) { id messageStatus } }";

#[tokio::test]
async fn a_conversation_is_closed_and_opened_again() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET message_status = 'needsResponse'")
        .await;
    for status in ["closed", "needsResponse", "closed"] {
        let set = texter
            .data(
                SET,
                json!({"id": world.contacts[0].to_string(), "status": status}),
            )
            .await;
        assert_eq!(
            set["editCampaignContactMessageStatus"][0]["messageStatus"],
            status
        );
    }
}

#[tokio::test]
async fn refuses_states_that_do_not_exist_and_the_way_back_to_the_first_message() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET message_status = 'messaged'")
        .await;
    for status in ["open", "UPDATING", "", "needsMessage"] {
        let code = texter
            .code(
                SET,
                json!({"id": world.contacts[0].to_string(), "status": status}),
            )
            .await;
        assert_eq!(code, "BAD_USER_INPUT", "{status}");
    }
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE message_status = 'messaged'")
            .await,
        1
    );
}
