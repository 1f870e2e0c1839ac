//! What a contact's words do, and what is said to them.

use bellwether_server::delivery::receive::Stored;

use super::{NUMBER, assert_consistent, cell, number_of, say};
use crate::harness::{TestApp, World};

const CONFIRMATION: &str =
    "SELECT count(*) FROM message WHERE automatic_answer = 'stop' AND is_opt_out_confirmation";

/// A world whose first contact was texted.
async fn texted(test: &TestApp) -> (World, String, String) {
    let world = World::new(test, "one", 2).await;
    let texter = world.as_texter(test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let contact = world.contacts[0];
    let (cell, number) = (cell(test, contact).await, number_of(test, contact).await);
    (world, cell, number)
}

#[tokio::test]
async fn stop_is_confirmed_once_from_the_number_that_was_texted() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let organization = Some(world.organization);
    assert_eq!(
        say(&test, organization, "s1", &cell, &number, "Stop.").await,
        Stored::Stopped
    );
    assert_eq!(
        say(&test, organization, "s1", &cell, &number, "Stop.").await,
        Stored::Duplicate
    );
    // Saying it again is no new opt-out, so nothing is said.
    say(&test, organization, "s2", &cell, &number, "STOP!!").await;
    test.deliver().await;
    assert_eq!(test.number(CONFIRMATION).await, 1);
    let text = test
        .text(
            "SELECT text AS hash FROM message WHERE automatic_answer = 'stop' AND send_status = 'DELIVERED'",
        )
        .await;
    assert_eq!(text, test.app.config.opt_out_message);
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM message WHERE automatic_answer = 'stop' AND user_number = '{number}'"
        ))
        .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out_event WHERE source = 'contact' AND message_id IS NOT NULL")
            .await,
        1
    );
    assert_consistent(&test).await;
}

#[tokio::test]
async fn the_confirmation_can_be_off_and_goes_by_state() {
    let test = TestApp::with(|config| {
        config.send_auto_opt_out_response = Some(false);
        config.opt_out_per_state = true;
    })
    .await;
    let (world, cell, number) = texted(&test).await;
    say(&test, Some(world.organization), "s1", &cell, &number, "STOP").await;
    assert_eq!(test.number(CONFIRMATION).await, 0);
    // The organization's own setting beats the instance's.
    test.execute(&format!(
        "UPDATE organization SET features = features || '{{\"answer_stop\": true}}';
         INSERT INTO opt_out_message (organization_id, state, message) VALUES ({}, 'NY', 'Bye, New York.');
         UPDATE campaign_contact SET state = 'NY'",
        world.organization
    ))
    .await;
    say(&test, Some(world.organization), "s2", &cell, &number, "START").await;
    say(&test, Some(world.organization), "s3", &cell, &number, "STOP").await;
    let text = test
        .text("SELECT text AS hash FROM message WHERE automatic_answer = 'stop'")
        .await;
    assert_eq!(text, "Bye, New York.");
}

#[tokio::test]
async fn start_lifts_the_opt_out_and_is_answered_once() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let second = world.add_campaign(&test, "Second", 1).await;
    test.execute(&format!(
        "UPDATE campaign_contact SET cell = '{cell}' WHERE campaign_id = {second}"
    ))
    .await;
    let organization = Some(world.organization);
    say(&test, organization, "s1", &cell, &number, "STOP").await;
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE is_opted_out")
            .await,
        2
    );
    assert_eq!(
        say(&test, organization, "s2", &cell, &number, "Start").await,
        Stored::Applied
    );
    // A late repetition of the STOP is the same STOP, which was before.
    assert_eq!(
        say(&test, organization, "s1", &cell, &number, "STOP").await,
        Stored::Duplicate
    );
    say(&test, organization, "s2", &cell, &number, "Start").await;
    say(&test, organization, "s3", &cell, &number, "START").await;
    assert_consistent(&test).await;
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE is_opted_out")
            .await,
        0
    );
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE automatic_answer = 'start'")
            .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out_event WHERE what = 'LIFTED' AND source = 'contact'")
            .await,
        1
    );
    // The conversation is open again.
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.text("Welcome back")).await["errors"].is_null());
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE text = 'Welcome back' AND send_status = 'DELIVERED'")
            .await,
        1
    );
}

#[tokio::test]
async fn yes_is_an_answer_unless_the_cell_has_opted_out() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let organization = Some(world.organization);
    say(&test, organization, "y1", &cell, &number, "Yes").await;
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE message_status = 'needsResponse'")
            .await,
        1
    );
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE automatic_answer IS NOT NULL")
            .await,
        0
    );
    say(&test, organization, "y2", &cell, &number, "stop").await;
    say(&test, organization, "y3", &cell, &number, "yes").await;
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    assert_consistent(&test).await;
}

#[tokio::test]
async fn help_is_answered_once_a_day_and_a_texter_sees_it() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let organization = Some(world.organization);
    let answers = "SELECT count(*) FROM message WHERE automatic_answer = 'help'";
    for id in ["h1", "h2", "h2", "h3"] {
        say(&test, organization, id, &cell, &number, "HELP").await;
    }
    assert_eq!(test.number(answers).await, 1);
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE message_status = 'needsResponse'")
            .await,
        1
    );
    assert_eq!(
        test.number(
            "SELECT count(*) FROM message WHERE automatic_answer = 'help' AND text LIKE 'one: for help%'"
        )
        .await,
        1
    );
    test.execute("UPDATE help_answer SET answered_at = now() - interval '25 hours'")
        .await;
    say(&test, organization, "h4", &cell, &number, "info").await;
    assert_eq!(test.number(answers).await, 2);
    // Who has opted out gets nothing more.
    test.execute("UPDATE help_answer SET answered_at = now() - interval '25 hours'")
        .await;
    say(&test, organization, "h5", &cell, &number, "stop").await;
    say(&test, organization, "h6", &cell, &number, "help").await;
    assert_eq!(test.number(answers).await, 2);
    assert_consistent(&test).await;
}

#[tokio::test]
async fn an_organizations_rules_and_languages_count_when_a_text_comes() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let organization = Some(world.organization);
    test.execute(
        "UPDATE organization SET features = features || '{\"opt_out_rules\": {\"languages\": [\"es\"],
             \"exceptions\": [{\"match\": \"starts_with\", \"text\": \"stop by\"}]}}'",
    )
    .await;
    assert_eq!(
        say(&test, organization, "r1", &cell, &number, "Stop by on Sunday!").await,
        Stored::Pending
    );
    test.deliver().await;
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 0);
    assert_eq!(
        say(&test, organization, "r2", &cell, &number, "¡No más!").await,
        Stored::Stopped
    );
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
    // The webhook names no organization: the conversation does.
    test.execute("DELETE FROM opt_out; UPDATE campaign_contact SET is_opted_out = false")
        .await;
    assert_eq!(
        say(&test, None, "r3", &cell, &number, "parar").await,
        Stored::Stopped
    );
    assert_eq!(test.number("SELECT count(*) FROM opt_out").await, 1);
}

#[tokio::test]
async fn r07_a_text_goes_to_the_conversation_over_the_same_number_first() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    let second = world.add_campaign(&test, "Second", 1).await;
    // A later text to the same cell, from another number, in another campaign.
    test.execute(&format!(
        "UPDATE campaign_contact SET cell = '{cell}' WHERE campaign_id = {second};
         INSERT INTO message (campaign_contact_id, organization_id, contact_number, user_number, is_from_contact, text,
             service, send_status)
         SELECT id, organization_id, cell, '+15005550099', false, 'Hi', 'fakeservice', 'DELIVERED'
             FROM campaign_contact WHERE campaign_id = {second}"
    ))
    .await;
    let got = |campaign: i64| {
        format!(
            "SELECT count(*) FROM message m JOIN campaign_contact c ON c.id = m.campaign_contact_id
             WHERE m.is_from_contact AND c.campaign_id = {campaign}"
        )
    };
    for (id, to, campaign, expected) in [
        ("n1", number.as_str(), world.campaign, 1),
        ("n2", "+15005550099", second, 1),
        // Over a number that texted neither: the latest.
        ("n3", NUMBER, second, 2),
    ] {
        let before = test.number(&got(campaign)).await;
        say(&test, None, id, &cell, to, "Hello").await;
        bellwether_server::delivery::apply::run_once(&test.app)
            .await
            .unwrap();
        assert_eq!(test.number(&got(campaign)).await, before + 1, "{id} {expected}");
    }
}

#[tokio::test]
async fn r17_a_vendors_opt_out_code_opts_out_with_its_source() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    texter
        .send(world.contacts[0], world.text("Try refuse21610 please"))
        .await;
    test.deliver().await;
    assert_eq!(
        test.number("SELECT count(*) FROM opt_out_event WHERE source = 'vendor' AND what = 'OPTED_OUT'")
            .await,
        1
    );
    assert_consistent(&test).await;
}

#[tokio::test]
async fn a_confirmation_that_could_not_leave_in_five_minutes_does_not_leave() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    // While a campaign is paused nothing of it leaves.
    test.execute("UPDATE campaign SET is_paused = true").await;
    say(&test, Some(world.organization), "s1", &cell, &number, "STOP").await;
    test.deliver().await;
    assert_eq!(test.number(CONFIRMATION).await, 1);
    test.execute(
        "UPDATE message SET queued_at = queued_at - interval '301 seconds' WHERE automatic_answer = 'stop';
         UPDATE campaign SET is_paused = false",
    )
    .await;
    test.deliver().await;
    let late =
        "SELECT count(*) FROM message WHERE automatic_answer = 'stop' AND send_status = 'NOT_ATTEMPTED'
        AND error_code = -102 AND service_id IS NULL";
    assert_eq!(test.number(late).await, 1);
    assert_consistent(&test).await;
}

#[tokio::test]
async fn a_confirmation_goes_at_night_and_a_texters_text_does_not() {
    let test = TestApp::new().await;
    let (world, cell, number) = texted(&test).await;
    // Three in the morning in New York.
    test.app.clock.set("2026-12-03T08:00:00Z".parse().unwrap());
    test.execute(
        "UPDATE organization SET texting_hours_enforced = true;
         UPDATE campaign_contact SET time_zone = 'America/New_York'",
    )
    .await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[1], world.initial()).await["errors"].is_array());
    say(&test, Some(world.organization), "s1", &cell, &number, "STOP").await;
    test.deliver().await;
    let sent = "SELECT count(*) FROM message WHERE automatic_answer = 'stop' AND send_status = 'DELIVERED'";
    assert_eq!(test.number(sent).await, 1);
}
