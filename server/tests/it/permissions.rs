//! Every operation as every role, as nobody, and from another organization (S11 to S14). A root field that is missing
//! in the table fails the test, so that a new one cannot be forgotten.

use std::collections::BTreeSet;

use apollo_compiler::{Schema, schema::ExtendedType};
use serde_json::{Value, json};

use crate::harness::{TestApp, World, world::ROLES};

/// Lowest role that may call a root field on things of its own organization; the texter of the world has the
/// assignment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum May {
    /// Nobody need be signed in.
    Anyone,
    /// Any account, also a suspended one: it concerns oneself only.
    SignedIn,
    /// Any member.
    Member,
    /// The assignment's texter, and supervisors.
    OwnAssignment,
    Supervolunteer,
    Admin,
}

/// A root field, who may call it, and a call of it.
fn table(world: &World) -> Vec<(&'static str, May, String)> {
    let (organization, campaign, assignment) = (world.organization, world.campaign, world.assignment);
    let contact = world.contacts[0];
    vec![
        ("currentUser", May::Anyone, "{ currentUser { id } }".to_owned()),
        (
            "organizations",
            May::SignedIn,
            "{ organizations { id } }".to_owned(),
        ),
        (
            "organization",
            May::Member,
            format!("{{ organization(id: \"{organization}\") {{ id name }} }}"),
        ),
        (
            "campaign",
            May::Supervolunteer,
            format!("{{ campaign(id: \"{campaign}\") {{ id title contactsCount }} }}"),
        ),
        (
            "assignment",
            May::OwnAssignment,
            format!("{{ assignment(assignmentId: \"{assignment}\") {{ id contacts {{ id cell }} }} }}"),
        ),
        (
            "campaigns",
            May::Supervolunteer,
            format!(
                "{{ campaigns(organizationId: \"{organization}\") {{ ... on CampaignsList {{ campaigns {{ id }} }} }} }}"
            ),
        ),
        (
            "people",
            May::Supervolunteer,
            format!(
                "{{ people(organizationId: \"{organization}\") {{ ... on UsersList {{ users {{ id email }} }} }} }}"
            ),
        ),
        (
            "createCampaign",
            May::Admin,
            format!(
                "mutation {{ createCampaign(campaign: {{organizationId: \"{organization}\", title: \"New\"}}) {{ id }} }}"
            ),
        ),
        (
            "editCampaign",
            May::Supervolunteer,
            format!(
                "mutation {{ editCampaign(id: \"{campaign}\", campaign: {{description: \"New\"}}) {{ id }} }}"
            ),
        ),
        (
            "startCampaign",
            May::Admin,
            format!("mutation {{ startCampaign(id: \"{campaign}\") {{ id }} }}"),
        ),
        (
            "exportCampaign",
            May::Admin,
            format!("mutation {{ exportCampaign(id: \"{campaign}\") {{ id }} }}"),
        ),
        (
            "getAssignmentContacts",
            May::OwnAssignment,
            format!(
                "mutation {{ getAssignmentContacts(assignmentId: \"{assignment}\", contactIds: [\"{contact}\"]) {{ id cell messages {{ text }} }} }}"
            ),
        ),
        (
            "sendMessage",
            May::OwnAssignment,
            format!(
                "mutation {{ sendMessage(campaignContactId: \"{contact}\", message: {{assignmentId: \"{assignment}\", text: \"Hello {{n}}\"}}) {{ id }} }}"
            ),
        ),
        (
            "updateQuestionResponses",
            May::OwnAssignment,
            format!(
                "mutation {{ updateQuestionResponses(campaignContactId: \"{contact}\", questionResponses: []) }}"
            ),
        ),
        (
            "editCampaignContactMessageStatus",
            May::OwnAssignment,
            format!(
                "mutation {{ editCampaignContactMessageStatus(campaignContactId: \"{contact}\", messageStatus: \"closed\") {{ id }} }}"
            ),
        ),
        (
            "getOptOutMessage",
            May::Member,
            format!(
                "mutation {{ getOptOutMessage(organizationId: \"{organization}\", zip: \"10027\", defaultMessage: \"Bye\") }}"
            ),
        ),
        (
            "createOptOut",
            May::OwnAssignment,
            format!(
                "mutation {{ createOptOut(campaignContactId: \"{contact}\", optOut: {{assignmentId: \"{assignment}\", cell: \"+12125550000\"}}) {{ id }} }}"
            ),
        ),
        (
            "archiveCampaign",
            May::Admin,
            format!("mutation {{ archiveCampaign(id: \"{campaign}\") {{ id }} }}"),
        ),
        (
            "unarchiveCampaign",
            May::Admin,
            format!("mutation {{ unarchiveCampaign(id: \"{campaign}\") {{ id }} }}"),
        ),
        // The job is no such job: who may ask is told that, in the same words as who may not know of the campaign.
        (
            "deleteJob",
            May::Admin,
            format!("mutation {{ deleteJob(campaignId: \"{campaign}\", id: \"999999\") {{ id }} }}"),
        ),
        (
            "signOutEverywhere",
            May::SignedIn,
            "mutation { signOutEverywhere }".to_owned(),
        ),
    ]
}

fn allows(may: May, role: &str) -> bool {
    match may {
        May::Anyone | May::SignedIn => true,
        May::Member => role != "SUSPENDED",
        May::OwnAssignment => ["TEXTER", "SUPERVOLUNTEER", "ADMIN", "OWNER"].contains(&role),
        May::Supervolunteer => ["SUPERVOLUNTEER", "ADMIN", "OWNER"].contains(&role),
        May::Admin => ["ADMIN", "OWNER"].contains(&role),
    }
}

fn code(answer: &Value) -> Option<&str> {
    answer["errors"][0]["extensions"]["code"].as_str()
}

#[tokio::test]
async fn the_table_names_every_root_field() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let sdl = bellwether_server::graphql::sdl();
    let schema = Schema::parse_and_validate(&sdl, "schema.graphql").unwrap();
    let mut fields = BTreeSet::new();
    for root in ["RootQuery", "RootMutation"] {
        let Some(ExtendedType::Object(object)) = schema.types.get(root) else {
            panic!("{root}")
        };
        fields.extend(object.fields.keys().map(ToString::to_string));
    }
    let named: BTreeSet<String> = table(&world)
        .into_iter()
        .map(|(field, ..)| field.to_owned())
        .collect();
    assert_eq!(fields, named);
}

#[tokio::test]
async fn s12_every_role_may_what_the_table_says() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    for role in ROLES {
        // Whatever somebody did before must not decide.
        for (field, may, query) in table(&world) {
            test.execute(
                "TRUNCATE message, opt_out, job_request CASCADE; UPDATE campaign SET is_archived = false, is_started = true;
                 UPDATE campaign_contact SET is_opted_out = false, message_status = 'needsResponse'",
            )
            .await;
            let client = test.client(world.person(role)).await;
            let answer = client.graphql(&query.replace("{n}", role), json!({})).await;
            let told = code(&answer);
            if !allows(may, role) {
                let refusal = told.unwrap_or_else(|| panic!("{role} may {field}: {answer}"));
                assert!(
                    ["NOT_FOUND", "FORBIDDEN", "SENDERR_ASSIGNMENTCHANGED"].contains(&refusal),
                    "{role} {field}: {answer}"
                );
            } else if field == "deleteJob" {
                assert_eq!(told, Some("NOT_FOUND"), "{role} {field}");
            } else {
                assert_eq!(told, None, "{role} {field}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn s08_nobody_and_strangers_learn_nothing_and_change_nothing() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let other = World::new(&test, "two", 1).await;
    let before = snapshot(&test).await;
    let mut nowhere = World {
        organization: 999_999,
        campaign: 999_999,
        assignment: 999_999,
        contacts: vec![999_999],
        people: Vec::new(),
    };
    for (field, may, query) in table(&world) {
        if may <= May::SignedIn {
            continue;
        }
        let answer = test.anonymous().graphql(&query, json!({})).await;
        assert_eq!(
            code(&answer),
            Some("UNAUTHENTICATED"),
            "anonymous {field}: {answer}"
        );
        for role in ROLES {
            let stranger = test.client(other.person(role)).await;
            let foreign = stranger.graphql(&query, json!({})).await;
            assert_eq!(
                code(&foreign),
                Some("NOT_FOUND"),
                "{role} of another organization {field}: {foreign}"
            );
            let (_, _, missing) = table(&nowhere)
                .into_iter()
                .find(|(name, ..)| *name == field)
                .unwrap();
            let missing = stranger.graphql(&missing, json!({})).await;
            assert_eq!(
                foreign["errors"][0]["message"], missing["errors"][0]["message"],
                "{role} {field}"
            );
            assert_eq!(code(&missing), code(&foreign), "{role} {field}");
        }
    }
    nowhere.campaign = world.campaign;
    assert_eq!(snapshot(&test).await, before, "something changed");
}

#[tokio::test]
async fn malformed_ids_name_nothing() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let owner = test.client(world.owner()).await;
    for id in [
        "",
        "0",
        "-1",
        "abc",
        "1e3",
        "99999999999999999999",
        "1; DROP TABLE message",
        "\u{0}",
    ] {
        let answer = owner
            .graphql(
                "query ($id: String!) { campaign(id: $id) { id } }",
                json!({"id": id}),
            )
            .await;
        assert_eq!(code(&answer), Some("NOT_FOUND"), "{id:?}: {answer}");
    }
}

#[tokio::test]
async fn members_addresses_are_for_supervisors_and_oneself() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let query = format!(
        "{{ assignment(assignmentId: \"{}\") {{ campaign {{ creator {{ id email cell }} }} texter {{ email }} }} }}",
        world.assignment
    );
    let own = texter.data(&query, json!({})).await;
    assert!(
        own["assignment"]["campaign"]["creator"]["email"].is_null(),
        "{own}"
    );
    assert!(
        own["assignment"]["campaign"]["creator"]["cell"].is_null(),
        "{own}"
    );
    assert!(own["assignment"]["texter"]["email"].is_string(), "{own}");
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    assert!(
        supervisor.data(&query, json!({})).await["assignment"]["campaign"]["creator"]["email"].is_string()
    );
}

#[tokio::test]
async fn s13_a_texter_reaches_nothing_of_supervisors_by_nesting() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
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

#[tokio::test]
async fn s22_a_suspended_texter_is_out_within_five_seconds() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    test.execute(&format!(
        "UPDATE user_organization SET role = 'SUSPENDED' WHERE user_id = {}",
        world.texter()
    ))
    .await;
    // Sending asks the database each time; all else looks again after two seconds.
    assert_eq!(
        texter.send_code(world.contacts[1], world.initial()).await,
        "NOT_FOUND"
    );
    tokio::time::sleep(bellwether_server::account::session::SESSION_CACHE).await;
    let query = format!(
        "{{ assignment(assignmentId: \"{}\") {{ id }} }}",
        world.assignment
    );
    assert_eq!(texter.code(&query, json!({})).await, "NOT_FOUND");
}

async fn snapshot(test: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in [
        "SELECT count(*) FROM message",
        "SELECT count(*) FROM opt_out",
        "SELECT count(*) FROM job_request",
        "SELECT count(*) FROM campaign",
        "SELECT count(*) FROM campaign WHERE is_archived",
        "SELECT sum(hashtext(description)) FROM campaign",
        "SELECT sum(hashtext(message_status || is_opted_out::text)) FROM campaign_contact",
        "SELECT count(*) FROM question_response",
    ] {
        counts.push(test.number(&format!("SELECT coalesce(({sql}), 0)")).await);
    }
    counts
}
