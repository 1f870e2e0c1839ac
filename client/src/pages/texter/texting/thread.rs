use leptos::{html, prelude::*};

use super::{bubble::Bubble, contact::Contact};

/// The conversation so far; new texts are announced and scrolled to.
#[component]
pub fn Thread(#[prop(into)] contact: Signal<Contact>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let messages = Memo::new(move |_| contact.with(|contact| contact.messages.clone()));
    let name = Memo::new(move |_| contact.with(|contact| contact.first_name.clone()));
    Effect::new(move |_| {
        messages.track();
        if let Some(thread) = node.get() {
            request_animation_frame(move || thread.set_scroll_top(thread.scroll_height()));
        }
    });
    view! {
        <div class="thread" role="log" aria-live="polite" aria-label="Conversation" tabindex="0" node_ref=node>
            <ol>
                // Keyed by state too, so that a delivery report shows.
                <For
                    each=move || messages.get()
                    key=|message| (message.id.clone(), message.send_status.clone(), message.error_code)
                    let(message)
                >
                    <Bubble message contact_name=name.get_untracked() />
                </For>
            </ol>
            <Show when=move || contact.with(|contact| contact.opted_out)>
                <p class="thread-end">{move || format!("{} has opted out and is not texted any more.", name.get())}</p>
            </Show>
            <Show when=move || contact.with(|contact| contact.status == "closed" && !contact.opted_out)>
                <p class="thread-end">"This conversation is closed."</p>
            </Show>
        </div>
    }
}
