//! Which number a text goes from, where we choose it (R18, R19): one that its contact knows, near to it, and none above
//! its share of the day.

use super::carrier::{Carrier, SERVICE, fill, hurry, in_state, send_due};
use crate::harness::{TestApp, World};

async fn own(test: &TestApp, world: &World, numbers: &[&str]) {
    for number in numbers {
        test.execute(&format!(
            "INSERT INTO owned_phone_number (organization_id, service, service_id, phone_number, area_code) \
                 VALUES ({}, '{SERVICE}', 'PN{number}', '{number}', substr('{number}', 3, 3))",
            world.organization
        ))
        .await;
    }
}

#[tokio::test]
async fn r18_a_contact_is_texted_from_a_number_of_its_area_and_always_from_the_same() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::without_pool(&mut test);
    let world = World::new(&test, "one", 0).await;
    own(&test, &world, &["+13125550100", "+12025550100"]).await;
    fill(&test, world.organization, world.campaign, 202, 2).await;
    send_due(&test).await;
    assert!(
        carrier
            .texts()
            .iter()
            .all(|text| text.user_number == "+12025550100")
    );
    // A nearer one is bought; who knows the old one keeps it. Replies go from it, too.
    own(&test, &world, &["+12025550101"]).await;
    test.execute(&format!(
        "INSERT INTO message (campaign_contact_id, campaign_id, organization_id, contact_number, is_from_contact, text, \
             service, send_status) SELECT id, campaign_id, organization_id, cell, false, 'Reply', '{SERVICE}', 'QUEUED' \
             FROM campaign_contact"
    ))
    .await;
    send_due(&test).await;
    let replies: Vec<String> = carrier
        .texts()
        .into_iter()
        .filter(|text| text.text == "Reply")
        .map(|text| text.user_number)
        .collect();
    assert_eq!(replies, ["+12025550100", "+12025550100"]);
}

#[tokio::test]
async fn r19_no_number_sends_more_first_messages_than_its_share_of_the_day() {
    let mut test = TestApp::with(|config| config.number_daily_share = 2).await;
    let carrier = Carrier::without_pool(&mut test);
    let world = World::new(&test, "one", 0).await;
    own(&test, &world, &["+12025550100", "+12025550101"]).await;
    fill(&test, world.organization, world.campaign, 202, 7).await;
    send_due(&test).await;
    for number in ["+12025550100", "+12025550101"] {
        let sent = carrier
            .texts()
            .iter()
            .filter(|text| text.user_number == number)
            .count();
        assert_eq!(sent, 2, "{number}");
    }
    assert_eq!((carrier.asked().len(), in_state(&test, "QUEUED").await), (4, 3));
    assert_eq!(
        test.number("SELECT count(*) FROM message WHERE send_status = 'QUEUED' AND error_code = -104")
            .await,
        3
    );
    // Somebody buys another: two more go.
    own(&test, &world, &["+13125550100"]).await;
    hurry(&test).await;
    send_due(&test).await;
    assert_eq!((carrier.asked().len(), in_state(&test, "QUEUED").await), (6, 1));
}

#[tokio::test]
async fn a_campaigns_own_numbers_are_its_alone() {
    let mut test = TestApp::new().await;
    let carrier = Carrier::without_pool(&mut test);
    let world = World::new(&test, "one", 0).await;
    let other = world.add_campaign(&test, "Other", 0).await;
    own(&test, &world, &["+12025550100", "+12025550101"]).await;
    test.execute(&format!(
        "UPDATE owned_phone_number SET allocated_to = 'campaign', allocated_to_id = '{other}' \
             WHERE phone_number = '+12025550101'"
    ))
    .await;
    fill(&test, world.organization, world.campaign, 202, 3).await;
    fill(&test, world.organization, other, 203, 3).await;
    send_due(&test).await;
    for text in carrier.texts() {
        let number = if text.contact_number.starts_with("+1203") {
            "+12025550101"
        } else {
            "+12025550100"
        };
        assert_eq!(text.user_number, number);
    }
    assert_eq!(carrier.asked().len(), 6);
}
