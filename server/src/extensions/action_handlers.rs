//! Action handlers: what happens elsewhere when an answer is given or a tag is set. None is built in yet; adding one is
//! a file beside this one and a line in [`BUILT_IN`].

/// Something that can be done when an answer is given.
pub trait ActionHandler: Send + Sync {
    /// Its name in `answerActions`.
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn display_name(&self) -> &'static str;

    /// What an admin must know to choose it.
    fn instructions(&self) -> &'static str;

    /// What an admin can choose from: names and details, which are stored with the answer.
    fn choices(&self) -> Vec<(String, String)>;
}

/// All that there are.
pub static BUILT_IN: &[&dyn ActionHandler] = &[];
