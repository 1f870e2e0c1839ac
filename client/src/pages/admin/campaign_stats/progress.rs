use leptos::prelude::*;

use super::figures::Figures;
use crate::ui::Progress;

/// The campaign's counts: big numbers, and bars of how far it is.
#[component]
pub fn ProgressCards(campaign: Memo<Figures>) -> impl IntoView {
    let figure = move |read: fn(&Figures) -> i64| Signal::derive(move || campaign.with(read));
    view! {
        <dl class="figures">
            <Figure name="Contacts" value=figure(|one| one.contacts) />
            <Figure name="Texts sent" value=figure(|one| one.sent) />
            <Figure name="Replies" value=figure(|one| one.received) />
            <Figure name="Opted out" value=figure(|one| one.opted_out) />
        </dl>
        <section class="card stack figures-bars" aria-label="Progress">
            <h2>"Progress"</h2>
            <Progress label="First messages sent" value=figure(|one| one.messaged) max=figure(|one| one.contacts) />
            <Progress label="Contacts who wrote back" value=figure(|one| one.replied) max=figure(|one| one.messaged) tone="good" />
            <Progress label="Waiting for an answer" value=figure(|one| one.waiting) max=figure(|one| one.messaged) tone="warn" />
            <Progress label="Not delivered" value=figure(|one| one.failed) max=figure(|one| one.messaged) tone="danger" />
            <Errors campaign />
        </section>
    }
}

#[component]
fn Figure(name: &'static str, value: Signal<i64>) -> impl IntoView {
    view! {
        <div class="card">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
}

#[component]
fn Errors(campaign: Memo<Figures>) -> impl IntoView {
    let errors = Memo::new(move |_| campaign.with(|campaign| campaign.errors.clone()));
    view! {
        <ul class="figures-errors small" hidden=move || errors.with(Vec::is_empty)>
            <For each=move || errors.get() key=|one| (one.code.clone(), one.count) let(one)>
                <li><strong>{one.count}</strong>" with code "<code>{one.code}</code>" "{one.description}</li>
            </For>
        </ul>
    }
}
