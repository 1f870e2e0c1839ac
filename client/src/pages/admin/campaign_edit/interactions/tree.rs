use super::super::edit_campaign::InteractionStepInput;

/// A step of the script with all that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// The server's id; none for a new step.
    pub id: Option<String>,
    /// The answer that leads here.
    pub answer: String,
    /// What is texted.
    pub script: String,
    /// What is asked next.
    pub question: String,
    /// What follows each answer.
    pub children: Vec<Node>,
}

/// A step as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredStep {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// What is texted.
    pub script: String,
    /// The answer that leads here.
    pub answer: String,
    /// The step before.
    pub parent: Option<String>,
}

impl Node {
    /// Whether two scripts say the same, whatever their ids.
    pub fn same_words(&self, other: &Self) -> bool {
        self.answer == other.answer
            && self.script == other.script
            && self.question == other.question
            && self.children.len() == other.children.len()
            && self
                .children
                .iter()
                .zip(&other.children)
                .all(|(one, two)| one.same_words(two))
    }
}

/// The tree of a campaign's steps; an empty root when there are none.
pub fn tree(steps: &[StoredStep]) -> Node {
    let root = steps.iter().find(|step| step.parent.is_none());
    root.map_or_else(Node::default, |root| node(root, steps, 0))
}

fn node(step: &StoredStep, steps: &[StoredStep], depth: usize) -> Node {
    // Deeper than there are steps means a circle: stop.
    let children = steps
        .iter()
        .filter(|child| depth < steps.len() && child.parent.as_deref() == Some(step.id.as_str()));
    Node {
        id: Some(step.id.clone()),
        answer: step.answer.clone(),
        script: step.script.clone(),
        question: step.question.clone(),
        children: children.map(|child| node(child, steps, depth + 1)).collect(),
    }
}

/// The tree as the server takes it: new steps are called `new1`, `new2`, …
pub fn to_input(root: &Node) -> InteractionStepInput {
    let mut new = 0;
    input(root, None, &mut new)
}

fn input(node: &Node, parent: Option<&str>, new: &mut usize) -> InteractionStepInput {
    let id = node.id.clone().unwrap_or_else(|| {
        *new += 1;
        format!("new{new}")
    });
    // Without a question, answers lead nowhere.
    let children = node.children.iter().filter(|_| !node.question.trim().is_empty());
    InteractionStepInput {
        question_text: Some(node.question.trim().to_owned()),
        script: Some(node.script.clone()),
        answer_option: Some(node.answer.trim().to_owned()),
        parent_interaction_id: parent.map(str::to_owned),
        is_deleted: Some(false),
        interaction_steps: Some(children.map(|child| Some(input(child, Some(&id), new))).collect()),
        id: Some(id),
        answer_actions: None,
        answer_actions_data: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: &str, parent: Option<&str>) -> StoredStep {
        StoredStep {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            question: "?".to_owned(),
            ..StoredStep::default()
        }
    }

    #[test]
    fn builds_the_tree_and_survives_a_circle() {
        let root = tree(&[stored("1", None), stored("2", Some("1")), stored("3", Some("2"))]);
        assert_eq!(root.children[0].children[0].id.as_deref(), Some("3"));
        assert_eq!(tree(&[]), Node::default());
        tree(&[stored("1", None), stored("1", Some("1"))]);
    }

    #[test]
    fn new_steps_get_names_of_their_own() {
        let child = Node {
            answer: " Yes ".to_owned(),
            ..Node::default()
        };
        let root = Node {
            id: Some("7".to_owned()),
            question: "?".to_owned(),
            children: vec![child.clone(), child],
            ..Node::default()
        };
        let sent = to_input(&root);
        let children: Vec<_> = sent.interaction_steps.unwrap().into_iter().flatten().collect();
        assert_eq!(children[0].id.as_deref(), Some("new1"));
        assert_eq!(children[1].id.as_deref(), Some("new2"));
        assert_eq!(children[1].parent_interaction_id.as_deref(), Some("7"));
        assert_eq!(children[0].answer_option.as_deref(), Some("Yes"));
    }

    #[test]
    fn ids_are_no_words() {
        let old = Node {
            id: Some("1".to_owned()),
            script: "Hi".to_owned(),
            ..Node::default()
        };
        assert!(old.same_words(&Node {
            id: None,
            ..old.clone()
        }));
        assert!(!old.same_words(&Node::default()));
    }
}
