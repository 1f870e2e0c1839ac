//! The second line (S15): the database itself ties nothing of two organizations or campaigns together.

use diesel_async::SimpleAsyncConnection;

use crate::harness::{TestApp, World};

#[tokio::test]
async fn s15_rows_of_two_organizations_cannot_be_tied_together() {
    let test = TestApp::new().await;
    let one = World::new(&test, "one", 1).await;
    let two = World::new(&test, "two", 1).await;
    test.execute(&format!(
        "INSERT INTO tag (id, organization_id, name) VALUES (1, {}, 'A'), (2, {}, 'B');
         INSERT INTO canned_response (id, campaign_id, title, text) VALUES (1, {}, 'T', 'T')",
        one.organization, two.organization, one.campaign
    ))
    .await;
    let contact = one.contacts[0];
    let step = |world: &World| {
        let sql = format!(
            "SELECT min(id) FROM interaction_step WHERE campaign_id = {}",
            world.campaign
        );
        let test = &test;
        async move { test.number(&sql).await }
    };
    let (own_step, other_step) = (step(&one).await, step(&two).await);
    for (allowed, sql) in [
        (
            true,
            format!("INSERT INTO tag_campaign_contact (campaign_contact_id, tag_id) VALUES ({contact}, 1)"),
        ),
        (
            false,
            format!("INSERT INTO tag_campaign_contact (campaign_contact_id, tag_id) VALUES ({contact}, 2)"),
        ),
        (
            true,
            "INSERT INTO tag_canned_response (canned_response_id, tag_id) VALUES (1, 1)".to_owned(),
        ),
        (
            false,
            "INSERT INTO tag_canned_response (canned_response_id, tag_id) VALUES (1, 2)".to_owned(),
        ),
        (
            true,
            format!(
                "INSERT INTO question_response (campaign_contact_id, interaction_step_id, value) VALUES ({contact}, {own_step}, 'x')"
            ),
        ),
        (
            false,
            format!(
                "INSERT INTO question_response (campaign_contact_id, interaction_step_id, value) VALUES ({contact}, {other_step}, 'x')"
            ),
        ),
        (
            false,
            format!(
                "UPDATE campaign_contact SET assignment_id = {} WHERE id = {contact}",
                two.assignment
            ),
        ),
        (
            false,
            format!(
                "UPDATE campaign_contact SET organization_id = {} WHERE id = {contact}",
                two.organization
            ),
        ),
        (
            false,
            format!(
                "UPDATE campaign_contact SET campaign_id = {} WHERE id = {contact}",
                two.campaign
            ),
        ),
        // An assignment that goes leaves its contacts to nobody.
        (
            true,
            format!("DELETE FROM assignment WHERE id = {}", one.assignment),
        ),
    ] {
        let done = test.conn().await.batch_execute(&sql).await;
        assert_eq!(done.is_ok(), allowed, "{sql}: {done:?}");
    }
    let left = test
        .number(&format!(
            "SELECT count(*) FROM campaign_contact WHERE id = {contact} AND assignment_id IS NULL"
        ))
        .await;
    assert_eq!(left, 1);
}
