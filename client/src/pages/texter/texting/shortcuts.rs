use leptos::{ev, prelude::*};

/// What a key means on the texting screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Send the text (Ctrl-Enter, in first messages Enter alone).
    Send,
    /// The next contact (Ctrl-.).
    Next,
    /// The previous contact (Ctrl-,).
    Previous,
    /// Close the conversation or skip the contact (Ctrl-Y).
    Skip,
}

/// Reads a key. A held key means nothing: one press, one text.
pub fn read(key: &str, with_control: bool, is_repeat: bool) -> Option<Shortcut> {
    match (key, with_control) {
        _ if is_repeat => None,
        ("Enter", true) => Some(Shortcut::Send),
        ("." | ">", true) => Some(Shortcut::Next),
        ("," | "<", true) => Some(Shortcut::Previous),
        ("y" | "Y", true) => Some(Shortcut::Skip),
        _ => None,
    }
}

/// Hands the shortcuts of the page to `on_shortcut` while the component lives and no dialog is open.
pub fn use_shortcuts(on_shortcut: impl Fn(Shortcut) + 'static) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let dialog_open = document().query_selector("dialog[open]").ok().flatten().is_some();
        let found = read(&event.key(), event.ctrl_key() || event.meta_key(), event.repeat());
        if let (Some(shortcut), false) = (found, dialog_open) {
            event.prevent_default();
            on_shortcut(shortcut);
        }
    });
    on_cleanup(move || listener.remove());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_key_sends_once() {
        assert_eq!(read("Enter", true, false), Some(Shortcut::Send));
        assert_eq!(read("Enter", true, true), None);
    }

    #[test]
    fn plain_typing_is_no_shortcut() {
        assert_eq!(read(".", false, false), None);
        assert_eq!(read("Enter", false, false), None);
        assert_eq!(read(",", true, false), Some(Shortcut::Previous));
    }
}
