//! Saves a campaign's script: the first message and what follows each answer.

use std::collections::{HashMap, HashSet};

use bellwether_db::{
    Conn, campaign,
    interaction_step::{self, StepText},
};
use bellwether_domain::{
    interaction_tree::{InteractionTree, Step},
    script, segments,
};

use crate::error::{OpError, OpResult};

/// Steps in one script at most.
pub const MAX_STEPS: usize = 1_000;
/// Characters in one script or question at most.
pub const MAX_SCRIPT_LENGTH: usize = 10_000;

/// A step as it is given: its children are within.
#[derive(Debug, Default, Clone)]
pub struct StepInput {
    /// A number for a step that exists; anything with "new", or nothing, for one to be made.
    pub id: Option<String>,
    /// Prompt for the texter.
    pub question: String,
    /// Text for the contact.
    pub script: String,
    /// The answer of the parent's question that leads here.
    pub answer_option: String,
    /// Name of an action handler.
    pub answer_actions: String,
    /// Its data.
    pub answer_actions_data: Option<String>,
    /// Whether the step is to be taken out, and all under it.
    pub is_deleted: bool,
    /// What follows each answer.
    pub children: Vec<StepInput>,
}

struct FlatStep<'a> {
    key: usize,
    parent: Option<usize>,
    position: i32,
    input: &'a StepInput,
}

/// Saves the script in the caller's transaction. Steps that are not named stay as they are, as in Spoke.
pub async fn save_interaction_steps(conn: &mut Conn, campaign_id: i64, root: &StepInput) -> OpResult<()> {
    let mut flat = Vec::new();
    flatten(root, None, 0, &mut flat)?;
    validate(&flat)?;
    let steps = interaction_step::of_campaigns(conn, &[campaign_id]).await?;
    let known: HashSet<i64> = steps.iter().map(|step| step.id).collect();
    let old_root = steps
        .iter()
        .find(|step| step.parent_interaction_id.is_none())
        .map(|step| step.id);

    let mut ids: HashMap<usize, i64> = HashMap::new();
    for step in &flat {
        let mut existing = existing_id(step.input, &known)?;
        if step.parent.is_none() && existing.is_none() {
            // There is one first message: giving it anew changes the one that is there.
            existing = old_root;
        }
        if step.input.is_deleted {
            if let Some(id) = existing {
                interaction_step::delete(conn, campaign_id, id).await?;
            }
            continue;
        }
        let parent_id = match step.parent {
            // The parent is being taken out: its children go with it.
            Some(parent) if !ids.contains_key(&parent) => continue,
            Some(parent) => ids.get(&parent).copied(),
            None => None,
        };
        let text = segments::replace_gsm_lookalikes(step.input.script.trim());
        let new = StepText {
            parent_id,
            question: step.input.question.trim(),
            script: &text,
            answer_option: step.input.answer_option.trim(),
            answer_actions: &step.input.answer_actions,
            answer_actions_data: step.input.answer_actions_data.as_deref(),
            position: step.position,
        };
        let id = match existing {
            Some(id) => {
                new.update(conn, campaign_id, id).await?;
                id
            }
            None => new.insert(conn, campaign_id).await?.id,
        };
        ids.insert(step.key, id);
        if step.parent.is_none() {
            campaign::set_initial_script(conn, campaign_id, &script::parse(&text).parts()).await?;
        }
    }
    Ok(())
}

fn flatten<'a>(
    input: &'a StepInput,
    parent: Option<usize>,
    position: i32,
    flat: &mut Vec<FlatStep<'a>>,
) -> OpResult<()> {
    if flat.len() >= MAX_STEPS {
        return Err(OpError::bad_input(format!(
            "interactionSteps: {MAX_STEPS} steps at most"
        )));
    }
    if input.script.chars().count() > MAX_SCRIPT_LENGTH || input.question.chars().count() > MAX_SCRIPT_LENGTH
    {
        return Err(OpError::bad_input(format!(
            "interactionSteps: a script or question is longer than {MAX_SCRIPT_LENGTH} characters"
        )));
    }
    let key = flat.len();
    flat.push(FlatStep {
        key,
        parent,
        position,
        input,
    });
    for (position, child) in (0..).zip(&input.children) {
        flatten(child, Some(key), position, flat)?;
    }
    Ok(())
}

fn validate(flat: &[FlatStep<'_>]) -> OpResult<()> {
    let mut deleted: HashSet<usize> = HashSet::new();
    let mut steps = Vec::new();
    for step in flat {
        if step.input.is_deleted || step.parent.is_some_and(|parent| deleted.contains(&parent)) {
            deleted.insert(step.key);
            continue;
        }
        steps.push(Step {
            id: step.key,
            parent_id: step.parent,
            answer_option: step.input.answer_option.trim().to_owned(),
            script: step.input.script.clone(),
            question: step.input.question.trim().to_owned(),
        });
    }
    match InteractionTree::new(steps) {
        Ok(_) => Ok(()),
        Err(errors) => {
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Err(OpError::bad_input(format!(
                "interactionSteps: {}",
                reasons.join("; ")
            )))
        }
    }
}

fn existing_id(input: &StepInput, known: &HashSet<i64>) -> OpResult<Option<i64>> {
    match input
        .id
        .as_deref()
        .map(str::trim)
        .filter(|id| !id.is_empty() && !id.contains("new"))
    {
        None => Ok(None),
        Some(text) => match text.parse::<i64>().ok().filter(|id| known.contains(id)) {
            Some(id) => Ok(Some(id)),
            None => Err(OpError::bad_input(format!(
                "interactionSteps: this campaign has no step {text:?}"
            ))),
        },
    }
}
