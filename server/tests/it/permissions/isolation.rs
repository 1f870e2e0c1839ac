//! Other organizations' things: they are answered like things that do not exist, and nothing changes (S08, S14).

use bellwether_server::permissions::Rule;
use serde_json::{Value, json};

use super::{
    call::{self, Ids},
    code, operations,
    operations::server,
    schema, snapshot,
    subject::{Nothing, Subject},
};
use crate::harness::world::ROLES;

/// Operations whose argument is a secret: whoever has it may.
const BY_SECRET: [&str; 4] = [
    "joinOrganization",
    "inviteByHash",
    "createOrganization",
    "createInvite",
];
/// Ids that Spoke's clients send and the server takes from what it knows itself.
const NOT_READ: [&str; 12] = [
    // Null stands in the place of a contact that is not in the assignment, by contract.
    "getAssignmentContacts(contactIds)",
    // What counts is where a step stands.
    "createCampaign(campaign.interactionSteps.parentInteractionId)",
    "editCampaign(campaign.interactionSteps.parentInteractionId)",
    "sendMessage(message.userId)",
    "sendMessages(messages.message.userId)",
    // What is made has no id yet.
    "createCannedResponse(cannedResponse.id)",
    "createOptOut(optOut.assignmentId)",
    "userAgreeTerms(userId)",
    "reassignCampaignContacts(campaignIdsContactIds.messageIds)",
    "editCampaignContactMessageStatus(campaignIdsContactIds.messageIds)",
    "createTag(tagData.organizationId)",
    "editTag(tagData.organizationId)",
];

#[tokio::test]
async fn s08_foreign_and_missing_ids_are_refused_alike_and_nothing_changes() {
    let test = server().await;
    let schema = schema();
    let own = Subject::new(&test, "own").await;
    let foreign = Subject::new(&test, "foreign").await;
    foreign.secrets(&test).await;
    let before = snapshot(&test).await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (root, field, permission) in operations(&schema) {
        let about_oneself = matches!(
            permission.rule(),
            Rule::Anyone | Rule::SignedIn | Rule::OwnAccount(None)
        );
        if about_oneself || BY_SECRET.contains(&field.as_str()) {
            continue;
        }
        let theirs = call::call(&schema, root, &field, &foreign);
        let nothing = call::call(&schema, root, &field, &Nothing);
        assert!(!theirs.places.is_empty(), "{field} names nothing");
        for role in ROLES {
            let client = test.client(own.world.person(role)).await;
            let theirs = client.graphql(&theirs.query, theirs.variables.clone()).await;
            let nothing = client.graphql(&nothing.query, nothing.variables.clone()).await;
            tried += 2;
            if code(&theirs) != Some("NOT_FOUND") {
                wrong.push(format!("{role} {field} foreign: {theirs}"));
            }
            if theirs != nothing {
                wrong.push(format!("{role} {field}: foreign {theirs}, missing {nothing}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 500, "{tried}");
    assert_eq!(snapshot(&test).await, before, "something changed");
}

#[tokio::test]
async fn s14_one_foreign_id_among_own_ones_refuses_the_whole() {
    let test = server().await;
    let schema = schema();
    let foreign = Subject::new(&test, "foreign").await;
    foreign.secrets(&test).await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (number, (root, field, permission)) in operations(&schema).into_iter().enumerate() {
        if permission.rule() == Rule::Anyone || BY_SECRET.contains(&field.as_str()) {
            continue;
        }
        let own = Subject::new(&test, &format!("own{number}")).await;
        own.secrets(&test).await;
        let client = test.client(own.world.owner()).await;
        let call = call::call(&schema, root, &field, &own);
        let before = snapshot(&test).await;
        for place in &call.places {
            if call.places.len() == 1 || NOT_READ.contains(&place.name(&field).as_str()) {
                continue;
            }
            for id in [foreign.of(place.entity), Nothing.of(place.entity)] {
                let id = if place.is_number || !id.is_number() {
                    id
                } else {
                    json!(id.to_string())
                };
                let mixed = call.with(place, id);
                let answer = client.graphql(&mixed.query, mixed.variables.clone()).await;
                tried += 1;
                // A filter that names something foreign may also find nothing.
                let found_nothing = root == "RootQuery" || answer["data"][field.as_str()] == json!([]);
                let found_nothing = found_nothing && code(&answer).is_none();
                if !found_nothing && code(&answer).is_none_or(|told| told == "INTERNAL") {
                    wrong.push(format!("{}: {answer} {}", place.name(&field), mixed.variables));
                }
            }
        }
        if snapshot(&test).await != before {
            wrong.push(format!("{field}: something changed"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 60, "{tried}");
}

#[tokio::test]
async fn s14_malformed_ids_are_refused_in_words_and_change_nothing() {
    let test = server().await;
    let schema = schema();
    let own = Subject::new(&test, "own").await;
    own.secrets(&test).await;
    let client = test.client(own.world.owner()).await;
    let before = snapshot(&test).await;
    let mut wrong = Vec::new();
    let texts = [
        "",
        "0",
        "-1",
        "abc",
        "1e3",
        "1.5",
        "99999999999999999999",
        "9223372036854775807",
        "1; DROP TABLE message",
        "\u{0}",
        "\u{202e}1",
        "' OR 1=1 --",
    ];
    for (root, field, permission) in operations(&schema) {
        if permission.rule() == Rule::Anyone || BY_SECRET.contains(&field.as_str()) {
            continue;
        }
        let call = call::call(&schema, root, &field, &own);
        for place in &call.places {
            if NOT_READ.contains(&place.name(&field).as_str()) {
                continue;
            }
            let values: Vec<Value> = if place.is_number {
                vec![json!(0), json!(-1), json!(i32::MAX), json!(i32::MIN)]
            } else {
                texts.iter().map(|text| json!(text)).collect()
            };
            for value in values {
                // Empty is left out, where it may be.
                if !place.is_required && value == json!("") {
                    continue;
                }
                let bad = call.with(place, value.clone());
                let answer = client.graphql(&bad.query, bad.variables.clone()).await;
                let told = code(&answer);
                let found_nothing = root == "RootQuery" || answer["data"][field.as_str()] == json!([]);
                if (told.is_none() && !found_nothing) || told == Some("INTERNAL") {
                    wrong.push(format!("{} {value}: {answer}", place.name(&field)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(snapshot(&test).await, before, "something changed");
}
