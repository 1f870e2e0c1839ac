use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const EDIT: &str = "mutation ($organization: String!, $user: String!, $campaign: String, $roles: [String]) {
    editOrganizationRoles(organizationId: $organization, userId: $user, campaignId: $campaign, roles: $roles) {
        id roles(organizationId: $organization) } }";

fn variables(world: &World, user: i64, roles: Value) -> Value {
    json!({"organization": world.organization.to_string(), "user": user.to_string(), "roles": roles})
}

async fn owners(test: &TestApp) -> i64 {
    test.number("SELECT count(*) FROM user_organization WHERE role = 'OWNER'")
        .await
}

async fn as_role(test: &TestApp, world: &World, role: &str) -> Client {
    test.client(world.person(role)).await
}

#[tokio::test]
async fn the_highest_role_becomes_the_only_one_at_once() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = as_role(&test, &world, "ADMIN").await;
    let texter = world.as_texter(&test).await;
    let people = json!({"id": world.organization.to_string()});
    let query = "query ($id: String!) { people(organizationId: $id) { ... on UsersList { users { id } } } }";
    assert_eq!(texter.code(query, people.clone()).await, "FORBIDDEN");
    let changed = admin
        .data(
            EDIT,
            variables(&world, world.texter(), json!(["SUPERVOLUNTEER", "TEXTER"])),
        )
        .await;
    assert_eq!(
        changed["editOrganizationRoles"]["roles"],
        json!(["TEXTER", "VETTED_TEXTER", "SUPERVOLUNTEER"])
    );
    texter.data(query, people).await;
}

#[tokio::test]
async fn without_roles_a_member_leaves() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = as_role(&test, &world, "ADMIN").await;
    admin
        .data(EDIT, variables(&world, world.texter(), json!([])))
        .await;
    assert_eq!(
        test.number(&format!(
            "SELECT count(*) FROM user_organization WHERE user_id = {}",
            world.texter()
        ))
        .await,
        0
    );
    for wrong in [json!(null), json!([null]), json!(["BOSS"]), json!([""])] {
        let refused = variables(&world, world.person("VETTED_TEXTER"), wrong.clone());
        assert_eq!(admin.code(EDIT, refused).await, "BAD_USER_INPUT", "{wrong}");
    }
    let gone = variables(&world, world.texter(), json!(["TEXTER"]));
    assert_eq!(admin.code(EDIT, gone).await, "NOT_FOUND");
}

#[tokio::test]
async fn owners_are_made_and_changed_by_owners_alone() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = as_role(&test, &world, "ADMIN").await;
    for (user, roles) in [
        (world.texter(), json!(["OWNER"])),
        (world.person("ADMIN"), json!(["OWNER"])),
        (world.owner(), json!(["TEXTER"])),
        (world.owner(), json!([])),
    ] {
        assert_eq!(
            admin.code(EDIT, variables(&world, user, roles)).await,
            "FORBIDDEN"
        );
    }
    assert_eq!(owners(&test).await, 1);
    let owner = as_role(&test, &world, "OWNER").await;
    owner
        .data(EDIT, variables(&world, world.texter(), json!(["OWNER"])))
        .await;
    owner
        .data(EDIT, variables(&world, world.texter(), json!(["TEXTER"])))
        .await;
    let supervolunteer = as_role(&test, &world, "SUPERVOLUNTEER").await;
    let by_less = variables(&world, world.texter(), json!(["SUSPENDED"]));
    assert_eq!(supervolunteer.code(EDIT, by_less).await, "FORBIDDEN");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = as_role(&test, &world, "OWNER").await;
    for roles in [json!(["ADMIN"]), json!([]), json!(["SUSPENDED"])] {
        assert_eq!(
            owner.code(EDIT, variables(&world, world.owner(), roles)).await,
            "BAD_USER_INPUT"
        );
    }
    owner
        .data(EDIT, variables(&world, world.owner(), json!(["OWNER"])))
        .await;
    assert_eq!(owners(&test).await, 1);
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let second = world.person("ADMIN");
    let first = as_role(&test, &world, "OWNER").await;
    for round in 0..10 {
        test.execute(&format!(
            "UPDATE user_organization SET role = 'OWNER' WHERE user_id IN ({second}, {})",
            world.owner()
        ))
        .await;
        test.app.sessions.forget(None);
        let other = test.client(second).await;
        let (a, b) = tokio::join!(
            first.graphql(EDIT, variables(&world, second, json!(["TEXTER"]))),
            other.graphql(EDIT, variables(&world, world.owner(), json!(["TEXTER"]))),
        );
        assert_eq!(owners(&test).await, 1, "round {round}: {a} {b}");
        assert!(a["errors"].is_null() != b["errors"].is_null(), "{a} {b}");
        // Both give up their own at once: one stays, too.
        test.execute(&format!(
            "UPDATE user_organization SET role = 'OWNER' WHERE user_id IN ({second}, {})",
            world.owner()
        ))
        .await;
        test.app.sessions.forget(None);
        tokio::join!(
            first.graphql(EDIT, variables(&world, world.owner(), json!([]))),
            other.graphql(EDIT, variables(&world, second, json!([]))),
        );
        assert_eq!(owners(&test).await, 1, "round {round}");
        for user in [second, world.owner()] {
            test.execute(&format!(
                "INSERT INTO user_organization (user_id, organization_id, role) VALUES ({user}, {}, 'OWNER') ON CONFLICT DO NOTHING",
                world.organization
            ))
            .await;
        }
    }
}

#[tokio::test]
async fn members_and_campaigns_of_other_organizations_do_not_exist() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let owner = as_role(&test, &world, "OWNER").await;
    let foreign = variables(&world, other.texter(), json!(["TEXTER"]));
    assert_eq!(owner.code(EDIT, foreign).await, "NOT_FOUND");
    let mut mixed = variables(&world, world.texter(), json!(["SUPERVOLUNTEER"]));
    mixed["campaign"] = json!(other.campaign.to_string());
    assert_eq!(owner.code(EDIT, mixed.clone()).await, "NOT_FOUND");
    assert_eq!(
        test.number("SELECT count(*) FROM user_organization WHERE role = 'SUPERVOLUNTEER'")
            .await,
        2
    );
    mixed["campaign"] = json!(world.campaign.to_string());
    owner.data(EDIT, mixed).await;
    let stranger = as_role(&test, &other, "OWNER").await;
    let theirs = variables(&world, world.texter(), json!(["TEXTER"]));
    assert_eq!(stranger.code(EDIT, theirs).await, "NOT_FOUND");
}
