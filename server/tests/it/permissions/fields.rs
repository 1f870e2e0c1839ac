//! Every guarded field, reached as everybody who can reach its object (S12, S13).

use apollo_compiler::{Schema, schema::ExtendedType};
use bellwether_server::permissions::{Permission, Rule};
use serde_json::{Value, json};

use super::{allows, code, operations::server, schema, subject::Subject};

/// How a texter reaches an object of a type: what a query writes before and after the field.
fn path(ty: &str, subject: &Subject) -> Option<(String, &'static str)> {
    let assignment = format!("{{ assignment(assignmentId: \"{}\") {{", subject.world.assignment);
    let organization = format!("{{ organization(id: \"{}\") {{", subject.world.organization);
    Some(match ty {
        "Campaign" => (format!("{assignment} campaign {{"), "} } }"),
        "Organization" => (organization, "} }"),
        // The owner made the campaign.
        "User" => (format!("{assignment} campaign {{ creator {{"), "} } } }"),
        "CampaignContact" => (
            format!("{assignment} contacts(contactsFilter: {{messageStatus: \"closed\"}}) {{"),
            "} } }",
        ),
        "OptOut" => (
            format!("{assignment} contacts(contactsFilter: {{isOptedOut: true}}) {{ optOut {{"),
            "} } } }",
        ),
        "InteractionStep" => (format!("{assignment} campaign {{ interactionSteps {{"), "} } } }"),
        "AnswerOption" => (
            format!("{assignment} campaign {{ interactionSteps {{ question {{ answerOptions {{"),
            "} } } } } }",
        ),
        _ => return None,
    })
}

/// What a query writes for a field, arguments and all.
fn field(schema: &Schema, ty: &str, name: &str, subject: &Subject) -> String {
    let Some(ExtendedType::Object(object)) = schema.types.get(ty) else {
        panic!("{ty}")
    };
    let definition = &object.fields[name];
    let mut arguments = Vec::new();
    for argument in &definition.arguments {
        let value = match argument.name.as_str() {
            "organizationId" => subject.world.organization,
            "campaignContactId" => subject.world.contacts[0],
            "campaignId" if ty == "User" => subject.world.campaign,
            other => {
                assert!(!argument.is_required(), "{ty}.{name}({other})");
                continue;
            }
        };
        arguments.push(format!("{}: \"{value}\"", argument.name));
    }
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    let answer = definition.ty.inner_named_type().as_str();
    let selection = match schema.types.get(answer) {
        Some(ExtendedType::Object(_) | ExtendedType::Union(_)) => " { __typename }",
        _ => "",
    };
    format!("{name}{arguments}{selection}")
}

/// All values of the field, wherever it stands.
fn values<'a>(answer: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| values(item, name, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == name {
                    found.push(value);
                } else {
                    values(value, name, found);
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn s12_guarded_fields_are_for_whom_the_table_says() {
    let test = server().await;
    let schema = schema();
    let subject = Subject::new(&test, "one").await;
    let contact = subject.world.contacts[0];
    test.execute(&format!(
        "UPDATE campaign_contact SET message_status = 'closed', error_code = 30003, is_opted_out = true
             WHERE id = {contact};
         INSERT INTO opt_out (organization_id, cell, assignment_id)
             SELECT organization_id, cell, assignment_id FROM campaign_contact WHERE id = {contact}"
    ))
    .await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for permission in Permission::ALL {
        let Some((ty, name)) = permission.field().split_once('.') else {
            continue;
        };
        if name.contains('#') || ty.starts_with("Root") {
            continue;
        }
        let Some((before, after)) = path(ty, &subject) else {
            assert_eq!(
                permission.rule(),
                Rule::Reached,
                "{}: no path",
                permission.field()
            );
            continue;
        };
        // Under a name of its own, so that it is found whatever stands around it.
        let query = format!("{before} probe: {} {after}", field(&schema, ty, name, &subject));
        for role in ["TEXTER", "SUPERVOLUNTEER", "ADMIN", "OWNER"] {
            let client = test.client(subject.world.person(role)).await;
            let answer = client.graphql(&query, json!({})).await;
            let told = code(&answer);
            tried += 1;
            if allows(permission.rule(), role, ty == "User" && role == "OWNER") {
                if told.is_some() {
                    wrong.push(format!("{role} may not {}: {answer}", permission.field()));
                }
                continue;
            }
            let mut found = Vec::new();
            values(&answer["data"], "probe", &mut found);
            let hidden = found.iter().all(|value| value.is_null() || **value == json!([]));
            if !hidden && told.is_none() {
                wrong.push(format!("{role} reads {}: {answer}", permission.field()));
            }
            if told.is_some_and(|told| told != "FORBIDDEN" && told != "NOT_FOUND") {
                wrong.push(format!("{role} {}: {answer}", permission.field()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 300, "{tried}");
}

#[tokio::test]
async fn s13_a_texter_reaches_nothing_of_supervisors_by_nesting() {
    let test = server().await;
    let world = Subject::new(&test, "one").await.world;
    let texter = world.as_texter(&test).await;
    for nested in [
        "organization { people { id } }",
        "organization { uuid }",
        "organization { campaigns { __typename } }",
        "organization { campaignsCount }",
        "texters { id }",
        "assignments { id }",
        "contactsCount",
        "stats { sentMessagesCount }",
        "completionStats { contactsCount }",
        "counts { total }",
        "pendingJobs { id }",
        "hasUnassignedContacts",
        "hasUnsentInitialMessages",
        "startBlockers { code }",
        "interactionSteps { question { answerOptions { responders { cell } } } }",
    ] {
        let query = format!(
            "{{ assignment(assignmentId: \"{}\") {{ campaign {{ {nested} }} }} }}",
            world.assignment
        );
        let answer = texter.graphql(&query, json!({})).await;
        assert_eq!(code(&answer), Some("FORBIDDEN"), "{nested}: {answer}");
    }
    let hidden = texter
        .data(&format!("{{ assignment(assignmentId: \"{}\") {{ campaign {{ exportResults {{ error }} ingestMethod {{ name }} }} }} }}", world.assignment), json!({}))
        .await;
    assert!(
        hidden["assignment"]["campaign"]["exportResults"].is_null()
            && hidden["assignment"]["campaign"]["ingestMethod"].is_null()
    );
}
