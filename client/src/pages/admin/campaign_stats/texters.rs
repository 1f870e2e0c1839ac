use leptos::prelude::*;

use super::figures::{Figures, TexterFigures};
use crate::ui::Progress;

/// How far each texter is.
#[component]
pub fn TexterProgress(campaign: Memo<Figures>) -> impl IntoView {
    let texters = Memo::new(move |_| campaign.with(|campaign| campaign.texters.clone()));
    view! {
        <section class="card texter-progress" aria-label="Texters">
            <h2>"Texters"</h2>
            <Show
                when=move || texters.with(|texters| !texters.is_empty())
                fallback=|| view! { <p class="soft">"Nobody has contacts to text yet."</p> }
            >
                <ul>
                    <For
                        each=move || texters.get()
                        key=|one| (one.id.clone(), one.contacts, one.messaged, one.waiting)
                        let(one)
                    >
                        <li><Bar one /></li>
                    </For>
                </ul>
            </Show>
        </section>
    }
}

#[component]
fn Bar(one: TexterFigures) -> impl IntoView {
    view! {
        <Progress label=one.name value=one.messaged max=one.contacts />
        {(one.waiting > 0).then(|| view! { <span class="tag" data-tone="warn">{format!("{} waiting for an answer", one.waiting)}</span> })}
    }
}
