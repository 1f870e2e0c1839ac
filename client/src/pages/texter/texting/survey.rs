use std::collections::BTreeMap;

/// Answers by the id of the step whose question they answer.
pub type Answers = BTreeMap<String, String>;

/// One interaction step: what is texted after an answer, and what is asked next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// What the texter finds out here; empty at the end of a branch.
    pub question: String,
    /// What is texted when the conversation comes here.
    pub script: String,
    /// The answer, of the parent's question, that leads here.
    pub answer: String,
    /// The step before.
    pub parent: Option<String>,
}

/// A question that the conversation has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The step that asks.
    pub step_id: String,
    /// The question.
    pub question: String,
    /// The possible answers.
    pub options: Vec<String>,
    /// The answer given.
    pub chosen: Option<String>,
}

/// The questions so far: every answered one, then the current one.
pub fn asked(steps: &[Step], answers: &Answers) -> Vec<Asked> {
    let mut path: Vec<Asked> = Vec::new();
    let mut at = steps.iter().find(|step| step.parent.is_none());
    while let Some(step) = at {
        // A step seen before means a broken script: stop rather than turn in circles.
        if step.question.trim().is_empty() || path.iter().any(|seen| seen.step_id == step.id) {
            break;
        }
        let chosen = answers.get(&step.id).cloned();
        at = chosen
            .as_deref()
            .and_then(|answer| after(steps, &step.id, answer));
        path.push(Asked {
            step_id: step.id.clone(),
            question: step.question.clone(),
            options: children(steps, &step.id)
                .map(|child| child.answer.clone())
                .collect(),
            chosen,
        });
    }
    path
}

/// The answers after answering one question: what was answered below another answer no longer counts.
pub fn answer(steps: &[Step], answers: &Answers, step_id: &str, value: Option<&str>) -> Answers {
    let mut next = answers.clone();
    match value {
        Some(value) => next.insert(step_id.to_owned(), value.to_owned()),
        None => next.remove(step_id),
    };
    let reached: Vec<String> = asked(steps, &next).into_iter().map(|one| one.step_id).collect();
    next.retain(|id, _| reached.contains(id));
    next
}

/// What to text after an answer.
pub fn script_after(steps: &[Step], step_id: &str, value: &str) -> Option<String> {
    after(steps, step_id, value)
        .map(|step| step.script.clone())
        .filter(|script| !script.trim().is_empty())
}

/// Whether a script's text may take the place of what is written: nothing, or the text of another script.
pub fn may_replace(written: &str, filled: &str) -> bool {
    written.trim().is_empty() || written == filled
}

fn after<'a>(steps: &'a [Step], step_id: &str, value: &str) -> Option<&'a Step> {
    children(steps, step_id).find(|child| child.answer == value)
}

fn children<'a>(steps: &'a [Step], step_id: &str) -> impl Iterator<Item = &'a Step> {
    steps
        .iter()
        .filter(move |step| step.parent.as_deref() == Some(step_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_texter_wrote_stays() {
        assert!(may_replace(" ", ""));
        assert!(may_replace("Great!", "Great!"));
        assert!(!may_replace("Great! See you", "Great!"));
        assert!(!may_replace("Thanks", ""));
    }

    fn step(id: &str, parent: Option<&str>, answer: &str, question: &str) -> Step {
        Step {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            answer: answer.to_owned(),
            question: question.to_owned(),
            script: format!("script {id}"),
        }
    }

    fn steps() -> Vec<Step> {
        vec![
            step("1", None, "", "Coming?"),
            step("2", Some("1"), "Yes", "Bringing a friend?"),
            step("3", Some("1"), "No", ""),
            step("4", Some("2"), "Yes", ""),
        ]
    }

    fn given(pairs: &[(&str, &str)]) -> Answers {
        pairs
            .iter()
            .map(|(id, value)| ((*id).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn asks_along_the_answers() {
        let ids = |answers| {
            asked(&steps(), &answers)
                .into_iter()
                .map(|one| one.step_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(given(&[])), ["1"]);
        assert_eq!(ids(given(&[("1", "Yes")])), ["1", "2"]);
        assert_eq!(ids(given(&[("1", "No")])), ["1"]);
    }

    #[test]
    fn changing_an_answer_clears_what_came_after() {
        let before = given(&[("1", "Yes"), ("2", "Yes")]);
        assert_eq!(answer(&steps(), &before, "1", Some("No")), given(&[("1", "No")]));
        assert_eq!(answer(&steps(), &before, "2", None), given(&[("1", "Yes")]));
        assert_eq!(answer(&steps(), &before, "1", None), given(&[]));
    }

    #[test]
    fn an_answer_brings_its_script() {
        assert_eq!(script_after(&steps(), "1", "No").as_deref(), Some("script 3"));
        assert_eq!(script_after(&steps(), "1", "Maybe"), None);
    }

    #[test]
    fn a_circle_ends() {
        let circle = [step("1", None, "", "?"), step("1", Some("1"), "a", "?")];
        assert_eq!(asked(&circle, &given(&[("1", "a")])).len(), 1);
    }
}
