use serde_json::json;

use crate::harness::{Client, TestApp, World};

const OPT_OUT: &str = "mutation ($id: String!, $optOut: OptOutInput!, $noReply: Boolean) {
    createOptOut(campaignContactId: $id, optOut: $optOut, noReply: $noReply) {
        id isOptedOut canTextNow optOut { cell } } }";

async fn opt_out(
    client: &Client,
    world: &World,
    contact: i64,
    message: Option<&str>,
    no_reply: bool,
) -> serde_json::Value {
    let mut input = json!({"assignmentId": world.assignment.to_string(), "cell": "+12125550000"});
    if let Some(message) = message {
        input["message"] = json!(message);
    }
    client
        .data(
            OPT_OUT,
            json!({"id": contact.to_string(), "optOut": input, "noReply": no_reply}),
        )
        .await
}

#[tokio::test]
async fn r04_a_queued_text_is_taken_back() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    let told = opt_out(&texter, &world, world.contacts[0], None, true).await;
    assert_eq!(told["createOptOut"]["isOptedOut"], true);
    assert_eq!(told["createOptOut"]["canTextNow"], false);
    assert!(
        told["createOptOut"]["optOut"]["cell"]
            .as_str()
            .unwrap()
            .starts_with("+1")
    );
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'NOT_ATTEMPTED' AND error_code = -133")
            .await,
        1
    );
    assert_eq!(
        texter.send_code(world.contacts[0], world.text("Hello?")).await,
        "SENDERR_OPTEDOUT"
    );
}

#[tokio::test]
async fn the_confirmation_goes_out_and_nothing_else() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    opt_out(
        &texter,
        &world,
        world.contacts[0],
        Some("You are off the list."),
        false,
    )
    .await;
    test.deliver().await;
    assert_eq!(
        test.number(
            "SELECT count(*) FROM message WHERE text = 'You are off the list.' AND send_status = 'DELIVERED'"
        )
        .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'NOT_ATTEMPTED'")
            .await,
        1
    );
}

#[tokio::test]
async fn spokes_clients_send_the_confirmation_first() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET message_status = 'needsResponse'")
        .await;
    let words = "I'm opting you out of texts immediately. Have a great day.";
    assert!(texter.send(world.contacts[0], world.text(words)).await["errors"].is_null());
    opt_out(&texter, &world, world.contacts[0], None, false).await;
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'DELIVERED'")
            .await,
        1
    );
}

#[tokio::test]
async fn any_other_text_sent_before_an_opt_out_is_taken_back() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET message_status = 'needsResponse'")
        .await;
    assert!(texter.send(world.contacts[0], world.text("One more thing")).await["errors"].is_null());
    opt_out(&texter, &world, world.contacts[0], None, false).await;
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'NOT_ATTEMPTED'")
            .await,
        1
    );
}

#[tokio::test]
async fn every_campaign_of_the_organization_is_closed_to_the_cell_and_no_other_organization() {
    let test = TestApp::new().await;
    let one = World::new(&test, "one", 1).await;
    let second = one.add_campaign(&test, "Second", 1).await;
    let two = World::new(&test, "two", 1).await;
    test.execute("UPDATE campaign_contact SET cell = '+12125550199'")
        .await;
    let texter = one.as_texter(&test).await;
    opt_out(&texter, &one, one.contacts[0], None, true).await;
    let marked = |campaign: i64| {
        format!("SELECT count(*) FROM campaign_contact WHERE is_opted_out AND campaign_id = {campaign}")
    };
    assert_eq!(test.number(&marked(one.campaign)).await, 1);
    assert_eq!(test.number(&marked(second)).await, 1);
    assert_eq!(test.number(&marked(two.campaign)).await, 0);
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}

/// Whatever the order in which a send and an opt-out arrive, no text leaves once the opt-out is answered.
#[tokio::test]
async fn r04_opting_out_wins_every_race_with_sending() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 40).await;
    let texter = world.as_texter(&test).await;
    let races = world.contacts.iter().map(|contact| {
        let (texter, world) = (&texter, &world);
        async move {
            tokio::join!(
                texter.send(*contact, world.initial()),
                opt_out(texter, world, *contact, None, true)
            );
        }
    });
    futures_util::future::join_all(races).await;
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE is_opted_out")
            .await,
        40
    );
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status <> 'NOT_ATTEMPTED'")
            .await,
        0
    );
}
