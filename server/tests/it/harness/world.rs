//! A small legal world: an organization with one person per role, and a campaign that runs.

use bellwether_db::{seed::SeedContact, user::NewUser};
use serde_json::{Value, json};

use super::{Client, TestApp};

/// Roles with an account each in the world.
pub const ROLES: [&str; 6] = [
    "SUSPENDED",
    "TEXTER",
    "VETTED_TEXTER",
    "SUPERVOLUNTEER",
    "ADMIN",
    "OWNER",
];

/// An organization with one person per role and a campaign.
pub struct World {
    pub organization: i64,
    pub campaign: i64,
    /// In the order of [`ROLES`].
    pub people: Vec<i64>,
    /// The assignment of the texter.
    pub assignment: i64,
    /// Contacts of the texter.
    pub contacts: Vec<i64>,
}

impl World {
    /// Makes the organization, the people and a started campaign whose contacts the texter has.
    pub async fn new(test: &TestApp, name: &str, contacts: usize) -> Self {
        let mut conn = test.conn().await;
        let organization = bellwether_db::organization::insert(&mut conn, name, name)
            .await
            .unwrap()
            .id;
        let mut people = Vec::new();
        for role in ROLES {
            let email = format!("{}@{name}.example", role.to_lowercase());
            let user = NewUser {
                email: &email,
                password_hash: None,
                first_name: "tess",
                last_name: role,
                cell: "+12125550100",
            }
            .insert(&mut conn)
            .await
            .unwrap();
            bellwether_db::user::set_role(&mut conn, user.id, organization, role)
                .await
                .unwrap();
            people.push(user.id);
        }
        let mut world = Self {
            organization,
            campaign: 0,
            people,
            assignment: 0,
            contacts: Vec::new(),
        };
        world.campaign = world.add_campaign(test, "Vote", contacts).await;
        world.assignment = test
            .number(&format!(
                "SELECT id FROM assignment WHERE campaign_id = {} AND user_id = {}",
                world.campaign,
                world.texter()
            ))
            .await;
        let count = test
            .number(&format!(
                "SELECT count(*) FROM campaign_contact WHERE campaign_id = {}",
                world.campaign
            ))
            .await;
        for offset in 0..count {
            world.contacts.push(
                test.number(&format!(
                    "SELECT id FROM campaign_contact WHERE campaign_id = {} ORDER BY id OFFSET {offset} LIMIT 1",
                    world.campaign
                ))
                .await,
            );
        }
        world
    }

    /// A started campaign of the organization whose contacts the texter has; made by the API itself.
    pub async fn add_campaign(&self, test: &TestApp, title: &str, contacts: usize) -> i64 {
        let owner = test.client(self.owner()).await;
        let made = owner
            .data(
                "mutation ($campaign: CampaignInput!) { createCampaign(campaign: $campaign) { id } }",
                json!({"campaign": {
                    "organizationId": self.organization.to_string(), "title": title, "description": "All of it",
                    "dueBy": "2026-12-20T00:00:00Z", "interactionSteps": script(),
                }}),
            )
            .await;
        let campaign: i64 = made["createCampaign"]["id"].as_str().unwrap().parse().unwrap();
        let rows: Vec<SeedContact> = (0..contacts)
            .map(|index| SeedContact {
                first_name: "ann".to_owned(),
                last_name: "Lee".to_owned(),
                cell: format!(
                    "+1212{:03}{:04}",
                    200 + self.organization % 700,
                    campaign * 100 % 10_000 + index as i64
                ),
                zip: "10027".to_owned(),
                time_zone: "America/New_York".to_owned(),
                state: "NY".to_owned(),
            })
            .collect();
        let mut conn = test.conn().await;
        bellwether_db::seed::contacts(&mut conn, self.organization, campaign, &rows)
            .await
            .unwrap();
        bellwether_db::seed::start(&mut conn, campaign, &[self.texter()], test.app.now())
            .await
            .unwrap();
        campaign
    }

    /// The account of a role.
    pub fn person(&self, role: &str) -> i64 {
        self.people[ROLES.iter().position(|known| *known == role).unwrap()]
    }

    pub fn texter(&self) -> i64 {
        self.person("TEXTER")
    }

    pub fn owner(&self) -> i64 {
        self.person("OWNER")
    }

    /// The texter, signed in.
    pub async fn as_texter(&self, test: &TestApp) -> Client {
        test.client(self.texter()).await
    }

    /// Our own client's form of a first message.
    pub fn initial(&self) -> Value {
        json!({"assignmentId": self.assignment.to_string(), "scriptVersion": 1})
    }

    /// Spoke's form of a text.
    pub fn text(&self, text: &str) -> Value {
        json!({
            "assignmentId": self.assignment.to_string(), "text": text,
            "contactNumber": "+12125550000", "userId": self.texter().to_string(),
        })
    }
}

/// The script of every campaign here: one opening message, one question, three answers.
pub fn script() -> Value {
    json!({
        "id": "new1", "script": "Hi {firstName}, it's {texterFirstName}. Will you vote", "questionText": "Will they vote?",
        "interactionSteps": [
            {"id": "new2", "answerOption": "Yes", "script": "Great, thanks!", "questionText": "Bring a friend?", "interactionSteps": [
                {"id": "new3", "answerOption": "Friend", "script": "Two is better than one."},
            ]},
            {"id": "new4", "answerOption": "No", "script": "Thanks for telling us."},
            {"id": "new5", "answerOption": "Maybe", "script": "Here is why."},
        ],
    })
}

/// What the opening message of [`script`] says to the world's contacts.
pub const OPENING: &str = "Hi Ann, it's Tess. Will you vote";
