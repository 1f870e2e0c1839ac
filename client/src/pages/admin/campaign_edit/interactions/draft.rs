use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use super::tree::Node;

/// A step being edited. Its parts are signals, so that typing redraws nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// Tells siblings apart.
    pub key: u32,
    id: StoredValue<Option<String>>,
    /// The answer that leads here.
    pub answer: RwSignal<String>,
    /// What is texted.
    pub script: RwSignal<String>,
    /// What is asked next.
    pub question: RwSignal<String>,
    /// What follows each answer.
    pub children: RwSignal<Vec<Draft>>,
}

impl Draft {
    /// A draft that says what the node says.
    pub fn new(node: &Node) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self {
            key: NEXT.fetch_add(1, Ordering::Relaxed),
            id: StoredValue::new(node.id.clone()),
            answer: RwSignal::new(node.answer.clone()),
            script: RwSignal::new(node.script.clone()),
            question: RwSignal::new(node.question.clone()),
            children: RwSignal::new(node.children.iter().map(Self::new).collect()),
        }
    }

    /// What the draft says now.
    pub fn snapshot(&self) -> Node {
        Node {
            id: self.id.get_value(),
            answer: self.answer.get(),
            script: self.script.get(),
            question: self.question.get(),
            children: self.children.get().iter().map(Self::snapshot).collect(),
        }
    }

    /// Adds an empty answer.
    pub fn add_answer(&self) {
        self.children
            .update(|children| children.push(Self::new(&Node::default())));
    }

    /// Takes an answer away.
    pub fn remove(&self, key: u32) {
        self.children
            .update(|children| children.retain(|child| child.key != key));
    }
}
