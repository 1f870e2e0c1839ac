//! What is in the database: one organization, one started campaign, its contacts, shared evenly by its texters.

use std::sync::Arc;

use crate::{Result, database::Database};

/// Texters of the campaign; more connections than that share some of them, but never a contact.
pub const TEXTERS: i64 = 50;
/// The version of the script that texters see.
pub const SCRIPT_VERSION: i32 = 1;

const PEOPLE: &str = r#"
WITH org AS (
    INSERT INTO organization (uuid, name, texting_hours_enforced) VALUES ('bench', 'Bench', false) RETURNING id
), people AS (
    INSERT INTO "user" (email, first_name, last_name, cell, terms)
    SELECT 'bench-' || n || '@example.invalid', 'Terry', 'Texter' || n, '+1415555' || lpad(n::text, 4, '0'), true
    FROM generate_series(0, $1::bigint) n
    RETURNING id, email
), members AS (
    INSERT INTO user_organization (user_id, organization_id, role)
    SELECT p.id, org.id, CASE WHEN p.email = 'bench-0@example.invalid' THEN 'OWNER' ELSE 'TEXTER' END
    FROM people p, org ORDER BY p.id
), sessions AS (
    INSERT INTO session (key_hash, user_id, expires_at)
    SELECT sha256(convert_to('bench-session-' || p.id, 'UTF8')), p.id, now() + interval '1 day' FROM people p
), campaigns AS (
    INSERT INTO campaign (organization_id, creator_id, title, description, is_started, started_at, initial_script,
        script_version)
    SELECT org.id, p.id, 'Bench', 'A campaign to measure', true, now(),
        ARRAY['Hi ', 'firstName', ', it''s ', 'texterFirstName', ' with Bench. Can we count on you in ', 'city', '?'],
        $2::int
    FROM org, people p WHERE p.email = 'bench-0@example.invalid'
    RETURNING id
), steps AS (
    INSERT INTO interaction_step (campaign_id, question, script)
    SELECT c.id, 'Support?', 'Hi {firstName}, it''s {texterFirstName} with Bench. Can we count on you in {city}?'
    FROM campaigns c
)
INSERT INTO assignment (user_id, campaign_id)
SELECT p.id, c.id FROM people p, campaigns c WHERE p.email <> 'bench-0@example.invalid' ORDER BY p.id
"#;

// Even cells: the fake service cannot reach those that end in 13.
const CONTACTS: &str = r#"
INSERT INTO campaign_contact (organization_id, campaign_id, assignment_id, external_id, first_name, last_name, cell,
    zip, custom_fields, time_zone, state)
SELECT ca.organization_id, ca.id, a.id, 'x' || n,
    (ARRAY['Maria', 'james', 'Wei', 'Aisha', 'Zoë', 'Mary Ann', 'DeShawn', 'Olga'])[n % 8 + 1],
    (ARRAY['Smith', 'García', 'Nguyen', 'O''Brien', 'Okafor'])[n % 5 + 1],
    '+1' || (2020000000 + 2 * n), lpad((10000 + n % 80000)::text, 5, '0'),
    jsonb_build_object('city', (ARRAY['Springfield', 'Dayton', 'Yuma'])[n % 3 + 1],
        'pollingPlace', 'Room ' || n % 90 || ', City Hall'),
    -- Four zones in which it is about one in the afternoon: the law's texting hours hold, also when this runs at night.
    'Etc/GMT' || to_char(extract(hour FROM now() AT TIME ZONE 'UTC')::int - 13 + n % 4 - 1, 'SGFM99'),
    (ARRAY['NY', 'IL', 'CO', 'CA', ''])[n % 5 + 1]
FROM generate_series(0, $1::bigint - 1) n
JOIN (SELECT id, campaign_id, row_number() OVER (ORDER BY id) - 1 AS rank FROM assignment) a
    ON a.rank = n * $2::bigint / $1::bigint
JOIN campaign ca ON ca.id = a.campaign_id
ORDER BY n
"#;

const UNTEXTED: [&str; 2] = [
    "TRUNCATE message, inbound_event, unmatched_text, delivery_stat",
    "UPDATE campaign_contact SET message_status = 'needsMessage', sent_count = 0, received_count = 0, error_code = NULL
     WHERE message_status <> 'needsMessage' OR sent_count <> 0 OR received_count <> 0 OR error_code IS NOT NULL",
];

/// Every contact has had the first message, and every other contact has answered.
const CONVERSATIONS: [&str; 3] = [
    "INSERT INTO message (campaign_contact_id, organization_id, user_id, assignment_id, user_number, contact_number,
         is_from_contact, text, service, service_id, send_status, initial_pass, attempts, queued_at, sent_at,
         service_response_at)
     SELECT cc.id, cc.organization_id, a.user_id, a.id, '+15005550001', cc.cell, false,
         'Hi ' || cc.first_name || ', it''s Terry with Bench. Can we count on you?', 'fakeservice', 'fake-' || cc.id,
         'DELIVERED', 1, 1, now(), now(), now()
     FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id ORDER BY cc.id",
    "INSERT INTO message (campaign_contact_id, organization_id, assignment_id, user_number, contact_number,
         is_from_contact, text, service, service_id, send_status)
     SELECT cc.id, cc.organization_id, cc.assignment_id, '+15005550001', cc.cell, true,
         'Yes, of course. When does it start, and where?', 'fakeservice', 'fake-reply-' || cc.id, 'DELIVERED'
     FROM campaign_contact cc WHERE cc.id % 2 = 0 ORDER BY cc.id",
    "UPDATE campaign_contact SET sent_count = 1, received_count = 1 - id % 2,
         message_status = CASE WHEN id % 2 = 0 THEN 'needsResponse' ELSE 'messaged' END",
];

/// The first so many contacts have a first message waiting to be sent.
const QUEUED: [&str; 2] = [
    "INSERT INTO message (campaign_contact_id, organization_id, user_id, assignment_id, contact_number,
         is_from_contact, text, service, send_status, initial_pass, idempotency_key, queued_at)
     SELECT cc.id, cc.organization_id, a.user_id, a.id, cc.cell, false,
         'Hi ' || cc.first_name || ', it''s Terry with Bench. We count on you.', 'fakeservice', 'QUEUED', 1,
         'queued-' || cc.id, now()
     FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id ORDER BY cc.id LIMIT ",
    "UPDATE campaign_contact cc SET message_status = 'messaged', sent_count = 1
     FROM message m WHERE m.campaign_contact_id = cc.id",
];

/// After each change of what is there, so that every measurement begins in the same state: no dead rows, true
/// statistics, nothing left to write to disk.
const SETTLE: [&str; 3] = ["VACUUM (FULL) campaign_contact", "VACUUM (ANALYZE)", "CHECKPOINT"];

/// Who and what is in the database.
pub struct World {
    pub organization: i64,
    pub texters: Vec<Texter>,
}

/// One texter and their contacts.
pub struct Texter {
    /// The header that says who asks.
    pub cookie: Arc<str>,
    pub assignment: i64,
    pub contacts: Vec<Contact>,
}

/// One contact.
#[derive(Clone)]
pub struct Contact {
    pub id: i64,
    pub cell: String,
}

/// Fills an empty database.
pub async fn fill(database: &Database, contacts: i64) -> Result<World> {
    let client = database.client();
    client.execute(PEOPLE, &[&TEXTERS, &SCRIPT_VERSION]).await?;
    client.execute(CONTACTS, &[&contacts, &TEXTERS]).await?;
    settle(database).await?;
    let organization = database.number("SELECT id FROM organization").await?;
    let mut texters: Vec<Texter> = Vec::new();
    let rows = client
        .query(
            "SELECT a.id, a.user_id, cc.id, cc.cell FROM campaign_contact cc JOIN assignment a ON a.id = cc.assignment_id
             ORDER BY a.id, cc.id",
            &[],
        )
        .await?;
    for row in rows {
        let (assignment, user): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let contact = Contact {
            id: row.try_get(2)?,
            cell: row.try_get(3)?,
        };
        match texters.last_mut() {
            Some(texter) if texter.assignment == assignment => texter.contacts.push(contact),
            _ => texters.push(Texter {
                cookie: format!("Cookie: session=bench-session-{user}").into(),
                assignment,
                contacts: vec![contact],
            }),
        }
    }
    Ok(World {
        organization,
        texters,
    })
}

/// Nobody has been texted.
pub async fn untext(database: &Database) -> Result<()> {
    database.each(&UNTEXTED).await?;
    settle(database).await
}

/// Everybody has been texted and half have answered.
pub async fn converse(database: &Database) -> Result<()> {
    database.each(&UNTEXTED).await?;
    database.each(&CONVERSATIONS).await?;
    settle(database).await
}

/// Nothing has come in over webhooks.
pub async fn empty_inbox(database: &Database) -> Result<()> {
    database.each(&["TRUNCATE inbound_event, unmatched_text"]).await?;
    settle(database).await
}

/// So many texts wait to be sent.
pub async fn queue(database: &Database, count: i64) -> Result<()> {
    database.each(&UNTEXTED).await?;
    let [texts, contacts] = QUEUED;
    database.each(&[&format!("{texts} {count}"), contacts]).await?;
    settle(database).await
}

async fn settle(database: &Database) -> Result<()> {
    database.each(&SETTLE).await
}
