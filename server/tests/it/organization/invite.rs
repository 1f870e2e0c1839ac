use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

const INVITE: &str =
    "mutation { createInvite(invite: {is_valid: true, hash: \"mine\"}) { id hash isValid } }";
const BY_HASH: &str = "query ($hash: String!) { inviteByHash(hash: $hash) { id isValid } }";
const CREATE: &str = "mutation ($name: String!, $user: String!, $invite: String!) {
    createOrganization(name: $name, userId: $user, inviteId: $invite) { id name } }";

async fn invite(client: &Client) -> String {
    let made = client.data(INVITE, json!({})).await["createInvite"].take();
    assert_eq!(made["id"], made["hash"]);
    assert_eq!(made["isValid"], true);
    made["hash"].as_str().unwrap().to_owned()
}

fn variables(user: i64, invite: &str) -> Value {
    json!({"name": " Renters' union ", "user": user.to_string(), "invite": invite})
}

#[tokio::test]
async fn an_invitation_makes_one_organization_whose_owner_used_it() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let hash = invite(&texter).await;
    assert!(hash.len() >= 43 && hash != "mine", "{hash}");
    assert_eq!(
        test.number("SELECT count(*) FROM invite WHERE length(hash_sha256) = 32")
            .await,
        1
    );
    let found = texter.data(BY_HASH, json!({"hash": hash})).await;
    assert_eq!(found["inviteByHash"], json!([{"id": hash, "isValid": true}]));

    let made = texter.data(CREATE, variables(world.texter(), &hash)).await;
    assert_eq!(made["createOrganization"]["name"], "Renters' union");
    let id: i64 = made["createOrganization"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let owned = texter
        .data(
            "{ currentUser { organizations(role: \"OWNER\") { id uuid } } }",
            json!({}),
        )
        .await;
    assert_eq!(owned["currentUser"]["organizations"][0]["id"], id.to_string());

    let found = texter.data(BY_HASH, json!({"hash": hash})).await;
    assert_eq!(found["inviteByHash"][0]["isValid"], false);
    assert_eq!(
        texter.code(CREATE, variables(world.texter(), &hash)).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn of_twenty_who_use_an_invitation_at_once_one_gets_an_organization() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let hash = invite(&texter).await;
    let calls = (0..20).map(|_| texter.graphql(CREATE, variables(world.texter(), &hash)));
    let answers = futures_util::future::join_all(calls).await;
    let made = answers.iter().filter(|answer| answer["errors"].is_null()).count();
    assert_eq!(made, 1);
    assert_eq!(test.number("SELECT count(*) FROM organization").await, 2);
    assert_eq!(
        test.number("SELECT count(*) FROM user_organization WHERE role = 'OWNER'")
            .await,
        2
    );
}

#[tokio::test]
async fn an_invitation_ends_after_fourteen_days() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let hash = invite(&texter).await;
    test.execute("UPDATE session SET expires_at = expires_at + interval '30 days'")
        .await;
    test.app.clock.set(test.app.now() + TimeDelta::days(14));
    let found = texter.data(BY_HASH, json!({"hash": hash})).await;
    assert_eq!(found["inviteByHash"][0]["isValid"], false);
    assert_eq!(
        texter.code(CREATE, variables(world.texter(), &hash)).await,
        "BAD_USER_INPUT"
    );
    assert_eq!(test.number("SELECT count(*) FROM organization").await, 1);
}

#[tokio::test]
async fn nobody_makes_an_organization_for_another_without_a_name_or_by_a_guess() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 0).await;
    let texter = world.as_texter(&test).await;
    let hash = invite(&texter).await;
    assert_eq!(
        texter.code(CREATE, variables(world.owner(), &hash)).await,
        "FORBIDDEN"
    );
    for guess in ["1", "", "mine"] {
        assert_eq!(
            texter.code(CREATE, variables(world.texter(), guess)).await,
            "BAD_USER_INPUT"
        );
    }
    let nameless = json!({"name": "  ", "user": world.texter().to_string(), "invite": hash});
    assert_eq!(texter.code(CREATE, nameless).await, "BAD_USER_INPUT");
    let unknown = texter.data(BY_HASH, json!({"hash": "1"})).await;
    assert_eq!(unknown["inviteByHash"], json!([]));
    // It was not used up by any of these.
    texter.data(CREATE, variables(world.texter(), &hash)).await;
}

#[tokio::test]
async fn s39_strangers_neither_invite_nor_look_invitations_up() {
    let test = TestApp::new().await;
    let nobody = test.anonymous();
    assert_eq!(nobody.code(INVITE, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(
        nobody.code(BY_HASH, json!({"hash": "x"})).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(nobody.code(CREATE, variables(1, "x")).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn where_self_invitation_is_off_only_superadmins_invite() {
    let test = TestApp::with(|config| config.suppress_self_invite = true).await;
    let world = World::new(&test, "one", 0).await;
    let owner = test.client(world.owner()).await;
    assert!(owner.data(INVITE, json!({})).await["createInvite"].is_null());
    assert_eq!(test.number("SELECT count(*) FROM invite").await, 0);
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {}",
        world.owner()
    ))
    .await;
    test.app.sessions.forget(None);
    invite(&owner).await;
}
