//! Every operation as every role of its own organization, and as nobody.

use std::collections::BTreeSet;

use bellwether_server::permissions::{Permission, Rule};

use super::{REFUSALS, allows, call, code, operations, schema, snapshot, subject::Subject};
use crate::harness::{TestApp, world::ROLES};

/// Operations that a call made from the schema alone cannot bring to succeed, and why.
const NOT_BY_ITSELF: [(&str, &str); 6] = [
    (
        "createOrganization",
        "needs an invitation that createInvite gave: organization/invite.rs",
    ),
    ("importCampaignScript", "needs a Google account"),
    ("updateServiceVendorConfig", "the fake service has nothing to set"),
    ("updateServiceManager", "there is no service manager yet"),
    ("changeUserPassword", "the account has no password"),
    (
        "releaseCampaignNumbers",
        "the campaign is not archived and has no numbers",
    ),
];

/// A server on which everything that can be switched on is on, and nobody has to wait.
pub async fn server() -> TestApp {
    TestApp::with(|config| {
        config.graphql_cost_per_minute = i64::MAX;
        config.graphql_anonymous_cost_per_minute = i64::MAX;
        config.owner_configurable = vec!["ALL".to_owned()];
        config.allow_send_all = true;
        config.phone_inventory = true;
    })
    .await
}

#[tokio::test]
async fn s12_every_role_may_what_the_table_says_and_nothing_else() {
    let test = server().await;
    let schema = schema();
    let mut succeeded = BTreeSet::new();
    let mut wrong = Vec::new();
    let operations = operations(&schema);
    for (number, (root, field, permission)) in operations.iter().enumerate() {
        let shared = Subject::new(&test, &format!("shared{number}")).await;
        shared.secrets(&test).await;
        // Who is refused comes first.
        let before = snapshot(&test).await;
        let mut after = None;
        for role in ROLES {
            let own_account = matches!(permission.rule(), Rule::SignedIn | Rule::OwnAccount(None));
            let allowed = allows(permission.rule(), role, own_account || role == "VETTED_TEXTER");
            let fresh;
            // Who is refused changes nothing, so that all who are can be tried on one.
            if allowed && after.is_none() {
                after = Some(snapshot(&test).await);
            }
            let subject = if allowed {
                fresh = Subject::new(&test, &format!("w{number}{}", role.to_lowercase())).await;
                fresh.secrets(&test).await;
                &fresh
            } else {
                &shared
            };
            let caller = subject.world.person(role);
            let user = if own_account { caller } else { subject.user };
            let call = call::call(&schema, root, field, &subject.as_user(user));
            let client = test.client(caller).await;
            let answer = client.graphql(&call.query, call.variables.clone()).await;
            match code(&answer) {
                None if allowed => {
                    succeeded.insert(field.clone());
                }
                Some(told) if !allowed && REFUSALS.contains(&told) => {}
                // Whether it can succeed is another matter; that it is not refused for who asks is this one.
                Some(told) if allowed && !REFUSALS.contains(&told) && told != "INTERNAL" => {}
                told if *permission == Permission::Node && told == Some("NOT_FOUND") => {}
                told => wrong.push(format!(
                    "{role} {field} allowed={allowed}: {told:?} {answer} {}",
                    call.variables
                )),
            }
        }
        if after.is_some_and(|after| after != before) {
            wrong.push(format!("{field}: somebody was refused, but something changed"));
        }
    }
    let covered = operations.len();
    println!("report: operations tried as every role, as strangers and as nobody: {covered} / {covered}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let never: Vec<&String> = operations
        .iter()
        .map(|(_, field, _)| field)
        .filter(|field| !succeeded.contains(*field))
        .filter(|field| !NOT_BY_ITSELF.iter().any(|(name, _)| name == field))
        .collect();
    assert!(
        never.is_empty(),
        "no call of these succeeded, so nothing is proved of them: {never:#?}"
    );
}

#[tokio::test]
async fn s12_nobody_and_suspended_members_are_refused_and_change_nothing() {
    let test = server().await;
    let schema = schema();
    let subject = Subject::new(&test, "one").await;
    subject.secrets(&test).await;
    let suspended = test.client(subject.world.person("SUSPENDED")).await;
    let before = snapshot(&test).await;
    let mut wrong = Vec::new();
    for (root, field, permission) in operations(&schema) {
        let call = call::call(&schema, root, &field, &subject);
        if permission.rule() != Rule::Anyone {
            let answer = test
                .anonymous()
                .graphql(&call.query, call.variables.clone())
                .await;
            if code(&answer) != Some("UNAUTHENTICATED") {
                wrong.push(format!("anonymous {field}: {answer}"));
            }
        }
        if !matches!(
            permission.rule(),
            Rule::Anyone | Rule::SignedIn | Rule::OwnAccount(None)
        ) {
            let answer = suspended.graphql(&call.query, call.variables).await;
            if code(&answer) != Some("NOT_FOUND") {
                wrong.push(format!("suspended {field}: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(snapshot(&test).await, before, "something changed");
}

#[tokio::test]
async fn s12_superadmins_read_what_owners_read() {
    let test = server().await;
    let schema = schema();
    let subject = Subject::new(&test, "one").await;
    subject.secrets(&test).await;
    let elsewhere = Subject::new(&test, "two").await.world.owner();
    test.execute(&format!(
        "UPDATE \"user\" SET is_superadmin = true WHERE id = {elsewhere}"
    ))
    .await;
    let client = test.client(elsewhere).await;
    let mut wrong = Vec::new();
    for (root, field, permission) in operations(&schema) {
        if root == "RootQuery" && permission != Permission::InviteByHash {
            let call = call::call(&schema, root, &field, &subject);
            let answer = client.graphql(&call.query, call.variables).await;
            if let Some(told) = code(&answer) {
                wrong.push(format!("{field}: {told} {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
