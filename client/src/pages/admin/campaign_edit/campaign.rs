use super::edited_campaign::{EditedCampaignCampaign, ResponseData};
use super::interactions::tree::{Node, StoredStep, tree};

/// The campaign as its builder shows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// Title, description and due date.
    pub basics: Basics,
    /// Whether texters may text already.
    pub started: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// Contacts loaded.
    pub contacts_count: i64,
    /// Columns of the uploaded file.
    pub custom_fields: Vec<String>,
    /// Who may text.
    pub people: Vec<Person>,
    /// The script.
    pub script: Node,
    /// The newest upload that ended.
    pub ingest: Option<Ingest>,
    /// Work under way on the server, and failed work.
    pub jobs: Vec<Job>,
    /// What is still missing.
    pub blockers: Vec<Blocker>,
}

/// What a campaign is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basics {
    /// Its title.
    pub title: String,
    /// Its description, for texters.
    pub description: String,
    /// When it should be done.
    pub due_by: Option<String>,
    /// Whether texters may change the first message.
    pub allow_initial_edit: bool,
}

/// A texter and the contacts they have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The user.
    pub id: String,
    /// The name.
    pub name: String,
    /// Contacts who still need a first message.
    pub needs_message: i64,
    /// All contacts, texted ones included.
    pub total: i64,
}

/// What an upload gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingest {
    /// Whether it worked; nothing while it runs.
    pub success: Option<bool>,
    /// Figures as JSON, or the reason of a failure.
    pub result: String,
    /// Contacts loaded.
    pub contacts: i64,
    /// Left out because they opted out.
    pub opted_out: i64,
    /// Left out because they were there twice.
    pub duplicates: i64,
    /// When it ended.
    pub updated_at: String,
}

/// Work of the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// How far, in percent.
    pub status: i64,
    /// What it says.
    pub message: String,
    /// Whether it ended without finishing.
    pub failed: bool,
}

/// What is missing before the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocker {
    /// The section that can be mended.
    pub section: String,
    /// What is missing.
    pub message: String,
}

impl Campaign {
    /// The job of a kind, unless it ended well.
    pub fn job(&self, kind: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.kind == kind)
    }

    /// Whether the server is at work.
    pub fn is_busy(&self) -> bool {
        self.jobs.iter().any(|job| !job.failed)
    }
}

/// Reads the campaign; nothing when it does not exist for this user.
pub fn read(data: &ResponseData) -> Option<Campaign> {
    let api = data.campaign.as_ref()?;
    Some(Campaign {
        id: api.id.clone().unwrap_or_default(),
        basics: Basics {
            title: api.title.clone().unwrap_or_default(),
            description: api.description.clone().unwrap_or_default(),
            due_by: api.due_by.clone(),
            allow_initial_edit: api.allow_initial_edit,
        },
        started: api.is_started.unwrap_or_default(),
        archived: api.is_archived.unwrap_or_default(),
        contacts_count: api.contacts_count.unwrap_or_default(),
        custom_fields: api.custom_fields.iter().flatten().flatten().cloned().collect(),
        people: people(api),
        script: script(api),
        ingest: api.ingest_method.as_ref().map(|one| Ingest {
            success: one.success,
            result: one.result.clone().unwrap_or_default(),
            contacts: one.contacts_count.unwrap_or_default(),
            opted_out: one.deleted_optouts.unwrap_or_default(),
            duplicates: one.deleted_dupes.unwrap_or_default(),
            updated_at: one.updated_at.clone().unwrap_or_default(),
        }),
        jobs: api
            .pending_jobs
            .iter()
            .flatten()
            .flatten()
            .map(|one| Job {
                id: one.id.clone().unwrap_or_default(),
                kind: one.job_type.clone().unwrap_or_default(),
                status: one.status.unwrap_or_default(),
                message: one.result_message.clone().unwrap_or_default(),
                failed: one.failed,
            })
            .collect(),
        blockers: api
            .start_blockers
            .iter()
            .map(|one| Blocker {
                section: one.section.clone(),
                message: one.message.clone(),
            })
            .collect(),
    })
}

fn people(api: &EditedCampaignCampaign) -> Vec<Person> {
    let everybody = api
        .organization
        .iter()
        .flat_map(|one| one.people.iter().flatten().flatten());
    let mut people: Vec<Person> = everybody
        .map(|person| Person {
            id: person.id.clone().unwrap_or_default(),
            name: person
                .display_name
                .clone()
                .or_else(|| person.email.clone())
                .unwrap_or_default(),
            ..Person::default()
        })
        .collect();
    for assignment in api.assignments.iter().flatten().flatten() {
        let Some(texter) = &assignment.texter else {
            continue;
        };
        let id = texter.id.clone().unwrap_or_default();
        let counts = (assignment.counts.needs_message, assignment.counts.total);
        match people.iter_mut().find(|person| person.id == id) {
            Some(person) => (person.needs_message, person.total) = counts,
            // Somebody who left the organization still has their contacts.
            None => people.push(Person {
                id,
                name: texter.display_name.clone().unwrap_or_default(),
                needs_message: counts.0,
                total: counts.1,
            }),
        }
    }
    people
}

fn script(api: &EditedCampaignCampaign) -> Node {
    let steps: Vec<StoredStep> = api
        .interaction_steps
        .iter()
        .flatten()
        .flatten()
        .filter(|step| step.is_deleted != Some(true))
        .map(|step| StoredStep {
            id: step.id.clone(),
            question: step.question_text.clone().unwrap_or_default(),
            script: step.script.clone().unwrap_or_default(),
            answer: step.answer_option.clone().unwrap_or_default(),
            parent: step.parent_interaction_id.clone(),
        })
        .collect();
    tree(&steps)
}
