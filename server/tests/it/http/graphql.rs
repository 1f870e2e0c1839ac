use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::harness::{TestApp, World};

#[tokio::test]
async fn the_media_type_is_the_one_asked_for() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    let ask = |accept: &'static str, query: &'static str| {
        let request = client
            .request(Method::POST, "/graphql")
            .header("accept", accept)
            .json(&json!({"query": query}));
        async move {
            let answer = request.send().await.unwrap();
            (
                answer.status().as_u16(),
                answer.headers()["content-type"].to_str().unwrap().to_owned(),
            )
        }
    };
    assert_eq!(
        ask("application/json", "{ __typename }").await,
        (200, "application/json; charset=utf-8".to_owned())
    );
    let new = "application/graphql-response+json; charset=utf-8".to_owned();
    assert_eq!(
        ask("application/graphql-response+json", "{ __typename }").await,
        (200, new.clone())
    );
    assert_eq!(
        ask("application/graphql-response+json", "{ nonsense }").await,
        (400, new)
    );
    assert_eq!(ask("application/json", "{ nonsense }").await.0, 200);
}

#[tokio::test]
async fn s07_what_a_foreign_page_can_send_is_refused() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    let plain = client
        .request(Method::POST, "/graphql")
        .header("content-type", "text/plain")
        .body(r#"{"query":"{ __typename }"}"#);
    assert_eq!(plain.send().await.unwrap().status(), 415);
    let foreign = client
        .request(Method::POST, "/graphql")
        .header("origin", "https://evil.example")
        .json(&json!({"query": "{ __typename }"}));
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let get = client.request(Method::GET, "/graphql?query=mutation{signOutEverywhere}");
    assert_eq!(get.send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn s03_requests_that_are_too_large_or_broken_are_refused_in_words() {
    let test = TestApp::new().await;
    let client = test.anonymous();
    let large = json!({"query": format!("{{ __typename #{} }}", "x".repeat(300_000))});
    assert_eq!(
        client
            .request(Method::POST, "/graphql")
            .json(&large)
            .send()
            .await
            .unwrap()
            .status(),
        413
    );
    let broken = client
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body("{");
    let answer = broken.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn unexpected_errors_show_an_id_and_nothing_else() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute("ALTER TABLE campaign_contact RENAME COLUMN cell TO cell_gone")
        .await;
    let answer = texter.send(world.contacts[0], world.initial()).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert_eq!(error["extensions"]["requestId"].as_str().unwrap().len(), 32);
    assert!(
        !answer.to_string().contains("cell") && !answer.to_string().contains("database"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_reply_is_told_over_the_socket_to_its_texter_and_to_nobody_else() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let stranger = test.client(world.person("VETTED_TEXTER")).await;
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": {
        "query": "subscription ($id: ID!) { assignmentChanged(assignmentId: $id) { assignmentId contactIds } }",
        "variables": {"id": world.assignment.to_string()},
    }});
    let mut sockets = Vec::new();
    for client in [&texter, &stranger] {
        let mut request = format!("{}/graphql", test.address.replace("http://", "ws://"))
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        request.headers_mut().insert(
            "cookie",
            format!("session={}", client.session.as_ref().unwrap())
                .parse()
                .unwrap(),
        );
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        socket
            .send(Message::text(json!({"type": "connection_init"}).to_string()))
            .await
            .unwrap();
        let ack = socket.next().await.unwrap().unwrap();
        assert!(ack.to_text().unwrap().contains("connection_ack"));
        socket.send(Message::text(subscribe.to_string())).await.unwrap();
        sockets.push(socket);
    }
    let refused = sockets[1].next().await.unwrap().unwrap();
    assert!(refused.to_text().unwrap().contains("NOT_FOUND"), "{refused}");
    // The subscription is there once the server has read it.
    for _ in 0..100 {
        texter.send(world.contacts[0], world.initial()).await;
        for change in test.app.events.take() {
            test.app.events.publish(change);
        }
        test.app
            .events
            .contact_changed(world.campaign, Some(world.assignment), world.contacts[0]);
        let told = tokio::time::timeout(std::time::Duration::from_millis(100), sockets[0].next()).await;
        if let Ok(Some(Ok(message))) = told {
            let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            assert_eq!(message["type"], "next", "{message}");
            assert_eq!(
                message["payload"]["data"]["assignmentChanged"]["contactIds"],
                json!([world.contacts[0].to_string()])
            );
            return;
        }
    }
    panic!("nothing was told");
}

#[tokio::test]
async fn s56_metrics_need_the_token() {
    let test = TestApp::with(|config| {
        config.metrics_token = Some(bellwether_server::config::Secret::new("a-token"));
    })
    .await;
    let ask = |token: &str| {
        test.anonymous()
            .request(Method::GET, "/metrics")
            .header("authorization", format!("Bearer {token}"))
            .send()
    };
    assert_eq!(ask("wrong").await.unwrap().status(), 404);
    let answer = ask("a-token").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("bellwether_unexpected_errors_total")
    );
    let health = test
        .anonymous()
        .request(Method::GET, "/healthz")
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);
    let ready = test
        .anonymous()
        .request(Method::GET, "/readyz")
        .send()
        .await
        .unwrap();
    assert_eq!(ready.text().await.unwrap(), "ready");
}
