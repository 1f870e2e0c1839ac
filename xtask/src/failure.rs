//! Why a step ended, and what the reader can do about it.

use std::fmt::Display;

#[derive(Debug)]
pub enum Failure {
    /// Ctrl-C or SIGTERM.
    Interrupted,
    Failed {
        what: String,
        /// What the reader can do about it.
        hint: String,
    },
}

impl Failure {
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

pub type Result<T> = std::result::Result<T, Failure>;

pub trait Context<T> {
    fn context(self, what: &str, hint: &str) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: &str, hint: &str) -> Result<T> {
        self.map_err(|error| Failure::new(format!("{what}: {error}"), hint))
    }
}
