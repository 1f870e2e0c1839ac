use leptos::{ev, html, prelude::*};

use super::{contact::Contact, contact_bar::ContactBar};
use crate::{
    pages::shared::SegmentCounter,
    ui::{Button, Glyph, Icon, TextArea},
};

/// Presses closer together than this are one press: nobody reads a text that fast.
const BREATH: std::time::Duration = std::time::Duration::from_millis(250);

/// One first message, to read and send. The text is the server's; a changed one is handed on.
#[component]
pub fn FirstMessage(
    contact: Contact,
    #[prop(into)] may_edit: Signal<bool>,
    /// Gets the changed text, or nothing when the script is sent as it is.
    on_send: Callback<Option<String>>,
    on_skip: Callback<()>,
) -> impl IntoView {
    let script = contact.initial_text.clone().unwrap_or_default();
    let editing = RwSignal::new(false);
    let text = RwSignal::new(script.clone());
    let shown = script.clone();
    let node = NodeRef::<html::Button>::new();
    let resting = RwSignal::new(true);
    set_timeout(
        move || {
            resting.try_set(false);
        },
        BREATH,
    );
    // The button is new for each contact: Enter keeps working without a hand on the mouse.
    Effect::new(move |_| {
        if let Some(button) = node.get() {
            let _ = button.focus();
        }
    });
    let send = Callback::new(move |()| {
        if resting.get_untracked() {
            return;
        }
        let changed = editing
            .get_untracked()
            .then(|| text.get_untracked())
            .filter(|text| *text != script);
        on_send.run(changed);
    });
    super::shortcuts::use_shortcuts(move |shortcut| match shortcut {
        super::shortcuts::Shortcut::Send => send.run(()),
        super::shortcuts::Shortcut::Next | super::shortcuts::Shortcut::Skip => on_skip.run(()),
        super::shortcuts::Shortcut::Previous => {}
    });
    view! {
        <article class="first-message">
            <ContactBar contact=Signal::stored(contact) />
            <div class="first-message-body">
                <Show
                    when=move || editing.get()
                    fallback=move || view! { <p class="first-message-text" id="first-message-text" data-testid="first-message">{shown.clone()}</p> }
                >
                    <TextArea label="Message" value=text rows=5 />
                    <SegmentCounter text />
                </Show>
                <Show when=move || may_edit.get() && !editing.get()>
                    <p class="first-message-edit small soft">
                        <button class="link" type="button" on:click=move |_| editing.set(true)>
                            "Edit this message"
                        </button>
                    </p>
                </Show>
            </div>
            <footer>
                <Button kind="quiet" on:click=move |_| on_skip.run(())>"Later"</Button>
                <button
                    class="button first-message-send"
                    type="button"
                    node_ref=node
                    aria-describedby="first-message-text"
                    aria-disabled=move || resting.get().then_some("true")
                    on:keydown=held_key
                    on:click=move |_| send.run(())
                >
                    <Icon glyph=Glyph::Send />
                    "Send"
                </button>
            </footer>
        </article>
    }
}

/// A held Enter would press the button again and again: one press, one text.
fn held_key(event: ev::KeyboardEvent) {
    if event.repeat() {
        event.prevent_default();
    }
}
