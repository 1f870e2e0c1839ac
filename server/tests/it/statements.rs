//! What the heaviest queries cost in statements: the same for a list twice as long (S09). Prints the lines of
//! `cargo xtask report`.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp, World};

/// Rows of the shorter run; the longer has twice as many.
const ROWS: usize = 20;

/// Calls of statements of this test's database; the server of tests has `pg_stat_statements` loaded by xtask. Where it
/// is not, nothing can be counted and the tests say so by failing.
pub async fn statements(test: &TestApp) -> i64 {
    test.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .await;
    test.number(
        "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = current_database() AND s.query NOT ILIKE '%pg_stat_statements%'",
    )
    .await
}

/// A query, whether the texter or the owner asks it, and the most statements it may take.
struct Heavy {
    name: &'static str,
    is_texters: bool,
    most: i64,
    query: &'static str,
}

const CONTACT: &str = "id firstName lastName cell zip external_id customFields messageStatus errorCode
    messages { id text isFromContact createdAt media { url } } optOut { id } tags { id value } location { state }
    questionResponseValues { interactionStepId value } campaign { id title }";

const HEAVY: [Heavy; 10] = [
    Heavy {
        name: "to-do list",
        is_texters: true,
        most: 1,
        query: "query { currentUser { todos { id campaign { id title introHtml primaryColor useDynamicAssignment }
            counts { needsMessage needsMessageNow needsResponse needsResponseNow } } } }",
    },
    Heavy {
        name: "contacts to text, with all of them",
        is_texters: true,
        most: 8,
        query: "mutation ($assignment: String!, $contacts: [String]) {
            getAssignmentContacts(assignmentId: $assignment, contactIds: $contacts) { CONTACT } }",
    },
    Heavy {
        name: "assignment with its contacts and the script",
        is_texters: true,
        most: 10,
        query: "query ($assignment: String!) { assignment(assignmentId: $assignment) { id maxContacts
            texter { id firstName } campaignCannedResponses { id title text tagIds } userCannedResponses { id }
            campaign { id title organization { id name tags { id name } } interactionSteps { id script question { text
                answerOptions { value nextInteractionStep { id script } } } } } contacts { id messageStatus } } }",
    },
    Heavy {
        name: "conversations (message review)",
        is_texters: false,
        most: 15,
        query: "query ($organization: String!, $limit: Int!) { conversations(organizationId: $organization,
            cursor: {offset: 0, limit: $limit}) { conversations { texter { id displayName } campaign { id title }
            contact { CONTACT } } pageInfo { total } } }",
    },
    Heavy {
        name: "conversations, filtered by text",
        is_texters: false,
        most: 6,
        query: "query ($organization: String!, $limit: Int!) { conversations(organizationId: $organization,
            cursor: {offset: 0, limit: $limit}, messageTextFilter: \"vote\", contactsFilter: {isOptedOut: false}) {
            conversations { contact { id messages { text } } } pageInfo { total } } }",
    },
    Heavy {
        name: "campaigns with their counts",
        is_texters: false,
        most: 8,
        query: "query ($organization: String!, $limit: Int!) { campaigns(organizationId: $organization,
            cursor: {offset: 0, limit: $limit}) { ... on PaginatedCampaigns { campaigns { id title isStarted dueBy
            creator { displayName } completionStats { assignedCount contactsCount messagedCount needsResponseCount }
            hasUnassignedContacts hasUnsentInitialMessages isStarting pendingJobs { id } stats { errorCounts { code } }
            } pageInfo { total } } } }",
    },
    Heavy {
        name: "people with their roles",
        is_texters: false,
        most: 4,
        query: "query ($organization: String!, $limit: Int!) { people(organizationId: $organization,
            cursor: {offset: 0, limit: $limit}) { ... on PaginatedUsers { users { id displayName email cell
            roles(organizationId: $organization) } pageInfo { total } } } }",
    },
    Heavy {
        name: "statistics of a campaign, texter by texter",
        is_texters: false,
        most: 12,
        query: "query ($campaign: String!) { campaign(id: $campaign) { id title contactsCount stats { sentMessagesCount
            receivedMessagesCount optOutsCount errorCounts { code count } } assignments { id texter { id displayName }
            unmessagedCount: contactsCount(contactsFilter: {messageStatus: \"needsMessage\", isOptedOut: false})
            contactsCount } interactionSteps { question { text answerOptions { value responderCount } } } } }",
    },
    Heavy {
        name: "campaign builder",
        is_texters: false,
        most: 16,
        query: "query ($campaign: String!) { campaign(id: $campaign) { id title description customFields joinToken
            contactsCount editors texters { id displayName assignment(campaignId: $campaign) { contactsCount
            needsMessageCount: contactsCount(contactsFilter: {messageStatus: \"needsMessage\", isOptedOut: false}) } }
            interactionSteps { id script questionText answerOption parentInteractionId } cannedResponses { id text
            tagIds } pendingJobs { id status } ingestMethodsAvailable { name } texterUIConfig { options } } }",
    },
    Heavy {
        name: "opt-outs of an organization",
        is_texters: false,
        most: 4,
        query: "query ($organization: String!) { organization(id: $organization) { optOuts { id cell createdAt
            assignment { id } } } }",
    },
];

#[tokio::test]
async fn s09_a_list_twice_as_long_costs_no_more_statements() {
    let test = TestApp::with(|config| config.graphql_cost_per_minute = i64::MAX).await;
    let world = World::new(&test, "one", 2 * ROWS).await;
    fill(&test, &world).await;
    let (texter, owner) = (world.as_texter(&test).await, test.client(world.owner()).await);
    let mut wrong = Vec::new();
    for heavy in &HEAVY {
        let client = if heavy.is_texters { &texter } else { &owner };
        let query = heavy.query.replace("CONTACT", CONTACT);
        let mut costs = Vec::new();
        // The longer list comes from more rows where the query has no limit.
        for rows in [ROWS, 2 * ROWS] {
            test.execute(&shorten(&world, rows)).await;
            costs.push(cost(&test, client, &query, &variables(&world, rows)).await);
        }
        println!(
            "report: statements of \"{}\": {} for {ROWS} rows, {} for {}",
            heavy.name,
            costs[0],
            costs[1],
            2 * ROWS
        );
        // A loader that fills while rows are resolved may be asked once more; a statement per row would be twenty.
        if costs[1] > costs[0] + 1 || costs[1] > heavy.most || costs[0] == i64::MAX {
            wrong.push(format!("{}: {costs:?}, {} at most", heavy.name, heavy.most));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn variables(world: &World, rows: usize) -> Value {
    let contacts: Vec<String> = world
        .contacts
        .iter()
        .take(rows)
        .map(ToString::to_string)
        .collect();
    json!({
        "organization": world.organization.to_string(), "campaign": world.campaign.to_string(),
        "assignment": world.assignment.to_string(), "contacts": contacts, "limit": rows,
    })
}

/// Campaigns, people, assignments, tags, opt-outs and texts, as many as contacts.
async fn fill(test: &TestApp, world: &World) {
    let (organization, campaign, owner) = (world.organization, world.campaign, world.owner());
    let rows = 2 * ROWS;
    test.execute(&format!(
        "INSERT INTO campaign (organization_id, creator_id, title)
             SELECT {organization}, {owner}, 'C' || n FROM generate_series(1, {rows}) n;
         INSERT INTO \"user\" (email, first_name) SELECT 'p' || n || '@rows.example', 'P' || n
             FROM generate_series(1, {rows}) n;
         INSERT INTO user_organization (user_id, organization_id, role)
             SELECT id, {organization}, 'TEXTER' FROM \"user\" WHERE email LIKE '%@rows.example';
         INSERT INTO assignment (user_id, campaign_id)
             SELECT id, {campaign} FROM \"user\" WHERE email LIKE '%@rows.example';
         INSERT INTO message (campaign_contact_id, organization_id, contact_number, is_from_contact, text, send_status)
             SELECT id, organization_id, cell, n = 2, 'I vote ' || n, 'DELIVERED'
             FROM campaign_contact, generate_series(1, 2) n WHERE campaign_id = {campaign};
         INSERT INTO tag (organization_id, name, \"group\") VALUES ({organization}, 'Help', 'texter-tags');
         INSERT INTO tag_campaign_contact (campaign_contact_id, tag_id)
             SELECT cc.id, t.id FROM campaign_contact cc, tag t WHERE cc.campaign_id = {campaign};
         INSERT INTO question_response (campaign_contact_id, interaction_step_id, value)
             SELECT cc.id, s.id, 'Yes' FROM campaign_contact cc JOIN interaction_step s USING (campaign_id)
             WHERE cc.campaign_id = {campaign} AND s.parent_interaction_id IS NULL;
         INSERT INTO canned_response (campaign_id, title, text)
             SELECT {campaign}, 'T' || n, 'Text' FROM generate_series(1, {rows}) n;
         INSERT INTO opt_out (organization_id, cell, assignment_id)
             SELECT {organization}, '+1415555' || (1000 + n), {} FROM generate_series(1, {rows}) n",
        world.assignment
    ))
    .await;
}

/// Leaves so many of each; what was taken away the first time comes back the second.
fn shorten(world: &World, rows: usize) -> String {
    let (organization, campaign) = (world.organization, world.campaign);
    format!(
        "UPDATE assignment SET campaign_id = {campaign} WHERE campaign_id <> {campaign}
             AND user_id IN (SELECT id FROM \"user\" WHERE email LIKE '%@rows.example');
         UPDATE assignment SET campaign_id = (SELECT max(id) FROM campaign WHERE organization_id = {organization})
             WHERE id IN (SELECT id FROM assignment WHERE campaign_id = {campaign} ORDER BY id OFFSET {rows});
         UPDATE opt_out SET organization_id = {organization};
         DELETE FROM canned_response WHERE id IN (SELECT id FROM canned_response WHERE campaign_id = {campaign}
             ORDER BY id OFFSET {rows})"
    )
}

/// The least of six: now and then a new connection or a look-up of the session comes on top.
async fn cost(test: &TestApp, client: &Client, query: &str, variables: &Value) -> i64 {
    let mut least = i64::MAX;
    for _ in 0..6 {
        let before = statements(test).await;
        client.data(query, variables.clone()).await;
        let spent = statements(test).await - before;
        // Less than nothing: the extension forgot old statements meanwhile.
        if spent > 0 {
            least = least.min(spent);
        }
    }
    least
}
