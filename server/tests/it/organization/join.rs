use bellwether_db::user::NewUser;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const JOIN: &str = "mutation ($uuid: String!, $campaign: String) {
    joinOrganization(organizationUuid: $uuid, campaignId: $campaign, queryParams: \"?x=1\") { id } }";

async fn stranger(test: &TestApp, name: &str) -> (i64, Client) {
    let email = format!("{name}@stranger.example");
    let user = NewUser {
        email: &email,
        password_hash: None,
        first_name: name,
        last_name: "New",
        cell: "",
    }
    .insert(&mut *test.conn().await)
    .await
    .unwrap();
    (user.id, test.client(user.id).await)
}

async fn text(test: &TestApp, sql: &str) -> String {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    let row: Row = diesel::sql_query(format!("SELECT ({sql})::text AS t"))
        .get_result(&mut *test.conn().await)
        .await
        .unwrap();
    row.t
}

/// A campaign that can be joined, and the variables of its link.
async fn joinable(test: &TestApp, world: &World) -> Value {
    test.execute(&format!(
        "UPDATE campaign SET use_dynamic_assignment = true WHERE id = {}",
        world.campaign
    ))
    .await;
    let token = text(
        test,
        &format!("SELECT join_token FROM campaign WHERE id = {}", world.campaign),
    )
    .await;
    json!({"uuid": token, "campaign": world.campaign.to_string()})
}

async fn assignments(test: &TestApp, user: i64) -> i64 {
    test.number(&format!("SELECT count(*) FROM assignment WHERE user_id = {user}"))
        .await
}

#[tokio::test]
async fn an_organizations_link_makes_a_texter_once() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let (id, client) = stranger(&test, "new").await;
    for _ in 0..2 {
        let joined = client.data(JOIN, json!({"uuid": "one"})).await;
        assert_eq!(joined["joinOrganization"]["id"], world.organization.to_string());
    }
    let roles = client
        .data(
            "query ($id: String!) { currentUser { roles(organizationId: $id) } }",
            json!({"id": world.organization.to_string()}),
        )
        .await;
    assert_eq!(roles["currentUser"]["roles"], json!(["TEXTER"]));
    assert_eq!(assignments(&test, id).await, 0);
}

#[tokio::test]
async fn joining_never_changes_a_role_that_is_there() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    for role in ["SUSPENDED", "ADMIN"] {
        test.client(world.person(role))
            .await
            .data(JOIN, json!({"uuid": "one"}))
            .await;
        let kept = text(
            &test,
            &format!(
                "SELECT role FROM user_organization WHERE user_id = {}",
                world.person(role)
            ),
        )
        .await;
        assert_eq!(kept, role);
    }
}

#[tokio::test]
async fn wrong_links_and_strangers_are_refused() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let link = joinable(&test, &world).await;
    let (_, client) = stranger(&test, "new").await;
    for wrong in [
        json!({"uuid": "two"}),
        json!({"uuid": ""}),
        json!({"uuid": "one", "campaign": link["campaign"]}),
        json!({"uuid": link["uuid"], "campaign": "999999"}),
        json!({"uuid": link["uuid"]}),
    ] {
        assert_eq!(client.code(JOIN, wrong.clone()).await, "NOT_FOUND", "{wrong}");
    }
    assert_eq!(
        test.anonymous().code(JOIN, json!({"uuid": "one"})).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(test.number("SELECT count(*) FROM user_organization").await, 6);
}

#[tokio::test]
async fn a_campaigns_link_makes_a_texter_with_an_assignment_once() {
    let test = TestApp::with(|config| config.max_contacts_per_texter = Some(40)).await;
    let world = World::new(&test, "one", 0).await;
    let link = joinable(&test, &world).await;
    let (id, client) = stranger(&test, "new").await;
    for _ in 0..2 {
        client.data(JOIN, link.clone()).await;
    }
    assert_eq!(
        test.number(&format!(
            "SELECT sum(max_contacts) FROM assignment WHERE user_id = {id} AND campaign_id = {}",
            world.campaign
        ))
        .await,
        40
    );
    let todos = client
        .data("{ currentUser { todos { campaign { title } } } }", json!({}))
        .await;
    assert_eq!(todos["currentUser"]["todos"][0]["campaign"]["title"], "Vote");
}

#[tokio::test]
async fn the_limit_of_texters_holds_however_many_join_at_once() {
    let test = TestApp::with(|config| config.max_texters_per_campaign = Some(4)).await;
    let world = World::new(&test, "one", 0).await;
    let link = joinable(&test, &world).await;
    let mut clients = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        clients.push(stranger(&test, name).await.1);
    }
    let answers =
        futures_util::future::join_all(clients.iter().map(|client| client.graphql(JOIN, link.clone()))).await;
    let refused: Vec<&Value> = answers
        .iter()
        .filter(|answer| !answer["errors"].is_null())
        .collect();
    // One texter was there before.
    assert_eq!(refused.len(), 7);
    for answer in refused {
        assert_eq!(
            answer["errors"][0]["extensions"]["code"],
            "FAILEDJOIN_TOOMANYTEXTERS"
        );
    }
    assert_eq!(test.number("SELECT count(*) FROM assignment").await, 4);
    // Who was refused did not become a member either; who is in already is not refused.
    assert_eq!(test.number("SELECT count(*) FROM user_organization").await, 9);
    world.as_texter(&test).await.data(JOIN, link).await;
}

#[tokio::test]
async fn only_started_campaigns_with_dynamic_assignment_can_be_joined() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let link = joinable(&test, &world).await;
    let (id, client) = stranger(&test, "new").await;
    for (change, back, code) in [
        ("is_archived = true", "is_archived = false", "CAMPAIGN_ARCHIVED"),
        ("is_started = false", "is_started = true", "CAMPAIGN_NOT_STARTED"),
        (
            "use_dynamic_assignment = false",
            "use_dynamic_assignment = true",
            "NOT_FOUND",
        ),
    ] {
        test.execute(&format!("UPDATE campaign SET {change}")).await;
        assert_eq!(client.code(JOIN, link.clone()).await, code, "{change}");
        test.execute(&format!("UPDATE campaign SET {back}")).await;
    }
    assert_eq!(assignments(&test, id).await, 0);
    let suspended = test.client(world.person("SUSPENDED")).await;
    assert_eq!(suspended.code(JOIN, link).await, "FORBIDDEN");
    assert_eq!(assignments(&test, world.person("SUSPENDED")).await, 0);
}

#[tokio::test]
async fn a_campaigns_link_can_be_for_members_alone() {
    let test = TestApp::with(|config| config.campaign_invites_current_users_only = true).await;
    let world = World::new(&test, "one", 0).await;
    let link = joinable(&test, &world).await;
    let (id, client) = stranger(&test, "new").await;
    assert_eq!(client.code(JOIN, link.clone()).await, "FORBIDDEN");
    assert_eq!(assignments(&test, id).await, 0);
    let vetted = test.client(world.person("VETTED_TEXTER")).await;
    vetted.data(JOIN, link).await;
    assert_eq!(assignments(&test, world.person("VETTED_TEXTER")).await, 1);
}

#[tokio::test]
async fn a_new_link_ends_the_old_one() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    let reset = "mutation ($id: String!) { resetOrganizationJoinLink(organizationId: $id) { uuid } }";
    let id = json!({"id": world.organization.to_string()});
    let uuid = admin.data(reset, id.clone()).await["resetOrganizationJoinLink"]["uuid"].take();
    assert_eq!(uuid.as_str().unwrap().len(), 36);
    let (_, client) = stranger(&test, "new").await;
    assert_eq!(client.code(JOIN, json!({"uuid": "one"})).await, "NOT_FOUND");
    client.data(JOIN, json!({"uuid": uuid})).await;
    let supervolunteer = test.client(world.person("SUPERVOLUNTEER")).await;
    assert_eq!(supervolunteer.code(reset, id).await, "FORBIDDEN");
}
