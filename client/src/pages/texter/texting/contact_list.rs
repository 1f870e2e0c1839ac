use leptos::prelude::*;

use super::assignment::Summary;
use crate::ui::relative_or_clock;

/// The conversations of the pile; a column on wide screens.
#[component]
pub fn ContactList(
    #[prop(into)] contacts: Signal<Vec<Summary>>,
    #[prop(into)] selected: Signal<Option<String>>,
    on_select: Callback<String>,
) -> impl IntoView {
    view! {
        <nav class="contact-list" aria-label="Conversations">
            <ul>
                <For
                    each=move || contacts.get()
                    key=|one| (one.id.clone(), one.status.clone(), one.updated_at.clone(), one.name.clone())
                    let(one)
                >
                    <Entry one selected on_select />
                </For>
            </ul>
        </nav>
    }
}

#[component]
fn Entry(one: Summary, selected: Signal<Option<String>>, on_select: Callback<String>) -> impl IntoView {
    let (id, click) = (one.id.clone(), one.id.clone());
    view! {
        <li>
            <button
                type="button"
                data-status=one.status.clone()
                aria-current=move || (selected.get().as_deref() == Some(id.as_str())).then_some("true")
                on:click=move |_| on_select.run(click.clone())
            >
                <span class="contact-list-name">{one.name}</span>
                <span class="contact-list-state">{state(&one.status)}</span>
                <span class="contact-list-time">{relative_or_clock(&one.updated_at)}</span>
            </button>
        </li>
    }
}

const fn state(status: &str) -> &'static str {
    match status.as_bytes() {
        b"needsResponse" => "Waiting for your answer",
        b"closed" => "Closed",
        b"gone" => "No longer yours",
        b"convo" => "Answered",
        _ => "Texted",
    }
}
