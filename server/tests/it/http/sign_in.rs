use bellwether_db::user::NewUser;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

async fn account(test: &TestApp) {
    let hash = bellwether_server::account::password::hash("correct horse battery".to_owned())
        .await
        .unwrap();
    let mut conn = test.conn().await;
    let user = NewUser {
        email: "Ann@Example.org",
        password_hash: Some(&hash),
        first_name: "Ann",
        last_name: "Lee",
        cell: "",
    };
    user.insert(&mut conn).await.unwrap();
}

async fn login(test: &TestApp, body: Value) -> reqwest::Response {
    test.anonymous()
        .request(reqwest::Method::POST, "/login-callback")
        .json(&body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn s20_signing_in_sets_a_cookie_that_scripts_cannot_read() {
    let test = TestApp::new().await;
    account(&test).await;
    let body =
        json!({"email": " ann@example.ORG ", "password": "correct horse battery", "nextUrl": "/app/1/todos"});
    let answer = login(&test, body).await;
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"));
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({"nextUrl": "/app/1/todos"})
    );

    let key = cookie
        .trim_start_matches("session=")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(
        test.number("SELECT count(*) FROM session WHERE length(key_hash) = 32")
            .await,
        1
    );
    let client = Client::new(test.address.clone(), Some(key));
    assert_eq!(
        client.data("{ currentUser { email } }", json!({})).await["currentUser"]["email"],
        "Ann@Example.org"
    );
    let out = client
        .request(reqwest::Method::POST, "/logout-callback")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), 204);
    assert!(client.data("{ currentUser { email } }", json!({})).await["currentUser"].is_null());
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure_and_bound_to_the_host() {
    let test = TestApp::with(|config| config.base_url = "https://texts.example.org".to_owned()).await;
    account(&test).await;
    let answer = login(
        &test,
        json!({"email": "ann@example.org", "password": "correct horse battery"}),
    )
    .await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-session=") && cookie.contains("Secure"),
        "{cookie}"
    );
}

#[tokio::test]
async fn s36_unknown_accounts_and_wrong_passwords_are_answered_alike() {
    let test = TestApp::new().await;
    account(&test).await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ann@example.org", "wrong password!"),
        ("nobody@example.org", "wrong password!"),
    ] {
        let answer = login(&test, json!({"email": email, "password": password})).await;
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().get("set-cookie").is_none());
        answers.push(answer.text().await.unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].contains("INVALID_LOGIN"));
}

#[tokio::test]
async fn s29_foreign_ways_back_are_dropped() {
    let test = TestApp::new().await;
    account(&test).await;
    let body =
        json!({"email": "ann@example.org", "password": "correct horse battery", "nextUrl": "//evil.example"});
    assert_eq!(
        login(&test, body).await.json::<Value>().await.unwrap(),
        json!({"nextUrl": "/app"})
    );
}

#[tokio::test]
async fn s07_other_sites_and_forms_cannot_sign_in() {
    let test = TestApp::new().await;
    account(&test).await;
    let form = test
        .anonymous()
        .request(reqwest::Method::POST, "/login-callback")
        .header("content-type", "text/plain")
        .body(r#"{"email":"ann@example.org","password":"correct horse battery"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(form.status(), 400);
    let foreign = test
        .anonymous()
        .request(reqwest::Method::POST, "/login-callback")
        .header("origin", "https://evil.example")
        .json(&json!({"email": "ann@example.org", "password": "correct horse battery"}))
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(test.number("SELECT count(*) FROM session").await, 0);
}
