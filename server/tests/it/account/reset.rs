use chrono::TimeDelta;
use serde_json::{Value, json};

use super::own::{NEW, OLD, set_password, sign_in};
use crate::harness::{Client, TestApp, World};

const RESET: &str = "mutation ($organization: String!, $user: Int!) { resetUserPassword(organizationId: $organization, userId: $user) }";

fn variables(world: &World, user: i64) -> Value {
    json!({"organization": world.organization.to_string(), "user": user})
}

async fn token(client: &Client, world: &World, user: i64) -> String {
    let made = client.data(RESET, variables(world, user)).await;
    made["resetUserPassword"].as_str().unwrap().to_owned()
}

async fn set_anew(test: &TestApp, email: &str, token: &str, change: Value) -> reqwest::Response {
    let mut body = json!({
        "email": email, "password": NEW, "passwordConfirm": NEW, "nextUrl": format!("/reset/{token}"), "authType": "reset",
    });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    test.anonymous()
        .request(reqwest::Method::POST, "/login-callback")
        .json(&body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn s35_a_link_sets_the_password_once_and_ends_all_sessions() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    set_password(&test, world.texter()).await;
    let admin = test.client(world.person("ADMIN")).await;
    let texter = world.as_texter(&test).await;
    texter.data("{ currentUser { id } }", json!({})).await;
    let token = token(&admin, &world, world.texter()).await;
    assert!(token.len() >= 43);
    // The old one works until then.
    assert_eq!(sign_in(&test, "texter@one.example", OLD).await, 200);
    let answer = set_anew(&test, " Texter@ONE.example", &token, json!({})).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().get("set-cookie").is_some());
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"nextUrl": "/app"}));
    assert!(texter.data("{ currentUser { id } }", json!({})).await["currentUser"].is_null());
    assert_eq!(sign_in(&test, "texter@one.example", OLD).await, 401);
    assert_eq!(sign_in(&test, "texter@one.example", NEW).await, 200);
    let again = set_anew(&test, "texter@one.example", &token, json!({})).await;
    assert_eq!(again.status(), 401);
}

#[tokio::test]
async fn s35_a_link_works_once_for_thirty_minutes_and_for_its_own_address() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    set_password(&test, world.texter()).await;
    let admin = test.client(world.person("ADMIN")).await;
    let older = token(&admin, &world, world.texter()).await;
    let newer = token(&admin, &world, world.texter()).await;
    let mut answers = Vec::new();
    for (email, token) in [
        ("owner@one.example", newer.as_str()),
        ("texter@one.example", older.as_str()),
        ("texter@one.example", "guess"),
    ] {
        let answer = set_anew(&test, email, token, json!({})).await;
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().get("set-cookie").is_none());
        answers.push(answer.text().await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    for (change, named) in [
        (json!({"passwordConfirm": "other"}), "passwordConfirm"),
        (
            json!({"password": "short", "passwordConfirm": "short"}),
            "password",
        ),
        (json!({"nextUrl": "/app"}), "nextUrl"),
        (json!({"authType": "signup"}), "authType"),
    ] {
        let answer = set_anew(&test, "texter@one.example", &newer, change).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains(named), "{named}");
    }
    let calls = (0..5).map(|_| set_anew(&test, "texter@one.example", &newer, json!({})));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);

    let late = token(&admin, &world, world.texter()).await;
    test.app.clock.set(test.app.now() + TimeDelta::minutes(30));
    assert_eq!(
        set_anew(&test, "texter@one.example", &late, json!({}))
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn s35_links_are_for_members_who_are_not_higher_and_never_for_oneself() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let other = World::new(&test, "two", 0).await;
    let admin = test.client(world.person("ADMIN")).await;
    for (user, code) in [
        (world.person("ADMIN"), "BAD_USER_INPUT"),
        (world.owner(), "FORBIDDEN"),
        (other.texter(), "NOT_FOUND"),
        (999_999, "NOT_FOUND"),
    ] {
        assert_eq!(admin.code(RESET, variables(&world, user)).await, code, "{user}");
    }
    assert_eq!(
        admin.code(RESET, variables(&other, other.texter())).await,
        "NOT_FOUND"
    );
    let supervolunteer = test.client(world.person("SUPERVOLUNTEER")).await;
    assert_eq!(
        supervolunteer
            .code(RESET, variables(&world, world.texter()))
            .await,
        "FORBIDDEN"
    );
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {};
         INSERT INTO user_organization (user_id, organization_id, role) VALUES ({}, {}, 'TEXTER')",
        world.texter(),
        other.owner(),
        world.organization
    ))
    .await;
    // A superadmin, and an owner elsewhere.
    for user in [world.texter(), other.owner()] {
        assert_eq!(admin.code(RESET, variables(&world, user)).await, "FORBIDDEN");
    }
    assert_eq!(test.number("SELECT count(*) FROM password_reset").await, 0);
}

#[tokio::test]
async fn a_link_ends_when_the_password_or_the_address_changes() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    set_password(&test, world.texter()).await;
    let admin = test.client(world.person("ADMIN")).await;
    let texter = world.as_texter(&test).await;
    let by_password = token(&admin, &world, world.texter()).await;
    let form = json!({"email": "", "password": OLD, "newPassword": NEW, "passwordConfirm": NEW});
    texter
        .data(
            "mutation ($user: Int!, $form: UserPasswordChange) { changeUserPassword(userId: $user, formData: $form) { id } }",
            json!({"user": world.texter(), "form": form}),
        )
        .await;
    let answer = set_anew(&test, "texter@one.example", &by_password, json!({})).await;
    assert_eq!(answer.status(), 401);

    let by_address = token(&admin, &world, world.texter()).await;
    test.execute(&format!(
        "UPDATE \"user\" SET email = 'new@one.example' WHERE id = {}",
        world.texter()
    ))
    .await;
    let answer = set_anew(&test, "texter@one.example", &by_address, json!({})).await;
    assert_eq!(answer.status(), 401);
}
