use super::{
    contact::Texter,
    survey::Step,
    texting_assignment::{ResponseData, TextingAssignmentAssignmentContacts as ApiSummary},
};

/// What the texting screen knows of its assignment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assignment {
    /// The campaign's title.
    pub title: String,
    /// The organization.
    pub organization_id: String,
    /// What is said when opting out, unless the state has its own words.
    pub opt_out_message: Option<String>,
    /// Whether the first message may be changed.
    pub allow_initial_edit: bool,
    /// The version of the first message.
    pub script_version: i64,
    /// Who signs.
    pub texter: Texter,
    /// The script.
    pub steps: Vec<Step>,
    /// The contacts of the pile, in order.
    pub contacts: Vec<Summary>,
    /// Texts sent so far by this texter here.
    pub replies_now: i64,
    /// First messages that must wait for texting hours.
    pub first_later: i64,
}

/// A contact in the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The contact.
    pub id: String,
    /// First and last name.
    pub name: String,
    /// Where the conversation is.
    pub status: String,
    /// When something last happened.
    pub updated_at: String,
}

/// Reads the assignment; nothing when it does not exist for this user.
pub fn read(data: &ResponseData) -> Option<Assignment> {
    let assignment = data.assignment.as_ref()?;
    let campaign = assignment.campaign.as_ref()?;
    let texter = assignment.texter.as_ref();
    let name =
        |read: fn(&super::texting_assignment::TextingAssignmentAssignmentTexter) -> &Option<String>| {
            texter.and_then(|texter| read(texter).clone()).unwrap_or_default()
        };
    Some(Assignment {
        title: campaign.title.clone().unwrap_or_default(),
        organization_id: campaign
            .organization
            .as_ref()
            .and_then(|one| one.id.clone())
            .unwrap_or_default(),
        opt_out_message: campaign
            .organization
            .as_ref()
            .and_then(|one| one.opt_out_message.clone()),
        allow_initial_edit: campaign.allow_initial_edit,
        script_version: campaign.script_version,
        texter: Texter {
            first_name: name(|texter| &texter.first_name),
            last_name: name(|texter| &texter.last_name),
            alias: texter
                .and_then(|texter| texter.alias.clone())
                .filter(|alias| !alias.is_empty()),
        },
        steps: campaign
            .interaction_steps
            .iter()
            .flatten()
            .flatten()
            .filter(|step| step.is_deleted != Some(true))
            .map(|step| Step {
                id: step.id.clone(),
                question: step.question_text.clone().unwrap_or_default(),
                script: step.script.clone().unwrap_or_default(),
                answer: step.answer_option.clone().unwrap_or_default(),
                parent: step.parent_interaction_id.clone(),
            })
            .collect(),
        contacts: assignment
            .contacts
            .iter()
            .flatten()
            .flatten()
            .map(Summary::from)
            .collect(),
        replies_now: assignment.counts.needs_response_now,
        first_later: assignment.counts.needs_message - assignment.counts.needs_message_now,
    })
}

impl From<&ApiSummary> for Summary {
    fn from(api: &ApiSummary) -> Self {
        let (first, last) = (
            api.first_name.as_deref().unwrap_or_default(),
            api.last_name.as_deref().unwrap_or_default(),
        );
        Self {
            id: api.id.clone().unwrap_or_default(),
            name: format!("{first} {last}").trim().to_owned(),
            status: api.message_status.clone().unwrap_or_default(),
            updated_at: api.updated_at.clone().unwrap_or_default(),
        }
    }
}

/// The list after it was loaded again: who was there stays in place, new ones come after.
pub fn merge(before: &[Summary], now: Vec<Summary>) -> Vec<Summary> {
    let mut merged = before.to_vec();
    for summary in now {
        match merged.iter_mut().find(|one| one.id == summary.id) {
            Some(known) => *known = summary,
            None => merged.push(summary),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(id: &str, status: &str) -> Summary {
        Summary {
            id: id.to_owned(),
            status: status.to_owned(),
            ..Summary::default()
        }
    }

    #[test]
    fn an_answered_conversation_keeps_its_place() {
        let before = [summary("1", "needsResponse"), summary("2", "needsResponse")];
        let merged = merge(
            &before,
            vec![summary("2", "convo"), summary("3", "needsResponse")],
        );
        let ids: Vec<_> = merged
            .iter()
            .map(|one| (one.id.as_str(), one.status.as_str()))
            .collect();
        assert_eq!(
            ids,
            [("1", "needsResponse"), ("2", "convo"), ("3", "needsResponse")]
        );
    }
}
