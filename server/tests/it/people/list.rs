use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const PEOPLE: &str =
    "query ($id: String!, $text: String, $by: FilterPeopleBy, $role: String, $cursor: OffsetLimitCursor) {
    people(organizationId: $id, filterString: $text, filterBy: $by, role: $role, cursor: $cursor) {
        ... on PaginatedUsers { users { lastName } pageInfo { total } }
        ... on UsersList { users { lastName } } } }";

async fn found(client: &Client, world: &World, mut filter: Value) -> Vec<String> {
    filter["id"] = json!(world.organization.to_string());
    let answer = client.data(PEOPLE, filter).await;
    let users = answer["people"]["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["lastName"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_search_looks_at_what_is_named() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    test.execute(&format!(
        "UPDATE \"user\" SET first_name = 'Vetta' WHERE id = {}",
        world.owner()
    ))
    .await;
    let owner = test.client(world.owner()).await;
    for (by, expected) in [
        ("FIRST_NAME", vec!["OWNER"]),
        ("LAST_NAME", vec!["VETTED_TEXTER"]),
        ("EMAIL", vec!["VETTED_TEXTER"]),
        ("ANY", vec!["VETTED_TEXTER", "OWNER"]),
    ] {
        let names = found(&owner, &world, json!({"text": "vEtT", "by": by})).await;
        assert_eq!(names, expected, "{by}");
    }
}

#[tokio::test]
async fn the_total_counts_what_the_search_finds_on_every_page() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    for offset in [0, 1, 50] {
        let filter = json!({
            "id": world.organization.to_string(), "text": "texter", "by": "LAST_NAME",
            "cursor": {"offset": offset, "limit": 1},
        });
        let answer = owner.data(PEOPLE, filter).await;
        assert_eq!(answer["people"]["pageInfo"]["total"], 2, "from {offset}");
    }
}

#[tokio::test]
async fn suspended_members_are_listed_when_they_are_asked_for() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    assert_eq!(found(&owner, &world, json!({})).await.len(), 5);
    assert_eq!(found(&owner, &world, json!({"role": ""})).await.len(), 5);
    assert_eq!(found(&owner, &world, json!({"role": "ANY"})).await.len(), 6);
    assert_eq!(
        found(&owner, &world, json!({"role": "SUSPENDED"})).await,
        ["SUSPENDED"]
    );
    assert_eq!(found(&owner, &world, json!({"role": "ADMIN"})).await, ["ADMIN"]);
    let wrong = json!({"id": world.organization.to_string(), "role": "BOSS"});
    assert_eq!(owner.code(PEOPLE, wrong).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn each_member_of_a_list_has_their_own_roles() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    test.execute(&format!(
        "INSERT INTO user_organization (user_id, organization_id, role) VALUES ({}, {}, 'TEXTER')",
        other.owner(),
        world.organization
    ))
    .await;
    let owner = test.client(world.owner()).await;
    let query = "query ($id: String!) { people(organizationId: $id, role: \"ANY\", sortBy: OLDEST) {
        ... on UsersList { users { roles(organizationId: $id) } } } }";
    let answer = owner
        .data(query, json!({"id": world.organization.to_string()}))
        .await;
    let counts: Vec<usize> = answer["people"]["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["roles"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [0, 1, 2, 3, 4, 5, 1]);
}
