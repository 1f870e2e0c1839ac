use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const EDIT: &str = "mutation ($organization: String!, $user: Int!, $data: UserInput) {
    editUser(organizationId: $organization, userId: $user, userData: $data) {
        id firstName lastName alias email cell extra profileComplete } }";
const USER: &str = "query ($organization: String!, $user: Int) {
    user(organizationId: $organization, userId: $user) { id email extra notifiable assignedCell } }";

fn data(change: Value) -> Value {
    let mut data =
        json!({"firstName": "ann", "lastName": "o'neil", "email": "ann@one.example", "cell": "212 555 0100"});
    for (key, value) in change.as_object().unwrap() {
        data[key] = value.clone();
    }
    data
}

fn variables(world: &World, user: i64, data: Value) -> Value {
    json!({"organization": world.organization.to_string(), "user": user, "data": data})
}

async fn as_role(test: &TestApp, world: &World, role: &str) -> Client {
    test.client(world.person(role)).await
}

#[tokio::test]
async fn people_change_themselves_and_answers_are_merged() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    test.execute(r#"UPDATE organization SET features = '{"profile_fields": [{"name": "county", "label": "County"}, {"name": "shirt", "label": "Shirt"}]}'"#)
        .await;
    let texter = world.as_texter(&test).await;
    let first = texter
        .data(
            EDIT,
            variables(
                &world,
                world.texter(),
                data(json!({"alias": "annie", "extra": r#"{"county": "Kings"}"#})),
            ),
        )
        .await["editUser"]
        .take();
    assert_eq!(first["firstName"], "Ann");
    assert_eq!(first["lastName"], "O'neil");
    assert_eq!(first["alias"], "Annie");
    assert_eq!(first["email"], "ann@one.example");
    assert_eq!(first["profileComplete"], false);
    let second = texter
        .data(
            EDIT,
            variables(
                &world,
                world.texter(),
                data(json!({"extra": r#"{"shirt": "M"}"#})),
            ),
        )
        .await["editUser"]
        .take();
    assert_eq!(second["alias"], "Annie");
    assert_eq!(second["profileComplete"], true);
    let extra: Value = serde_json::from_str(second["extra"].as_str().unwrap()).unwrap();
    assert_eq!(extra, json!({"county": "Kings", "shirt": "M"}));
    let bare = texter
        .data(
            EDIT,
            variables(&world, world.texter(), data(json!({"alias": ""}))),
        )
        .await;
    assert!(bare["editUser"]["alias"].is_null());
}

#[tokio::test]
async fn admins_change_members_who_are_not_higher() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let admin = as_role(&test, &world, "ADMIN").await;
    admin
        .data(EDIT, variables(&world, world.texter(), data(json!({}))))
        .await;
    let read = admin
        .data(EDIT, variables(&world, world.texter(), json!(null)))
        .await;
    assert_eq!(read["editUser"]["email"], "ann@one.example");
    let higher = variables(&world, world.owner(), data(json!({})));
    assert_eq!(admin.code(EDIT, higher).await, "FORBIDDEN");
    let supervolunteer = as_role(&test, &world, "SUPERVOLUNTEER").await;
    for edit in [data(json!({})), json!(null)] {
        let refused = variables(&world, world.texter(), edit);
        assert_eq!(supervolunteer.code(EDIT, refused).await, "FORBIDDEN");
    }
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {}",
        world.person("VETTED_TEXTER")
    ))
    .await;
    let superadmin = variables(
        &world,
        world.person("VETTED_TEXTER"),
        data(json!({"email": "new@one.example"})),
    );
    assert_eq!(admin.code(EDIT, superadmin).await, "FORBIDDEN");
}

#[tokio::test]
async fn accounts_of_other_organizations_do_not_exist() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = as_role(&test, &world, "ADMIN").await;
    for edit in [data(json!({})), json!(null)] {
        let foreign = variables(&world, other.texter(), edit.clone());
        assert_eq!(admin.code(EDIT, foreign).await, "NOT_FOUND");
        let theirs = variables(&other, other.texter(), edit);
        assert_eq!(admin.code(EDIT, theirs).await, "NOT_FOUND");
    }
}

#[tokio::test]
async fn an_address_that_would_hand_over_another_organization_stays() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    test.execute(&format!(
        "INSERT INTO user_organization (user_id, organization_id, role) VALUES ({}, {}, 'TEXTER')",
        other.owner(),
        world.organization
    ))
    .await;
    let owner = as_role(&test, &world, "OWNER").await;
    let taken = variables(&world, other.owner(), data(json!({})));
    assert_eq!(owner.code(EDIT, taken).await, "FORBIDDEN");
    let renamed = variables(&world, other.owner(), data(json!({"email": "owner@two.example"})));
    owner.data(EDIT, renamed).await;
}

#[tokio::test]
async fn wrong_values_are_refused_by_name() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    for (change, named) in [
        (json!({"email": "OWNER@one.example"}), "email"),
        (json!({"email": "nobody"}), "email"),
        (json!({"email": "a@b@c"}), "email"),
        (json!({"firstName": " "}), "firstName"),
        (json!({"lastName": "x".repeat(101)}), "lastName"),
        (json!({"cell": "1".repeat(41)}), "cell"),
        (json!({"extra": "[1]"}), "extra"),
        (json!({"extra": "county"}), "extra"),
        (json!({"newPassword": "correct horse battery"}), "newPassword"),
    ] {
        let answer = texter
            .graphql(EDIT, variables(&world, world.texter(), data(change)))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(
            error["message"].as_str().unwrap().starts_with(named),
            "{named}: {answer}"
        );
    }
    assert_eq!(
        test.number("SELECT count(*) FROM \"user\" WHERE first_name <> 'tess'")
            .await,
        0
    );
}

#[tokio::test]
async fn one_reads_oneself_and_admins_read_members() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let texter = world.as_texter(&test).await;
    let organization = world.organization.to_string();
    let own = texter.data(USER, json!({"organization": organization})).await;
    assert_eq!(own["user"]["email"], "texter@one.example");
    assert_eq!(own["user"]["notifiable"], true);
    let of = |user: i64| json!({"organization": organization, "user": user});
    assert_eq!(texter.code(USER, of(world.owner())).await, "FORBIDDEN");
    let admin = as_role(&test, &world, "ADMIN").await;
    let member = admin.data(USER, of(world.person("SUSPENDED"))).await;
    assert_eq!(member["user"]["email"], "suspended@one.example");
    assert!(member["user"]["notifiable"].is_null());
    for absent in [other.texter(), 999_999, 0] {
        assert_eq!(admin.code(USER, of(absent)).await, "NOT_FOUND");
    }
}
