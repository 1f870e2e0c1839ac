use serde_json::{Value, json};

use crate::harness::{TestApp, World};

pub const OLD: &str = "correct horse battery";
pub const NEW: &str = "staple of the better kind";
const CHANGE: &str = "mutation ($user: Int!, $form: UserPasswordChange) { changeUserPassword(userId: $user, formData: $form) { id email } }";

/// Gives an account the password [`OLD`].
pub async fn set_password(test: &TestApp, user: i64) {
    let hash = bellwether_server::account::password::hash(OLD.to_owned())
        .await
        .unwrap();
    test.execute(&format!(
        "UPDATE \"user\" SET password_hash = '{hash}' WHERE id = {user}"
    ))
    .await;
}

/// The status of a sign-in.
pub async fn sign_in(test: &TestApp, email: &str, password: &str) -> u16 {
    test.anonymous()
        .request(reqwest::Method::POST, "/login-callback")
        .json(&json!({"email": email, "password": password}))
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn form(old: &str, new: &str, again: &str) -> Value {
    json!({"email": "texter@one.example", "password": old, "newPassword": new, "passwordConfirm": again})
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    set_password(&test, world.texter()).await;
    let here = world.as_texter(&test).await;
    let elsewhere = world.as_texter(&test).await;
    elsewhere.data("{ currentUser { id } }", json!({})).await;
    let variables = json!({"user": world.texter(), "form": form(OLD, NEW, NEW)});
    let changed = here.data(CHANGE, variables).await;
    assert_eq!(changed["changeUserPassword"]["email"], "texter@one.example");
    assert!(elsewhere.data("{ currentUser { id } }", json!({})).await["currentUser"].is_null());
    assert!(!here.data("{ currentUser { id } }", json!({})).await["currentUser"].is_null());
    assert_eq!(sign_in(&test, "texter@one.example", OLD).await, 401);
    assert_eq!(sign_in(&test, "texter@one.example", NEW).await, 200);
}

#[tokio::test]
async fn wrong_changes_are_refused_by_name_and_the_password_stays() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    set_password(&test, world.texter()).await;
    let texter = world.as_texter(&test).await;
    for (form, named) in [
        (form(OLD, NEW, "staple"), "passwordConfirm"),
        (form(OLD, OLD, OLD), "newPassword"),
        (form("wrong password", NEW, NEW), "password"),
        (form(OLD, "too short", "too short"), "password"),
        (json!(null), "formData"),
    ] {
        let answer = texter
            .graphql(CHANGE, json!({"user": world.texter(), "form": form}))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(
            error["message"].as_str().unwrap().starts_with(named),
            "{named}: {answer}"
        );
    }
    assert_eq!(sign_in(&test, "texter@one.example", OLD).await, 200);
    let others = json!({"user": world.owner(), "form": form(OLD, NEW, NEW)});
    assert_eq!(texter.code(CHANGE, others).await, "NOT_FOUND");
    let without = test.client(world.owner()).await;
    let own = json!({"user": world.owner(), "form": form(OLD, NEW, NEW)});
    assert_eq!(without.code(CHANGE, own).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn one_agrees_to_the_terms_for_oneself_whoever_is_named() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let agree = "mutation ($user: String!) { userAgreeTerms(userId: $user) { id terms } }";
    let agreed = texter
        .data(agree, json!({"user": world.owner().to_string()}))
        .await;
    assert_eq!(
        agreed["userAgreeTerms"],
        json!({"id": world.texter().to_string(), "terms": true})
    );
    assert_eq!(test.number("SELECT count(*) FROM \"user\" WHERE terms").await, 1);
    assert_eq!(
        test.anonymous().code(agree, json!({"user": "1"})).await,
        "UNAUTHENTICATED"
    );
}
