//! What a GraphQL request may not do, whoever sends it (S01 to S06, S10, S16).

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::harness::{Client, TestApp, World};

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("none")
}

#[tokio::test]
async fn s01_deep_wide_and_costly_queries_are_refused_before_they_run() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    let aliases: String = (0..31).map(|n| format!("a{n}: currentUser {{ id }} ")).collect();
    let roots: String = (0..31).map(|n| format!("...F{n} ")).collect();
    let fragments: String = (0..31)
        .map(|n| format!("fragment F{n} on RootQuery {{ currentUser {{ id }} }} "))
        .collect();
    let directives = "@include(if: true) ".repeat(11);
    let deep = format!(
        "{{ currentUser {{ id {} id {} }} }}",
        "organizations { people { ".repeat(6),
        "} }".repeat(6)
    );
    for (query, word) in [
        (deep, "depth"),
        (format!("{{ {aliases} }}"), "root fields"),
        (format!("{{ {roots} }} {fragments}"), "root fields"),
        (
            format!(
                "{{ currentUser {{ {} }} }}",
                (0..31).map(|n| format!("a{n}: id ")).collect::<String>()
            ),
            "aliases",
        ),
        (format!("{{ currentUser {{ id {directives} }} }}"), "directives"),
        (
            format!(
                "{{ people(organizationId: \"{}\", cursor: {{offset: 0, limit: 1000}}) {{ ... on PaginatedUsers {{ users {{ id organizations {{ id people {{ organizations {{ id name uuid }} }} }} }} }} }} }}",
                world.organization
            ),
            "cost",
        ),
        ("{a".repeat(50_000), "nested"),
        (format!("{{ a(b: {}) }}", "[".repeat(50_000)), "nested"),
    ] {
        let answer = owner.graphql(&query, json!({})).await;
        assert_eq!(code(&answer), "QUERY_TOO_EXPENSIVE", "{word}: {answer}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(word), "{word}: {message}");
    }
    for (query, word) in [
        (
            "query A { currentUser { id } } query B { currentUser { id } }",
            "operationName",
        ),
        (
            "{ currentUser { ...F } } fragment F on User { ...F }",
            "spreads itself",
        ),
        ("", "query"),
    ] {
        let answer = owner.graphql(query, json!({})).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
        assert!(
            answer["errors"][0]["message"].as_str().unwrap().contains(word),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn s04_batches_and_forms_are_refused() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    let batch = client
        .request(Method::POST, "/graphql")
        .json(&json!([{"query": "{ __typename }"}, {"query": "{ __typename }"}]));
    assert_eq!(batch.send().await.unwrap().status(), 400);
    let form = client
        .request(Method::POST, "/graphql")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("query={__typename}");
    assert_eq!(form.send().await.unwrap().status(), 415);
    let get = client.request(Method::GET, "/graphql?query={__typename}");
    assert_eq!(get.send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn s05_the_schema_is_read_by_whom_the_setting_names() {
    let query = "{ __schema { queryType { name } } }";
    let production = TestApp::with(|config| {
        config.development = false;
        config.graphiql = false;
        config.graphql_introspection = bellwether_server::config::Introspection::SignedIn;
    })
    .await;
    let world = World::new(&production, "one", 1).await;
    let answer = production.anonymous().graphql(query, json!({})).await;
    assert_eq!(code(&answer), "UNAUTHENTICATED", "{answer}");
    assert!(answer["data"].is_null());
    let texter = world.as_texter(&production).await;
    let data = texter.data(query, json!({})).await;
    assert_eq!(data["__schema"]["queryType"]["name"], "RootQuery");
    let page = texter.request(Method::GET, "/graphql").send().await.unwrap();
    assert_eq!(page.status(), 405);
    let closed = TestApp::with(|config| {
        config.graphql_introspection = bellwether_server::config::Introspection::Nobody;
    })
    .await;
    assert_eq!(
        code(&closed.anonymous().graphql(query, json!({})).await),
        "FORBIDDEN"
    );
    // What a client needs of the types of what it got is no introspection.
    assert!(closed.anonymous().graphql("{ __typename }", json!({})).await["errors"].is_null());
}

#[tokio::test]
async fn s06_production_suggests_no_names() {
    let test = TestApp::with(|config| config.development = false).await;
    let answer = test
        .anonymous()
        .graphql("{ organisations { id } }", json!({}))
        .await;
    assert!(!answer.to_string().contains("organizations"), "{answer}");
}

#[tokio::test]
async fn s10_who_spends_a_minutes_worth_waits_and_others_do_not() {
    let test = TestApp::with(|config| {
        config.graphql_cost_per_minute = 10;
        config.graphql_anonymous_cost_per_minute = 3;
    })
    .await;
    let (one, other) = {
        // Made without the API, whose budget is small here.
        let mut conn = test.conn().await;
        let mut ids = Vec::new();
        for email in ["a@one.example", "b@one.example"] {
            let user = bellwether_db::user::NewUser {
                email,
                password_hash: None,
                first_name: "Ann",
                last_name: "Lee",
                cell: "+12125550100",
            };
            ids.push(user.insert(&mut conn).await.unwrap().id);
        }
        (test.client(ids[0]).await, test.client(ids[1]).await)
    };
    let ask = |client: &Client| {
        client
            .request(Method::POST, "/graphql")
            .json(&json!({"query": "{ currentUser { id firstName lastName email } }"}))
            .send()
    };
    assert_eq!(ask(&one).await.unwrap().status(), 200);
    assert_eq!(ask(&one).await.unwrap().status(), 200);
    let refused = ask(&one).await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(code(&refused.json().await.unwrap()), "TOO_MANY_REQUESTS");
    assert_eq!(ask(&other).await.unwrap().status(), 200);
    assert_eq!(ask(&test.anonymous()).await.unwrap().status(), 429);

    // Another process spent the rest of the other's minute.
    let window = test.app.now().timestamp() / bellwether_server::rate_limit::WINDOW_SECONDS;
    let key = test.number("SELECT max(id) FROM \"user\"").await;
    test.execute(&format!(
        "INSERT INTO rate_usage VALUES ({window}, 'user:{key}', 5)"
    ))
    .await;
    bellwether_server::rate_limit::tell(&test.app).await.unwrap();
    assert_eq!(ask(&other).await.unwrap().status(), 429);
    test.app
        .clock
        .set(crate::harness::app::noon() + chrono::TimeDelta::minutes(1));
    assert_eq!(ask(&other).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_query_is_sent_once_and_named_by_its_hash_afterwards() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    let query = "{ __typename }";
    let hash: String = Sha256::digest(query)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let ask = |body: Value| {
        let request = client.request(Method::POST, "/graphql").json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let named = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    let unknown = ask(named.clone()).await;
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    let wrong = ask(json!({"query": "{ other: __typename }", "extensions": named["extensions"]})).await;
    assert_eq!(code(&wrong), "BAD_USER_INPUT");
    assert_eq!(
        ask(named.clone()).await["errors"][0]["message"],
        "PersistedQueryNotFound"
    );
    let whole = ask(json!({"query": query, "extensions": named["extensions"]})).await;
    assert_eq!(whole["data"]["__typename"], "RootQuery");
    assert_eq!(ask(named).await["data"]["__typename"], "RootQuery");
    let bad = ask(json!({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}})).await;
    assert_eq!(code(&bad), "BAD_USER_INPUT");
}

#[tokio::test]
async fn r18_a_full_pool_is_told_as_busy_and_changes_nothing() {
    let test = TestApp::with(|config| config.db_max_pool = 2).await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    // Its session is remembered, so that only the work itself needs the connection.
    texter.data("{ currentUser { id } }", json!({})).await;
    let held = (test.conn().await, test.conn().await);
    let answer = texter.send(world.contacts[0], world.initial()).await;
    assert_eq!(code(&answer), "SERVICE_UNAVAILABLE", "{answer}");
    drop(held);
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn s16_a_socket_passes_the_same_gate_and_ends_with_its_session() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let mut request = format!("{}/graphql", test.address.replace("http://", "ws://"))
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let cookie = format!("session={}", texter.session.as_ref().unwrap());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let ask = |id: &str, query: &str| {
        Message::text(json!({"id": id, "type": "subscribe", "payload": {"query": query}}).to_string())
    };
    socket
        .send(Message::text(json!({"type": "connection_init"}).to_string()))
        .await
        .unwrap();
    socket.next().await.unwrap().unwrap();
    let aliases: String = (0..31).map(|n| format!("a{n}: currentUser {{ id }} ")).collect();
    socket.send(ask("1", &format!("{{ {aliases} }}"))).await.unwrap();
    let refused = socket.next().await.unwrap().unwrap();
    assert!(
        refused.to_text().unwrap().contains("QUERY_TOO_EXPENSIVE"),
        "{refused}"
    );
    test.execute("DELETE FROM session").await;
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await
    .expect("the socket outlives its session");
}
