//! Whose turn it is (R13): nobody is starved, and who waits for an answer gets it first.

use bellwether_db::message::{self, Claimed, outbox::NumberChoice};

use super::carrier::fill;
use crate::harness::{TestApp, World};

async fn claim(test: &TestApp, limit: i32) -> Vec<Claimed> {
    let numbers = NumberChoice {
        services: &[],
        daily_share: 200,
    };
    message::claim(&mut *test.conn().await, limit, 30.0, test.app.now(), numbers)
        .await
        .unwrap()
}

#[tokio::test]
async fn r13_a_campaign_of_thousands_does_not_starve_one_of_fifty() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = world.add_campaign(&test, "Small", 0).await;
    fill(&test, world.organization, world.campaign, 202, 3_000).await;
    fill(&test, world.organization, other, 203, 50).await;
    let claimed = claim(&test, 100).await;
    let small = claimed.iter().filter(|text| text.campaign_id == other).count();
    assert_eq!((claimed.len(), small), (100, 50));
    // What the small one leaves is the large one's.
    let claimed = claim(&test, 100).await;
    assert!(claimed.len() == 100 && claimed.iter().all(|text| text.campaign_id == world.campaign));
}

#[tokio::test]
async fn r13_organizations_take_turns_whatever_they_have_queued() {
    let test = TestApp::new().await;
    let large = World::new(&test, "large", 0).await;
    let small = World::new(&test, "small", 0).await;
    for area in 202..205 {
        let campaign = large.add_campaign(&test, "More", 0).await;
        fill(&test, large.organization, campaign, area, 1_000).await;
    }
    fill(&test, small.organization, small.campaign, 206, 30).await;
    let claimed = claim(&test, 60).await;
    let of_small = claimed
        .iter()
        .filter(|text| text.organization_id == small.organization)
        .count();
    assert_eq!((claimed.len(), of_small), (60, 30));
}

#[tokio::test]
async fn r13_a_reply_overtakes_every_first_message() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 1_000).await;
    // The last to be queued.
    test.execute(
        "UPDATE message SET initial_pass = NULL, text = 'reply', available_at = now() WHERE id IN \
             (SELECT id FROM message ORDER BY id DESC LIMIT 5)",
    )
    .await;
    let claimed = claim(&test, 5).await;
    assert_eq!(claimed.iter().filter(|text| text.body == "reply").count(), 5);
}

#[tokio::test]
async fn r02_one_claim_of_a_text_holds_until_its_lease_ends() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    fill(&test, world.organization, world.campaign, 202, 40).await;
    let claims = futures_util::future::join_all((0..8).map(|_| claim(&test, 20))).await;
    let mut ids: Vec<i64> = claims.iter().flatten().map(|text| text.message_id).collect();
    assert_eq!(ids.len(), 40);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert!(claim(&test, 20).await.is_empty());
    // A sender that vanished: its texts may have left, which is said to whom takes them over.
    test.execute("UPDATE message SET available_at = now()").await;
    let again = claim(&test, 100).await;
    assert!(again.len() == 40 && again.iter().all(|text| text.is_resend));
}
