use super::campaign_statistics::{CampaignStatisticsCampaign, ResponseData};

/// A campaign in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it should be done.
    pub due_by: Option<String>,
    /// Whether texters may text.
    pub started: bool,
    /// Whether it is put away.
    pub archived: bool,
    /// Contacts.
    pub contacts: i64,
    /// Contacts who had their first message.
    pub messaged: i64,
    /// Contacts who wrote back.
    pub replied: i64,
    /// Contacts who wait for an answer.
    pub waiting: i64,
    /// Contacts who opted out.
    pub opted_out: i64,
    /// Contacts whose last text did not arrive.
    pub failed: i64,
    /// Texts sent.
    pub sent: i64,
    /// Texts received.
    pub received: i64,
    /// Failures by code.
    pub errors: Vec<Failure>,
    /// What was found out.
    pub questions: Vec<Question>,
    /// Who texts.
    pub texters: Vec<TexterFigures>,
    /// The export.
    pub export: Export,
}

/// How often a code came back from the carriers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The vendor's code.
    pub code: String,
    /// What it means.
    pub description: String,
    /// How often.
    pub count: i64,
}

/// A question of the script, and how many gave which answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The step that asks.
    pub id: String,
    /// Its words.
    pub text: String,
    /// The answers and how many gave them.
    pub answers: Vec<(String, i64)>,
}

impl Question {
    /// How many answered.
    pub fn total(&self) -> i64 {
        self.answers.iter().map(|(_, count)| count).sum()
    }
}

/// One texter in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TexterFigures {
    /// The assignment.
    pub id: String,
    /// The name.
    pub name: String,
    /// Contacts.
    pub contacts: i64,
    /// Contacts who had their first message.
    pub messaged: i64,
    /// Contacts who wait for this texter's answer.
    pub waiting: i64,
}

/// How the export stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Export {
    /// None was made.
    #[default]
    None,
    /// Under way, in percent.
    Running(i64),
    /// It failed, and why.
    Failed(String),
    /// The files to download: contacts and messages.
    Ready(Option<String>, Option<String>),
}

impl Export {
    /// Whether it is under way.
    pub const fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }
}

impl Figures {
    /// How the campaign stands, in a word and a tone.
    pub const fn state(&self) -> (&'static str, &'static str) {
        match (self.archived, self.started) {
            (true, _) => ("Archived", "plain"),
            (false, true) => ("Running", "good"),
            (false, false) => ("Not started", "warn"),
        }
    }
}

/// Reads the campaign; nothing when it does not exist for this user.
pub fn read(data: &ResponseData) -> Option<Figures> {
    let api = data.campaign.as_ref()?;
    let counts = &api.counts;
    Some(Figures {
        id: api.id.clone().unwrap_or_default(),
        title: api
            .title
            .clone()
            .filter(|title| !title.trim().is_empty())
            .unwrap_or_else(|| "Untitled campaign".to_owned()),
        due_by: api.due_by.clone(),
        started: api.is_started.unwrap_or_default(),
        archived: api.is_archived.unwrap_or_default(),
        contacts: counts.total,
        // Somebody who opts out later had their message all the same: the figure never goes back.
        messaged: counts.total - counts.needs_message,
        replied: counts.needs_response + counts.convo + counts.closed,
        waiting: counts.needs_response,
        opted_out: counts.opted_out,
        failed: counts.failed,
        sent: counts.messages_sent,
        received: counts.messages_received,
        errors: errors(api),
        questions: questions(api),
        texters: texters(api),
        export: export(api),
    })
}

fn errors(api: &CampaignStatisticsCampaign) -> Vec<Failure> {
    let counts = api
        .stats
        .iter()
        .flat_map(|stats| stats.error_counts.iter().flatten().flatten());
    counts
        .map(|one| Failure {
            code: one.code.clone(),
            description: one.description.clone().unwrap_or_default(),
            count: one.count,
        })
        .collect()
}

fn questions(api: &CampaignStatisticsCampaign) -> Vec<Question> {
    let steps = api
        .interaction_steps
        .iter()
        .flatten()
        .flatten()
        .filter(|step| step.is_deleted != Some(true));
    steps
        .filter_map(|step| {
            let options = step.question.as_ref()?.answer_options.as_ref()?;
            let answers = options
                .iter()
                .flatten()
                .filter_map(|one| Some((one.value.clone()?, one.responder_count.unwrap_or_default())))
                .collect::<Vec<_>>();
            let text = step
                .question_text
                .clone()
                .filter(|text| !text.trim().is_empty())?;
            (!answers.is_empty()).then(|| Question {
                id: step.id.clone(),
                text,
                answers,
            })
        })
        .collect()
}

fn texters(api: &CampaignStatisticsCampaign) -> Vec<TexterFigures> {
    let assignments = api.assignments.iter().flatten().flatten();
    assignments
        .map(|one| TexterFigures {
            id: one.id.clone().unwrap_or_default(),
            name: one
                .texter
                .as_ref()
                .and_then(|texter| texter.display_name.clone())
                .unwrap_or_default(),
            contacts: one.counts.total,
            messaged: one.counts.total - one.counts.needs_message,
            waiting: one.counts.needs_response,
        })
        .collect()
}

fn export(api: &CampaignStatisticsCampaign) -> Export {
    let job = api
        .pending_jobs
        .iter()
        .flatten()
        .flatten()
        .find(|job| job.job_type.as_deref() == Some("export"));
    let results = api.export_results.as_ref();
    match (job, results) {
        (Some(job), _) if !job.failed => Export::Running(job.status.unwrap_or_default()),
        (Some(job), _) => Export::Failed(job.result_message.clone().unwrap_or_default()),
        (None, Some(results)) => match &results.error {
            Some(error) if !error.is_empty() => Export::Failed(error.clone()),
            _ if results.campaign_export_url.is_none() && results.campaign_messages_export_url.is_none() => {
                Export::None
            }
            _ => Export::Ready(
                results.campaign_export_url.clone(),
                results.campaign_messages_export_url.clone(),
            ),
        },
        (None, None) => Export::None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn campaign(extra: serde_json::Value) -> ResponseData {
        let mut campaign = json!({
            "id": "1", "title": "A", "description": null, "dueBy": null, "isStarted": true, "isArchived": false,
            "counts": {"total": 10, "needsMessage": 4, "messaged": 2, "needsResponse": 1, "convo": 2, "closed": 0,
                "optedOut": 1, "failed": 0, "messagesSent": 9, "messagesReceived": 4},
            "interactionSteps": [{"id": "1", "questionText": "Coming?", "isDeleted": false,
                "question": {"answerOptions": [{"value": "Yes", "responderCount": 3}, {"value": "No", "responderCount": 1}]}}],
            "stats": null, "assignments": [], "pendingJobs": [], "exportResults": null,
        });
        for (key, value) in extra.as_object().unwrap() {
            campaign[key] = value.clone();
        }
        serde_json::from_value(json!({ "campaign": campaign })).unwrap()
    }

    #[test]
    fn counts_who_had_a_message() {
        let figures = read(&campaign(json!({}))).unwrap();
        assert_eq!(figures.questions.first().map(Question::total), Some(4));
        assert_eq!(
            (figures.messaged, figures.replied, figures.export),
            (6, 3, Export::None)
        );
    }

    #[test]
    fn an_export_runs_fails_or_is_ready() {
        let job = |failed| json!({"pendingJobs": [{"id": "1", "jobType": "export", "status": 40, "resultMessage": "Disk full", "failed": failed}]});
        assert_eq!(read(&campaign(job(false))).unwrap().export, Export::Running(40));
        assert_eq!(
            read(&campaign(job(true))).unwrap().export,
            Export::Failed("Disk full".to_owned())
        );
        let ready = json!({"exportResults": {"error": null, "campaignExportUrl": "/x", "campaignMessagesExportUrl": null}});
        assert_eq!(
            read(&campaign(ready)).unwrap().export,
            Export::Ready(Some("/x".to_owned()), None)
        );
    }
}
