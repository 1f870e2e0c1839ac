use leptos::prelude::*;

use super::{Editor, StartCampaign, campaign::Blocker, section::go_to, start_campaign};
use crate::{
    graphql::use_mutation,
    routes,
    session::use_session,
    ui::{Button, ErrorNote, Glyph, Icon, use_toasts},
};

/// The kind of job that starts a campaign.
const JOB: &str = "start_campaign";

/// Whether the campaign can start, what is missing, and the button that starts it.
#[component]
pub fn StartPanel(editor: Editor) -> impl IntoView {
    let started = Memo::new(move |_| editor.campaign.with(|campaign| campaign.started));
    view! {
        <section class="start-panel card" aria-label="Start">
            <Show when=move || started.get() fallback=move || view! { <NotStarted editor /> }>
                <p class="row">
                    <span class="tag" data-tone="good">"Running"</span>
                    "Texters can text. Changes to texters and script take effect at once."
                </p>
            </Show>
        </section>
    }
}

#[component]
fn NotStarted(editor: Editor) -> impl IntoView {
    let blockers = Memo::new(move |_| editor.campaign.with(|campaign| campaign.blockers.clone()));
    let ready = Memo::new(move |_| blockers.with(Vec::is_empty));
    let busy = Memo::new(move |_| editor.campaign.with(super::campaign::Campaign::is_busy));
    let starting = Memo::new(move |_| editor.campaign.with(|campaign| campaign.job(JOB).cloned()));
    let failure = move || starting.get().filter(|job| job.failed).map(|job| job.message);
    let session = use_session();
    let toasts = use_toasts();
    let start = use_mutation::<StartCampaign>();
    let click = move |_| {
        start.run(start_campaign::Variables { id: editor.id() }, move |_| {
            toasts.show("The campaign is starting. Texters see it on their lists in a moment.");
            editor.changed();
        });
    };
    view! {
        <div class="start-panel-row">
            <div>
                <h2>{move || if ready.get() { "Ready to start" } else { "Before this campaign can start" }}</h2>
                <ul hidden=move || ready.get()>
                    <For each=move || blockers.get() key=|one| (one.section.clone(), one.message.clone()) let(blocker)>
                        <BlockerLink editor blocker />
                    </For>
                </ul>
                <p class="soft" hidden=move || !ready.get()>"Once started, texters can send their first messages."</p>
            </div>
            <Show when=move || session.may_edit_campaigns()>
                <Button
                    busy=Signal::derive(move || {
                        start.pending().get() || starting.with(|job| job.as_ref().is_some_and(|job| !job.failed))
                    })
                    disabled=Signal::derive(move || !ready.get() || busy.get())
                    on:click=click
                >
                    "Start campaign"
                </Button>
            </Show>
        </div>
        {move || failure().map(|reason| view! { <p class="notice" data-tone="danger" role="alert">"The campaign could not start. " {reason}</p> })}
        {move || start.error().get().map(|error| view! { <ErrorNote error /> })}
    }
}

#[component]
fn BlockerLink(editor: Editor, blocker: Blocker) -> impl IntoView {
    let section = blocker.section.clone();
    let href = format!(
        "{}#section-{}",
        routes::campaign_edit(&editor.organization.get_untracked(), &editor.id()),
        blocker.section
    );
    view! {
        <li>
            <Icon glyph=Glyph::Warning />
            <a
                href=href
                on:click=move |event| {
                    event.prevent_default();
                    go_to(&section);
                }
            >
                {blocker.message}
            </a>
        </li>
    }
}
