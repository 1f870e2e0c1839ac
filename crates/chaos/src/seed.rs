//! Who and what is in the database before: three organizations, five campaigns.
//!
//! | organization | campaign | what for |
//! |---|---|---|
//! | 1 | Huge | most first messages |
//! | 1 | Put away | archived by a supervisor in the middle |
//! | 1 | Later | texts queued ahead, due some seconds later, so that many stop while theirs wait |
//! | 2 | Small | must not starve |
//! | 3 | Closed | texts queued, and it is night there: none may leave |

use tokio_postgres::Client;

use crate::Result;

/// People who text.
pub const TEXTERS: i32 = 16;
pub const SCRIPT_VERSION: i32 = 1;
/// How first messages begin, and nothing else does.
pub const FIRST_WORD: &str = "Hi ";
const CLOSED: u32 = 25;

/// The key of a person's session.
pub fn session_key(user: i64) -> String {
    format!("chaos-session-{user}")
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: i64,
    pub cell: String,
    pub organization: i64,
    pub assignment: i64,
    /// The texter.
    pub user: i64,
}

pub struct World {
    pub owner: i64,
    /// The contacts of each texter, in the order in which they are texted.
    pub texters: Vec<Vec<Contact>>,
    /// Their first messages are queued ahead.
    pub later: Vec<Contact>,
    pub archived_campaign: i64,
    pub closed_organization: i64,
}

/// How many contacts each campaign has.
#[derive(Debug, PartialEq, Eq)]
struct Sizes {
    huge: u32,
    small: u32,
    archived: u32,
    later: u32,
}

impl Sizes {
    fn of(messages: u32) -> Self {
        let (small, archived) = (messages * 15 / 100, messages * 5 / 100);
        Self {
            huge: messages - small - archived,
            small,
            archived,
            later: (messages / 8).clamp(60, 1_000),
        }
    }
}

/// A zone in which it is between 10 and 16 now, so that nobody's law is in the way at any hour of the day.
const ZONE: &str = "(SELECT z FROM unnest(ARRAY['Pacific/Auckland', 'Asia/Tokyo', 'Asia/Kolkata', 'Europe/Moscow', \
    'Europe/London', 'America/Sao_Paulo', 'America/New_York', 'America/Los_Angeles', 'Pacific/Honolulu']) z \
    ORDER BY abs(extract(hour FROM now() AT TIME ZONE z) - 13) LIMIT 1)";

/// Hours that are over by now or have not begun, for hours to come.
const NIGHT: &str = "UPDATE organization SET texting_hours_enforced = true, \
    texting_hours_start = CASE WHEN h >= 12 THEN 2 ELSE 17 END, texting_hours_end = CASE WHEN h >= 12 THEN 8 ELSE 21 END \
    FROM (SELECT extract(hour FROM now() AT TIME ZONE 'America/New_York') AS h) n WHERE uuid = 'chaos-3'";

fn people() -> Vec<String> {
    vec![
        "INSERT INTO organization (uuid, name, texting_hours_enforced)
         SELECT 'chaos-' || n, 'Chaos ' || n, false FROM generate_series(1, 3) n"
            .to_owned(),
        NIGHT.to_owned(),
        format!(
            "INSERT INTO \"user\" (email, first_name, last_name, cell, terms)
             SELECT 'chaos-' || n || '@example.invalid', 'Terry', 'Texter' || n, '+1415555' || lpad(n::text, 4, '0'), true
             FROM generate_series(0, {TEXTERS}) n"
        ),
        "INSERT INTO user_organization (user_id, organization_id, role)
         SELECT u.id, o.id, CASE WHEN u.email LIKE 'chaos-0@%' THEN 'OWNER' ELSE 'TEXTER' END
         FROM \"user\" u, organization o ORDER BY u.id, o.id"
            .to_owned(),
        "INSERT INTO session (key_hash, user_id, expires_at)
         SELECT sha256(convert_to('chaos-session-' || u.id, 'UTF8')), u.id, now() + interval '1 day' FROM \"user\" u"
            .to_owned(),
        format!(
            "INSERT INTO campaign (organization_id, creator_id, title, description, is_started, started_at,
                 initial_script, script_version)
             SELECT o.id, u.id, c.title, 'Chaos', true, now(),
                 ARRAY['{FIRST_WORD}', 'firstName', ', it''s ', 'texterFirstName', '.'], {SCRIPT_VERSION}
             FROM (VALUES ('Huge', 'chaos-1'), ('Put away', 'chaos-1'), ('Later', 'chaos-1'), ('Small', 'chaos-2'),
                 ('Closed', 'chaos-3')) c (title, uuid)
             JOIN organization o USING (uuid) JOIN \"user\" u ON u.email LIKE 'chaos-0@%'"
        ),
        format!(
            "INSERT INTO interaction_step (campaign_id, question, script)
             SELECT c.id, '', '{FIRST_WORD}{{firstName}}, it''s {{texterFirstName}}.' FROM campaign c"
        ),
        "INSERT INTO assignment (user_id, campaign_id)
         SELECT u.id, c.id FROM \"user\" u, campaign c WHERE u.email NOT LIKE 'chaos-0@%' ORDER BY u.id, c.id"
            .to_owned(),
    ]
}

/// Contacts of a campaign, dealt to all texters. Each cell is once in the world, so that the vendor's log tells by the
/// cell which contact a text was for.
fn contacts(title: &str, first: u32, count: u32, zone: &str) -> String {
    format!(
        "INSERT INTO campaign_contact (organization_id, campaign_id, assignment_id, external_id, first_name, last_name,
             cell, zip, time_zone)
         SELECT ca.organization_id, ca.id, a.id, 'x' || n, 'Maria' || n, 'Smith', '+1' || (2020000000 + n), '10001', {zone}
         FROM generate_series({first}, {first} + {count} - 1) n
         JOIN campaign ca ON ca.title = '{title}'
         JOIN (SELECT id, campaign_id, row_number() OVER (PARTITION BY campaign_id ORDER BY id) - 1 AS rank
             FROM assignment) a ON a.campaign_id = ca.id AND a.rank = n % {TEXTERS}
         ORDER BY n"
    )
}

/// First messages that wait already; `due` is an SQL interval.
fn queued(title: &str, due: &str) -> [String; 2] {
    [
        format!(
            "INSERT INTO message (campaign_contact_id, campaign_id, organization_id, user_id, assignment_id,
                 contact_number, is_from_contact, text, service, send_status, initial_pass, idempotency_key,
                 available_at, queued_at)
             SELECT cc.id, ca.id, cc.organization_id, a.user_id, a.id, cc.cell, false,
                 '{FIRST_WORD}' || cc.first_name || ', it''s Terry.', 'twilio', 'QUEUED', ca.pass, 'queued-' || cc.id,
                 now() + {due}, now()
             FROM campaign_contact cc JOIN campaign ca ON ca.id = cc.campaign_id
             JOIN assignment a ON a.id = cc.assignment_id WHERE ca.title = '{title}' ORDER BY cc.id"
        ),
        format!(
            "UPDATE campaign_contact cc SET message_status = 'messaged', sent_count = 1
             FROM campaign ca WHERE ca.id = cc.campaign_id AND ca.title = '{title}'"
        ),
    ]
}

/// Fills an empty database for a run of so many first messages within about so many seconds.
pub async fn fill(client: &Client, messages: u32, seconds: u64) -> Result<World> {
    let sizes = Sizes::of(messages);
    let mut statements = people();
    let mut first = 0;
    let campaigns = [
        ("Huge", sizes.huge, ZONE),
        ("Small", sizes.small, ZONE),
        ("Put away", sizes.archived, ZONE),
        ("Later", sizes.later, ZONE),
        ("Closed", CLOSED, "'America/New_York'"),
    ];
    for (title, count, zone) in campaigns {
        statements.push(contacts(title, first, count, zone));
        first += count;
    }
    // From 3 s on: those who stop do so in the first half.
    let spread = (seconds / 2).clamp(4, 120);
    statements.extend(queued(
        "Later",
        &format!("interval '3 s' + cc.id % {spread} * interval '1 s'"),
    ));
    statements.extend(queued("Closed", "interval '0'"));
    statements.push("VACUUM (ANALYZE)".to_owned());
    for statement in &statements {
        client
            .batch_execute(statement)
            .await
            .map_err(|error| format!("{statement}: {error:?}"))?;
    }
    read(client).await
}

async fn read(client: &Client) -> Result<World> {
    let one =
        async |question: &str| -> Result<i64> { Ok(client.query_one(question, &[]).await?.try_get(0)?) };
    let mut world = World {
        owner: one("SELECT id FROM \"user\" WHERE email LIKE 'chaos-0@%'").await?,
        texters: Vec::new(),
        later: Vec::new(),
        archived_campaign: one("SELECT id FROM campaign WHERE title = 'Put away'").await?,
        closed_organization: one("SELECT id FROM organization WHERE uuid = 'chaos-3'").await?,
    };
    let rows = client
        .query(
            "SELECT cc.id, cc.cell, cc.organization_id, a.id, a.user_id, ca.title FROM campaign_contact cc
             JOIN assignment a ON a.id = cc.assignment_id JOIN campaign ca ON ca.id = cc.campaign_id
             WHERE ca.title <> 'Closed' ORDER BY a.user_id, md5(cc.cell)",
            &[],
        )
        .await?;
    let mut last = None;
    for row in rows {
        let contact = Contact {
            id: row.try_get(0)?,
            cell: row.try_get(1)?,
            organization: row.try_get(2)?,
            assignment: row.try_get(3)?,
            user: row.try_get(4)?,
        };
        if row.try_get::<_, String>(5)? == "Later" {
            world.later.push(contact);
            continue;
        }
        if last != Some(contact.user) {
            last = Some(contact.user);
            world.texters.push(Vec::new());
        }
        if let Some(contacts) = world.texters.last_mut() {
            contacts.push(contact);
        }
    }
    Ok(world)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_a_campaign() {
        let sizes = Sizes::of(1_000);
        assert_eq!(sizes.huge + sizes.small + sizes.archived, 1_000);
        assert_eq!(sizes.later, 125);
    }
}
