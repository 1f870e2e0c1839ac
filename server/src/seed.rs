//! Demo data: one organization, four people, a campaign that runs and one that is being made. Added once.

use bellwether_db::{AsyncConnection, Conn, interaction_step::StepText, user::NewUser};
use bellwether_domain::{script, time_zone, us_state};
use chrono::TimeDelta;

use crate::{account::password, app::App, config::Config, error::OpResult, serve};

/// Password of every demo account.
pub const DEMO_PASSWORD: &str = "bellwether-demo";
/// Address, name and role of the demo accounts.
pub const DEMO_PEOPLE: [(&str, &str, &str, &str); 4] = [
    ("owner@example.org", "Olivia", "Owens", "OWNER"),
    ("supervisor@example.org", "Sam", "Sanders", "SUPERVOLUNTEER"),
    ("tess@example.org", "Tess", "Tran", "TEXTER"),
    ("theo@example.org", "Theo", "Thomas", "TEXTER"),
];
const CONTACTS: usize = 60;
const FIRST: [&str; 12] = [
    "Ana", "Ben", "Carmen", "Dev", "Ella", "Farid", "Grace", "Hugo", "Imani", "Jonas", "Keiko", "Luis",
];
const LAST: [&str; 7] = ["Alvarez", "Brown", "Chen", "Diaz", "Evans", "Ferreira", "Garcia"];
/// ZIP code and area code of the demo contacts: four time zones.
const PLACES: [(&str, &str); 5] = [
    ("10027", "212"),
    ("60614", "312"),
    ("80205", "303"),
    ("90012", "213"),
    ("97214", "503"),
];

/// Adds the demo data unless it is there, and prints the accounts.
pub async fn seed(config: Config) -> Result<(), String> {
    let app = serve::build_app(config).map_err(|error| error.to_string())?;
    run(&app).await.map_err(|error| error.to_string())?;
    for (email, first, last, role) in DEMO_PEOPLE {
        println!("{role:<15} {email:<24} password {DEMO_PASSWORD}   ({first} {last})");
    }
    Ok(())
}

/// Adds the demo data unless it is there; says whether it was added.
pub async fn run(app: &App) -> OpResult<bool> {
    let mut conn = app.db().await?;
    let [(owner_email, ..), ..] = DEMO_PEOPLE;
    if bellwether_db::user::credentials(&mut conn, owner_email)
        .await?
        .is_some()
    {
        return Ok(false);
    }
    let hash = password::hash(DEMO_PASSWORD.to_owned()).await?;
    let now = app.now();
    conn.transaction(async |conn| {
        let organization = bellwether_db::organization::insert(
            conn,
            &uuid::Uuid::new_v4().to_string(),
            "Riverside Tenants Union",
        )
        .await?;
        let mut people = Vec::new();
        for (email, first_name, last_name, role) in DEMO_PEOPLE {
            let user = NewUser {
                email,
                password_hash: Some(&hash),
                first_name,
                last_name,
                cell: "",
            }
            .insert(conn)
            .await?;
            bellwether_db::user::set_role(conn, user.id, organization.id, role).await?;
            people.push(user.id);
        }
        let due = now + TimeDelta::days(14);
        let running = campaign(
            conn,
            organization.id,
            &people,
            "Rent freeze: ask for the hearing",
            "Invite members to the hearing on Thursday and ask who can come.",
            due,
        )
        .await?;
        bellwether_db::seed::contacts(conn, organization.id, running, &contacts()).await?;
        // The demo's numbers are nobody's, and who tries it in the evening shall not meet closed hours.
        let any_time = bellwether_db::campaign::CampaignChanges {
            override_organization_texting_hours: Some(true),
            texting_hours_enforced: Some(false),
            ..Default::default()
        };
        bellwether_db::campaign::update(conn, running, &any_time).await?;
        crate::organization::texting_hours::lift_all(
            conn,
            organization.id,
            "Demo data: the numbers are nobody's.",
        )
        .await?;
        bellwether_db::seed::start(conn, running, people.get(2..).unwrap_or_default(), now).await?;
        campaign(
            conn,
            organization.id,
            &people,
            "Door knocking on Saturday",
            "Find volunteers for the east side. Still needs contacts.",
            due,
        )
        .await?;
        Ok::<_, crate::error::OpError>(())
    })
    .await?;
    Ok(true)
}

async fn campaign(
    conn: &mut Conn,
    organization_id: i64,
    people: &[i64],
    title: &str,
    description: &str,
    due: chrono::DateTime<chrono::Utc>,
) -> OpResult<i64> {
    let owner = people.first().copied().unwrap_or_default();
    let row = bellwether_db::campaign::insert(conn, organization_id, owner, title).await?;
    let changes = bellwether_db::campaign::CampaignChanges {
        description: Some(description),
        due_by: Some(due),
        primary_color: Some("#0f766e"),
        ..Default::default()
    };
    bellwether_db::campaign::update(conn, row.id, &changes).await?;
    let opening = "Hi {firstName}, it's {texterAliasOrFirstName} with Riverside Tenants Union. The council hears the \
                   rent freeze on Thursday at 6pm. Can you come?";
    let root = step(
        conn,
        row.id,
        None,
        0,
        "",
        opening,
        "Can they come to the hearing?",
    )
    .await?;
    step(
        conn,
        row.id,
        Some(root),
        0,
        "Yes",
        "Wonderful! We meet at 5:30pm by the main steps. Can you bring a neighbour?",
        "Will they bring someone?",
    )
    .await?;
    step(
        conn,
        row.id,
        Some(root),
        1,
        "No",
        "Thanks for telling me. Would you sign the letter instead? It takes a minute.",
        "",
    )
    .await?;
    step(
        conn,
        row.id,
        Some(root),
        2,
        "Maybe",
        "No pressure. Shall I remind you on Thursday morning?",
        "",
    )
    .await?;
    step(
        conn,
        row.id,
        Some(root),
        3,
        "Wrong number",
        "Sorry to bother you, I'll take this number off our list.",
        "",
    )
    .await?;
    bellwether_db::campaign::set_initial_script(conn, row.id, &script::parse(opening).parts()).await?;
    Ok(row.id)
}

async fn step(
    conn: &mut Conn,
    campaign_id: i64,
    parent_id: Option<i64>,
    position: i32,
    answer_option: &str,
    text: &str,
    question: &str,
) -> OpResult<i64> {
    let text = StepText {
        parent_id,
        question,
        script: text,
        answer_option,
        answer_actions: "",
        answer_actions_data: None,
        position,
    };
    Ok(text.insert(conn, campaign_id).await?.id)
}

fn contacts() -> Vec<bellwether_db::seed::SeedContact> {
    (0..CONTACTS)
        .map(|index| {
            let (zip, area) = nth(&PLACES, index);
            let cell = format!("+1{area}555{:04}", 100 + index);
            bellwether_db::seed::SeedContact {
                first_name: nth(&FIRST, index).to_owned(),
                last_name: nth(&LAST, index).to_owned(),
                time_zone: time_zone::joined(time_zone::zones_for(Some(zip), &cell)),
                state: us_state::state_for(Some(zip), &cell).to_owned(),
                cell,
                zip: zip.to_owned(),
            }
        })
        .collect()
}

/// One of a list, round and round.
fn nth<T: Copy + Default>(list: &[T], index: usize) -> T {
    list.get(index % list.len().max(1)).copied().unwrap_or_default()
}
