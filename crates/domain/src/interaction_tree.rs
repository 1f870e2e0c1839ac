//! A script as a tree: each step has a text and a question, each answer leads to a step.

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    hash::Hash,
};

use thiserror::Error;

/// One step: a row of `interaction_step`, or an entry of an editor that has no ids of the database yet.
///
/// Deleted steps are the caller's to leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<Id> {
    /// Names the step.
    pub id: Id,
    /// The step whose question this step answers; `None` for the root, which is the first message.
    pub parent_id: Option<Id>,
    /// The answer to the parent's question that leads here; empty for the root.
    pub answer_option: String,
    /// What the texter sends; may be empty.
    pub script: String,
    /// What the texter then wants to know; empty if the conversation ends here.
    pub question: String,
}

/// Why steps are not a tree. Names the step and the reason, in words for the people who write scripts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TreeError<Id: Display> {
    /// There are no steps.
    #[error("the script has no steps")]
    Empty,
    /// Two steps have one id.
    #[error("step {0}: two steps have this id")]
    DuplicateId(Id),
    /// Every step has a parent.
    #[error("the script has no first step")]
    NoRoot,
    /// A second step without a parent.
    #[error("step {0}: only one step can be the first one")]
    SecondRoot(Id),
    /// The parent is not among the steps.
    #[error("step {step}: its parent {parent} does not exist")]
    UnknownParent {
        /// The step.
        step: Id,
        /// The parent that it names.
        parent: Id,
    },
    /// The step is its own ancestor, or below one that is.
    #[error("step {0}: it can't be reached from the first step, because it leads back to itself")]
    Cycle(Id),
    /// The step is below a question, but no answer leads to it.
    #[error("step {0}: its answer is empty")]
    EmptyAnswer(Id),
    /// Two answers to one question are the same.
    #[error("step {step}: the answer “{answer}” appears twice under one question")]
    DuplicateAnswer {
        /// The second of the two.
        step: Id,
        /// The answer, trimmed.
        answer: String,
    },
    /// The step answers a question that its parent does not ask.
    #[error("step {step}: its parent {parent} asks no question")]
    AnswerWithoutQuestion {
        /// The step with the answer.
        step: Id,
        /// Its parent without a question.
        parent: Id,
    },
}

impl<Id: Display> TreeError<Id> {
    /// The step to correct, if the error is about one.
    pub fn step(&self) -> Option<&Id> {
        match self {
            Self::Empty | Self::NoRoot => None,
            Self::DuplicateId(step)
            | Self::SecondRoot(step)
            | Self::Cycle(step)
            | Self::EmptyAnswer(step) => Some(step),
            Self::UnknownParent { step, .. }
            | Self::DuplicateAnswer { step, .. }
            | Self::AnswerWithoutQuestion { step, .. } => Some(step),
        }
    }
}

/// Steps that are a valid tree, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionTree<Id> {
    steps: Vec<Step<Id>>,
}

impl<Id: Clone + Display + Eq + Hash> InteractionTree<Id> {
    /// Checks the steps: exactly one root, no cycle, and under each question answers that are there and differ.
    ///
    /// Answers are compared without the space around them, and by case.
    ///
    /// # Errors
    ///
    /// All that is wrong, in the order of the steps; never an empty list.
    pub fn new(steps: Vec<Step<Id>>) -> Result<Self, Vec<TreeError<Id>>> {
        let errors = errors(&steps);
        if errors.is_empty() {
            Ok(Self { steps })
        } else {
            Err(errors)
        }
    }

    /// All steps, in the order given.
    pub fn steps(&self) -> &[Step<Id>] {
        &self.steps
    }

    /// The first message. `Option` for form's sake: a valid tree has one.
    pub fn root(&self) -> Option<&Step<Id>> {
        self.steps.iter().find(|step| step.parent_id.is_none())
    }

    /// The step with this id.
    pub fn step(&self, id: &Id) -> Option<&Step<Id>> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The steps that answer the question of step `id`, in the order given.
    pub fn children<'tree>(&'tree self, id: &'tree Id) -> impl Iterator<Item = &'tree Step<Id>> {
        self.steps
            .iter()
            .filter(move |step| step.parent_id.as_ref() == Some(id))
    }

    /// The step `id` and all steps below it, parents before children; empty if there is no such step.
    pub fn reachable(&self, id: &Id) -> Vec<&Step<Id>> {
        let children = children_by_parent(&self.steps);
        let mut found: Vec<&Step<Id>> = self.step(id).into_iter().collect();
        let mut next = 0;
        while let Some(step) = found.get(next) {
            found.extend(children.get(&step.id).into_iter().flatten());
            next += 1;
        }
        found
    }

    /// How many answers lead from the root to step `id`: 0 for the root, `None` if there is no such step.
    pub fn depth(&self, id: &Id) -> Option<usize> {
        let by_id: HashMap<&Id, &Step<Id>> = self.steps.iter().map(|step| (&step.id, step)).collect();
        let mut depth = 0;
        let mut step = by_id.get(id)?;
        while let Some(parent) = &step.parent_id {
            step = by_id.get(parent)?;
            depth += 1;
        }
        Some(depth)
    }
}

fn children_by_parent<Id: Eq + Hash>(steps: &[Step<Id>]) -> HashMap<&Id, Vec<&Step<Id>>> {
    let mut children: HashMap<&Id, Vec<&Step<Id>>> = HashMap::new();
    for step in steps {
        if let Some(parent) = &step.parent_id {
            children.entry(parent).or_default().push(step);
        }
    }
    children
}

fn errors<Id: Clone + Display + Eq + Hash>(steps: &[Step<Id>]) -> Vec<TreeError<Id>> {
    if steps.is_empty() {
        return vec![TreeError::Empty];
    }
    let mut errors = Vec::new();
    let mut by_id: HashMap<&Id, &Step<Id>> = HashMap::new();
    for step in steps {
        if by_id.insert(&step.id, step).is_some() {
            errors.push(TreeError::DuplicateId(step.id.clone()));
        }
    }
    let mut roots = steps.iter().filter(|step| step.parent_id.is_none());
    if roots.next().is_none() {
        errors.push(TreeError::NoRoot);
    }
    errors.extend(roots.map(|step| TreeError::SecondRoot(step.id.clone())));

    let grounded = grounded(steps, &by_id);
    let mut answers = HashSet::new();
    for step in steps {
        let Some(parent_id) = &step.parent_id else {
            continue;
        };
        let Some(parent) = by_id.get(parent_id) else {
            errors.push(TreeError::UnknownParent {
                step: step.id.clone(),
                parent: parent_id.clone(),
            });
            continue;
        };
        if !grounded.contains(&step.id) {
            errors.push(TreeError::Cycle(step.id.clone()));
        }
        let answer = step.answer_option.trim();
        if answer.is_empty() {
            errors.push(TreeError::EmptyAnswer(step.id.clone()));
        } else if !answers.insert((parent_id, answer)) {
            errors.push(TreeError::DuplicateAnswer {
                step: step.id.clone(),
                answer: answer.to_owned(),
            });
        }
        if parent.question.trim().is_empty() {
            errors.push(TreeError::AnswerWithoutQuestion {
                step: step.id.clone(),
                parent: parent_id.clone(),
            });
        }
    }
    errors
}

/// The steps whose line of parents ends, at a root or at a parent that does not exist: those not in or below a cycle.
fn grounded<'steps, Id: Eq + Hash>(
    steps: &'steps [Step<Id>],
    by_id: &HashMap<&Id, &Step<Id>>,
) -> HashSet<&'steps Id> {
    let children = children_by_parent(steps);
    let ends = |step: &&Step<Id>| {
        step.parent_id
            .as_ref()
            .is_none_or(|parent| !by_id.contains_key(parent))
    };
    let mut waiting: Vec<&Step<Id>> = steps.iter().filter(ends).collect();
    let mut grounded = HashSet::new();
    while let Some(step) = waiting.pop() {
        if grounded.insert(&step.id) {
            waiting.extend(children.get(&step.id).into_iter().flatten());
        }
    }
    grounded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(id: u32, parent_id: Option<u32>, answer: &str, question: &str) -> Step<u32> {
        Step {
            id,
            parent_id,
            answer_option: answer.to_owned(),
            script: "Hi".to_owned(),
            question: question.to_owned(),
        }
    }

    fn good() -> Vec<Step<u32>> {
        vec![
            step(3, Some(2), "Yes", ""),
            step(1, None, "", "Will you come?"),
            step(2, Some(1), "Yes", "And bring a friend?"),
            step(4, Some(1), "No", ""),
        ]
    }

    fn errors_of(steps: Vec<Step<u32>>) -> Vec<TreeError<u32>> {
        InteractionTree::new(steps).unwrap_err()
    }

    #[test]
    fn walks_a_tree() {
        let tree = InteractionTree::new(good()).unwrap();
        let ids = |steps: Vec<&Step<u32>>| steps.iter().map(|step| step.id).collect::<Vec<_>>();
        assert_eq!(tree.root().unwrap().id, 1);
        assert_eq!(ids(tree.children(&1).collect()), [2, 4]);
        assert_eq!(ids(tree.reachable(&1)), [1, 2, 4, 3]);
        assert_eq!(ids(tree.reachable(&2)), [2, 3]);
        assert!(tree.reachable(&9).is_empty());
        assert_eq!(
            [1, 2, 3, 4, 9].map(|id| tree.depth(&id)),
            [Some(0), Some(1), Some(2), Some(1), None]
        );
        assert_eq!(tree.steps().len(), 4);
    }

    #[test]
    fn refuses_no_steps() {
        assert_eq!(errors_of(vec![]), [TreeError::Empty]);
    }

    #[test]
    fn refuses_a_second_root() {
        let mut steps = good();
        steps.push(step(5, None, "", ""));
        assert_eq!(errors_of(steps), [TreeError::SecondRoot(5)]);
    }

    #[test]
    fn refuses_a_duplicate_id() {
        let mut steps = good();
        steps.push(step(4, Some(1), "Maybe", ""));
        assert_eq!(errors_of(steps), [TreeError::DuplicateId(4)]);
    }

    #[test]
    fn refuses_an_unknown_parent() {
        let mut steps = good();
        steps.push(step(5, Some(9), "Maybe", ""));
        assert_eq!(
            errors_of(steps),
            [TreeError::UnknownParent { step: 5, parent: 9 }]
        );
    }

    #[test]
    fn refuses_cycles() {
        let loops = vec![
            step(1, Some(2), "a", "?"),
            step(2, Some(1), "b", "?"),
            step(3, Some(2), "c", ""),
        ];
        let cycles = [
            TreeError::NoRoot,
            TreeError::Cycle(1),
            TreeError::Cycle(2),
            TreeError::Cycle(3),
        ];
        assert_eq!(errors_of(loops), cycles);
        assert_eq!(
            errors_of(vec![step(1, None, "", ""), step(2, Some(2), "a", "?")]),
            [TreeError::Cycle(2)]
        );
    }

    #[test]
    fn refuses_empty_and_repeated_answers() {
        let mut steps = good();
        steps.push(step(5, Some(1), "  ", ""));
        steps.push(step(6, Some(1), " No ", ""));
        steps.push(step(7, Some(2), "No", ""));
        let expected = [
            TreeError::EmptyAnswer(5),
            TreeError::DuplicateAnswer {
                step: 6,
                answer: "No".to_owned(),
            },
        ];
        assert_eq!(errors_of(steps), expected);
    }

    #[test]
    fn refuses_an_answer_without_a_question() {
        let mut steps = good();
        steps.push(step(5, Some(4), "Why", ""));
        let errors = errors_of(steps);
        assert_eq!(errors, [TreeError::AnswerWithoutQuestion { step: 5, parent: 4 }]);
        assert_eq!(errors[0].to_string(), "step 5: its parent 4 asks no question");
        assert_eq!(errors[0].step(), Some(&5));
    }

    proptest! {
        #[test]
        fn a_valid_tree_is_reached_from_its_root(parents in prop::collection::vec(0_u32..9, 0..8)) {
            let mut steps = vec![step(0, None, "", "?")];
            for (id, parent) in (1..).zip(parents) {
                steps.push(step(id, Some(parent), &id.to_string(), "?"));
            }
            let count = steps.len();
            match InteractionTree::new(steps) {
                Ok(tree) => {
                    prop_assert_eq!(tree.reachable(&0).len(), count);
                    prop_assert!(tree.steps().iter().all(|step| tree.depth(&step.id).is_some()));
                }
                Err(errors) => prop_assert!(!errors.is_empty()),
            }
        }
    }
}
