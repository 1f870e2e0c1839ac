//! What stands beside Spoke's interface: node, pages by cursor, typed enums, many sends in one request, subscriptions.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::harness::{Client, TestApp, World};

#[tokio::test]
async fn anything_is_found_by_type_and_id_by_who_may_see_it() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let other = World::new(&test, "two", 1).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.execute(&format!(
        "INSERT INTO tag (organization_id, name, \"group\") VALUES ({0}, 'Help', 'texter-tags'), ({0}, 'Legal', NULL)",
        world.organization
    ))
    .await;
    let help = test.number("SELECT min(id) FROM tag").await;
    let message = test.number("SELECT max(id) FROM message").await;
    let query = "query ($id: ID!) { node(id: $id) { __typename ... on CampaignContact { status } ... on Message { status } } }";
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let vetted = test.client(world.person("VETTED_TEXTER")).await;
    let stranger = test.client(other.owner()).await;
    for (id, texter_may, vetted_may) in [
        (format!("Organization:{}", world.organization), true, true),
        (format!("Campaign:{}", world.campaign), false, false),
        (format!("Assignment:{}", world.assignment), true, false),
        (format!("CampaignContact:{}", world.contacts[0]), true, false),
        (format!("Message:{message}"), true, false),
        (format!("User:{}", world.texter()), true, false),
        (format!("User:{}", world.owner()), false, false),
        (format!("Tag:{help}"), true, true),
        (format!("Tag:{}", help + 1), false, false),
    ] {
        let ty = id.split(':').next().unwrap().to_owned();
        for (client, may) in [
            (&supervisor, true),
            (&texter, texter_may),
            (&vetted, vetted_may),
            (&stranger, false),
        ] {
            let answer = client.graphql(query, json!({"id": id})).await;
            if may {
                assert_eq!(answer["data"]["node"]["__typename"], ty, "{id}: {answer}");
            } else {
                assert_eq!(
                    answer["errors"][0]["extensions"]["code"], "NOT_FOUND",
                    "{id}: {answer}"
                );
            }
        }
    }
    for id in [
        "",
        "Campaign",
        "Campaign:",
        "Campaign:-1",
        "Nothing:1",
        "Campaign:x",
        "1",
    ] {
        assert_eq!(
            supervisor.code(query, json!({"id": id})).await,
            "NOT_FOUND",
            "{id}"
        );
    }
    assert_eq!(
        test.anonymous().code(query, json!({"id": "Campaign:1"})).await,
        "UNAUTHENTICATED"
    );
    let typed = texter
        .data(query, json!({"id": format!("Message:{message}")}))
        .await;
    assert_eq!(typed["node"]["status"], "QUEUED");
}

/// Follows a connection to its end; ids in order.
async fn follow(client: &Client, field: &str, arguments: &str, id: &str) -> Vec<String> {
    let query = format!(
        "query ($after: String) {{ {field}({arguments}, first: 2, after: $after) {{
            edges {{ cursor node {{ {id} }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"
    );
    let (mut after, mut ids) = (Value::Null, Vec::new());
    loop {
        let data = client.data(&query, json!({"after": after})).await;
        let page = &data[field];
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        for edge in page["edges"].as_array().unwrap() {
            let node = &edge["node"];
            ids.push(
                node["id"]
                    .as_str()
                    .or(node["contact"]["id"].as_str())
                    .unwrap()
                    .to_owned(),
            );
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn long_lists_are_followed_page_by_page_to_their_end() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 5).await;
    let owner = test.client(world.owner()).await;
    let texter = world.as_texter(&test).await;
    for n in 0..5 {
        texter
            .send(world.contacts[0], world.text(&format!("Text {n}")))
            .await;
        test.execute("UPDATE campaign_contact SET message_status = 'needsResponse'")
            .await;
    }
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) SELECT {}, '+1415555' || (1000 + n) FROM generate_series(1, 3) n",
        world.organization
    ))
    .await;
    let newest: Vec<String> = world.contacts.iter().rev().map(ToString::to_string).collect();
    let organization = format!("organizationId: \"{}\"", world.organization);
    let campaign = format!("campaignId: \"{}\"", world.campaign);
    assert_eq!(
        follow(&owner, "contactsConnection", &campaign, "id").await,
        newest
    );
    assert_eq!(
        follow(
            &owner,
            "conversationsConnection",
            &organization,
            "contact { id messages { text } }"
        )
        .await,
        newest
    );
    let filtered = format!(
        "{organization}, filter: {{contactsFilter: {{contactId: \"{}\"}}}}",
        newest[2]
    );
    assert_eq!(
        follow(&owner, "conversationsConnection", &filtered, "contact { id }").await,
        newest[2..3]
    );
    assert_eq!(
        follow(&owner, "peopleConnection", &organization, "id")
            .await
            .len(),
        5
    );
    assert_eq!(
        follow(
            &owner,
            "peopleConnection",
            &format!("{organization}, role: \"ANY\""),
            "id"
        )
        .await
        .len(),
        6
    );
    assert_eq!(
        follow(&owner, "optOutsConnection", &organization, "id")
            .await
            .len(),
        3
    );
    let contact = format!("campaignContactId: \"{}\"", world.contacts[0]);
    let messages = follow(&texter, "messagesConnection", &contact, "id").await;
    assert_eq!(messages.len(), 5);
    assert!(messages.is_sorted_by_key(|id| id.parse::<i64>().unwrap()));
    for arguments in ["first: 0", "first: 101", "after: \"nonsense\""] {
        let query = format!("{{ optOutsConnection({organization}, {arguments}) {{ edges {{ cursor }} }} }}");
        assert_eq!(
            owner.code(&query, json!({})).await,
            "BAD_USER_INPUT",
            "{arguments}"
        );
    }
}

#[tokio::test]
async fn many_sends_in_one_request_are_answered_one_by_one() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    let other = World::new(&test, "two", 1).await;
    let texter = world.as_texter(&test).await;
    test.execute(&format!(
        "INSERT INTO opt_out (organization_id, cell) SELECT organization_id, cell FROM campaign_contact WHERE id = {}",
        world.contacts[1]
    ))
    .await;
    let send = "mutation ($m: [ContactMessage!]!) { sendMessages(messages: $m) {
        campaignContactId contact { id status messageStatus } error { code message } } }";
    let item = |contact: i64, key: &str| {
        let mut message = world.initial();
        message["idempotencyKey"] = json!(key);
        json!({"campaignContactId": contact.to_string(), "message": message})
    };
    let all = json!([item(world.contacts[0], "a"), item(world.contacts[1], "b"), item(other.contacts[0], "c"),
        item(world.contacts[2], "d"), {"campaignContactId": "x", "message": world.initial()}]);
    let codes = |data: &Value| -> Vec<String> {
        let rows = data["sendMessages"].as_array().unwrap();
        rows.iter()
            .map(|row| row["error"]["code"].as_str().unwrap_or("sent").to_owned())
            .collect()
    };
    let told = texter.data(send, json!({"m": all})).await;
    assert_eq!(
        codes(&told),
        ["sent", "SENDERR_OPTEDOUT", "NOT_FOUND", "sent", "NOT_FOUND"]
    );
    assert_eq!(told["sendMessages"][0]["contact"]["status"], "MESSAGED");
    // The same request again sends nothing more.
    assert_eq!(codes(&texter.data(send, json!({"m": all})).await)[0], "sent");
    assert_eq!(test.number("SELECT count(*) FROM message").await, 2);
    assert_eq!(texter.code(send, json!({"m": []})).await, "BAD_USER_INPUT");
    let many: Vec<Value> = (0..101)
        .map(|n| item(world.contacts[0], &n.to_string()))
        .collect();
    assert_eq!(texter.code(send, json!({"m": many})).await, "BAD_USER_INPUT");
}

/// The first thing that a subscription tells, after `change` was done as often as it takes.
async fn first(test: &TestApp, client: &Client, query: &str, change: impl Fn()) -> Value {
    let mut request = format!("{}/graphql", test.address.replace("http://", "ws://"))
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    headers.insert(
        "cookie",
        format!("session={}", client.session.as_ref().unwrap())
            .parse()
            .unwrap(),
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let init = json!({"type": "connection_init"});
    socket.send(Message::text(init.to_string())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": query}});
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    for _ in 0..100 {
        change();
        for noted in test.app.events.take() {
            test.app.events.publish(noted);
        }
        let told = tokio::time::timeout(std::time::Duration::from_millis(100), socket.next()).await;
        if let Ok(Some(Ok(message))) = told
            && let Ok(text) = message.to_text()
            && text.starts_with('{')
        {
            return serde_json::from_str::<Value>(text).unwrap()["payload"].take();
        }
    }
    panic!("{query}: nothing was told");
}

#[tokio::test]
async fn s16_subscriptions_tell_what_changed_to_who_may_know() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let other = World::new(&test, "two", 1).await;
    let owner = test.client(world.owner()).await;
    let texter = world.as_texter(&test).await;
    let contact = world.contacts[0];
    let change = || {
        test.app
            .events
            .contact_changed(world.campaign, Some(world.assignment), contact)
    };
    let own = format!(
        "subscription {{ assignmentChanged(assignmentId: \"{}\") {{ contactIds contacts {{ id cell }} assignment {{ contactsCount }} }} }}",
        world.assignment
    );
    let told = first(&test, &texter, &own, change).await;
    assert_eq!(
        told["data"]["assignmentChanged"]["contacts"][0]["id"],
        contact.to_string(),
        "{told}"
    );
    assert_eq!(
        told["data"]["assignmentChanged"]["assignment"]["contactsCount"],
        2
    );
    let campaign = format!(
        "subscription {{ campaignChanged(campaignId: \"{}\") {{ campaign {{ counts {{ total }} }} }} }}",
        world.campaign
    );
    let told = first(&test, &owner, &campaign, change).await;
    assert_eq!(
        told["data"]["campaignChanged"]["campaign"]["counts"]["total"], 2,
        "{told}"
    );
    let inbox = format!(
        "subscription {{ inboxChanged(organizationId: \"{}\") {{ campaignId contactIds }} }}",
        world.organization
    );
    let told = first(&test, &owner, &inbox, || {
        test.app
            .events
            .contact_changed(other.campaign, Some(other.assignment), other.contacts[0]);
        change();
    })
    .await;
    assert_eq!(
        told["data"]["inboxChanged"]["campaignId"],
        world.campaign.to_string(),
        "{told}"
    );
    let jobs = format!(
        "subscription {{ jobProgress(campaignId: \"{}\") {{ jobType status }} }}",
        world.campaign
    );
    owner
        .data(
            &format!(
                "mutation {{ exportCampaign(id: \"{}\") {{ id }} }}",
                world.campaign
            ),
            json!({}),
        )
        .await;
    let told = first(&test, &owner, &jobs, || {}).await;
    assert_eq!(
        told["data"]["jobProgress"],
        json!([{"jobType": "export", "status": 0}]),
        "{told}"
    );
    let stranger = test.client(other.owner()).await;
    for query in [&own, &campaign, &inbox, &jobs] {
        let told = first(&test, &stranger, query, change).await;
        let code = told[0]["extensions"]["code"]
            .as_str()
            .or(told["errors"][0]["extensions"]["code"].as_str());
        assert_eq!(code, Some("NOT_FOUND"), "{query}: {told}");
    }
}
