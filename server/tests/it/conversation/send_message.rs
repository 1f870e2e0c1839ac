use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::json;

use crate::harness::{TestApp, World, world::OPENING};

#[tokio::test]
async fn a_first_message_is_rendered_by_the_server_and_queued() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    let answer = texter.send(world.contacts[0], world.initial()).await;
    assert_eq!(
        answer["data"]["sendMessage"],
        json!({"id": world.contacts[0].to_string(), "messageStatus": "messaged", "assignmentId": world.assignment.to_string()})
    );
    let n = test
        .number(&format!(
            "SELECT count(*) FROM message WHERE send_status = 'QUEUED' AND initial_pass = 1 AND user_id = {} AND text = '{}'",
            world.texter(),
            OPENING.replace('\'', "''")
        ))
        .await;
    assert_eq!(n, 1);
}

#[tokio::test]
async fn r01_two_hundred_taps_make_one_first_message() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let taps = (0..200).map(|tap| {
        let texter = texter.clone();
        let message = if tap % 2 == 0 {
            world.initial()
        } else {
            world.text(OPENING)
        };
        let contact = world.contacts[0];
        async move { texter.send(contact, message).await }
    });
    let answers = futures_util::future::join_all(taps).await;
    let sent = answers.iter().filter(|answer| answer["errors"].is_null()).count();
    assert_eq!(sent, 1);
    for answer in answers.iter().filter(|answer| !answer["errors"].is_null()) {
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap();
        assert!(
            ["ALREADY_MESSAGED", "DUPLICATE_MESSAGE"].contains(&code),
            "{answer}"
        );
    }
    assert_eq!(test.number("SELECT count(*) FROM message").await, 1);
}

#[tokio::test]
async fn r28_a_repeated_key_is_the_same_send() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let mut message = world.initial();
    message["idempotencyKey"] = json!("tap-1");
    for _ in 0..3 {
        let answer = texter.send(world.contacts[0], message.clone()).await;
        assert_eq!(
            answer["data"]["sendMessage"]["messageStatus"], "messaged",
            "{answer}"
        );
    }
    assert_eq!(test.number("SELECT count(*) FROM message").await, 1);
}

#[tokio::test]
async fn spokes_form_brings_the_text() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let answer = texter
        .send(world.contacts[0], world.text("Hello in my own words"))
        .await;
    assert_eq!(
        answer["data"]["sendMessage"]["messageStatus"], "messaged",
        "{answer}"
    );
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE text = 'Hello in my own words'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_changed_first_message_is_refused_where_the_campaign_forbids_it() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let owner = test.client(world.owner()).await;
    owner
        .data(
            "mutation ($id: String!, $campaign: CampaignInput!) { editCampaign(id: $id, campaign: $campaign) { allowInitialEdit } }",
            json!({"id": world.campaign.to_string(), "campaign": {"allowInitialEdit": false}}),
        )
        .await;
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter
            .send_code(world.contacts[0], world.text("Something else"))
            .await,
        "TEXT_EDITED"
    );
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
    assert!(texter.send(world.contacts[0], world.text(OPENING)).await["errors"].is_null());
}

#[tokio::test]
async fn refuses_an_old_version_of_the_script() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let mut script = crate::harness::world::script();
    script["script"] = json!("A new opening");
    owner
        .data(
            "mutation ($id: String!, $campaign: CampaignInput!) { editCampaign(id: $id, campaign: $campaign) { scriptVersion } }",
            json!({"id": world.campaign.to_string(), "campaign": {"interactionSteps": {"id": "new1", "script": "A new opening"}}}),
        )
        .await;
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SCRIPT_CHANGED"
    );
    let mut message = world.initial();
    message["scriptVersion"] = json!(2);
    assert!(texter.send(world.contacts[0], message).await["errors"].is_null());
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE text = 'A new opening'")
            .await,
        1
    );
}

#[tokio::test]
async fn refuses_a_contact_that_went_to_another_texter() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign_contact SET assignment_id = NULL")
        .await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_ASSIGNMENTCHANGED"
    );
}

#[tokio::test]
async fn refuses_another_texter_of_the_same_organization() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let other = test.client(world.person("VETTED_TEXTER")).await;
    assert_eq!(
        other.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_ASSIGNMENTCHANGED"
    );
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn a_supervisor_may_send_and_is_recorded_as_the_sender() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let supervisor = world.person("SUPERVOLUNTEER");
    let client = test.client(supervisor).await;
    assert!(client.send(world.contacts[0], world.initial()).await["errors"].is_null());
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM message WHERE user_id = {supervisor}"
        ))
        .await,
        1
    );
}

#[tokio::test]
async fn refuses_an_opted_out_cell_even_when_the_contact_is_not_marked() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    test.execute(
        "INSERT INTO opt_out (organization_id, cell) SELECT organization_id, cell FROM campaign_contact",
    )
    .await;
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_OPTEDOUT"
    );
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn r19_refuses_before_nine_and_from_nine_in_the_evening_in_the_contacts_own_zone() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 4).await;
    test.execute("UPDATE campaign_contact SET time_zone = 'America/Los_Angeles'")
        .await;
    let texter = world.as_texter(&test).await;
    // In Los Angeles it is eight hours earlier than UTC in December.
    for (hour, minute, refused) in [(16, 59, true), (17, 0, false), (4, 59, false), (5, 0, true)] {
        test.app
            .clock
            .set(Utc.with_ymd_and_hms(2026, 12, 2, hour, minute, 0).unwrap());
        let contact = world.contacts[usize::from(hour == 4) + usize::from(refused) * 2];
        let answer = texter.send(contact, world.initial()).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"] == "SENDERR_OFFHOURS",
            refused,
            "{hour}:{minute} {answer}"
        );
    }
}

#[tokio::test]
async fn a_campaign_of_its_own_hours_overrides_the_organization() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 2, 13, 30, 0).unwrap());
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    test.execute(
        "UPDATE campaign SET override_organization_texting_hours = true, texting_hours_enforced = false",
    )
    .await;
    // The law's hours hold all the same.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 2, 12, 59, 0).unwrap());
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 2, 13, 0, 0).unwrap());
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
}

#[tokio::test]
async fn first_messages_stop_a_day_after_the_due_date_and_replies_go_on() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    test.execute(&format!(
        "UPDATE campaign_contact SET message_status = 'needsResponse' WHERE id = {}",
        world.contacts[1]
    ))
    .await;
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 20, 17, 0, 0).unwrap() + TimeDelta::days(1));
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "CAMPAIGN_PAST_DUE"
    );
    assert!(texter.send(world.contacts[1], world.text("Thanks")).await["errors"].is_null());
}

#[tokio::test]
async fn refuses_empty_and_endless_texts() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.text("  \n ")).await,
        "EMPTY_TEXT"
    );
    assert_eq!(
        texter
            .send_code(world.contacts[0], world.text(&"x".repeat(1601)))
            .await,
        "SENDERR_MAXLEN"
    );
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn refuses_campaigns_that_are_not_started_or_archived() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("UPDATE campaign SET is_started = false").await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "CAMPAIGN_NOT_STARTED"
    );
    test.execute("UPDATE campaign SET is_started = true, is_archived = true")
        .await;
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_ASSIGNMENTCHANGED"
    );
}

#[tokio::test]
async fn names_are_rendered_by_sql_as_by_the_shared_rule() {
    let test = TestApp::new().await;
    let mut conn = test.conn().await;
    for name in [
        "ann",
        "ANN",
        "Ann",
        "mcDonald",
        "McDonald",
        " o'neil ",
        "de la Cruz",
        "élise",
        "ÉLISE",
        "X",
        "",
        "李",
        "123",
    ] {
        let sql = format!(
            "SELECT count(*) WHERE capitalize_name($q${name}$q$) = $q${}$q$",
            bellwether_domain::script::capitalize_name(name)
        );
        assert_eq!(crate::harness::app::number(&mut conn, &sql).await, 1, "{name:?}");
    }
}

#[tokio::test]
async fn values_with_tokens_or_patterns_in_them_are_put_in_as_they_are() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    test.execute("UPDATE campaign_contact SET first_name = '{lastName} $& \\1'")
        .await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    let text = "SELECT count(*) FROM message WHERE text LIKE 'Hi {lastname} $& \\\\1, it''s Tess%'";
    assert_eq!(test.number(text).await, 1);
}

#[tokio::test]
async fn r19_what_is_queued_late_is_held_until_morning() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    // 20:59 in New York.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 3, 1, 59, 0).unwrap());
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 3, 2, 0, 0).unwrap());
    test.deliver().await;
    assert_eq!(test.number("SELECT count(*) FROM message WHERE send_status = 'QUEUED' AND available_at > now() + interval '11 hours'").await, 1);
    // The next morning.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 3, 14, 0, 0).unwrap());
    test.execute("UPDATE message SET available_at = now()").await;
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'DELIVERED'")
            .await,
        1
    );
}
