use leptos::prelude::*;

use super::{
    ExportCampaign, export_campaign,
    figures::{Export, Figures},
};
use crate::{
    graphql::use_mutation,
    ui::{Button, ErrorNote, Progress},
};

/// Makes the files of contacts and messages, and offers them.
#[component]
pub fn ExportCard(campaign: Memo<Figures>, changed: Callback<()>) -> impl IntoView {
    let export = Memo::new(move |_| campaign.with(|campaign| campaign.export.clone()));
    let start = use_mutation::<ExportCampaign>();
    let click = move |_| {
        let id = campaign.with_untracked(|campaign| campaign.id.clone());
        start.run(export_campaign::Variables { id }, move |_| changed.run(()));
    };
    let running = Signal::derive(move || export.with(Export::is_running));
    view! {
        <section class="card stack" aria-label="Export">
            <h2>"Export"</h2>
            {move || match export.get() {
                Export::None => view! { <p class="soft">"All contacts with their answers, and all messages, as CSV files."</p> }.into_any(),
                Export::Running(percent) => {
                    view! { <Progress label="Exporting" value=percent max=100 figures=format!("{percent} %") /> }.into_any()
                }
                Export::Failed(reason) => {
                    view! { <p class="notice" data-tone="danger">"The export failed. " {reason}</p> }.into_any()
                }
                Export::Ready(contacts, messages) => view! { <Downloads contacts messages /> }.into_any(),
            }}
            {move || start.error().get().map(|error| view! { <ErrorNote error /> })}
            <div class="row">
                <Button kind="secondary" busy=start.pending() disabled=running on:click=click>"Export data"</Button>
            </div>
        </section>
    }
}

#[component]
fn Downloads(contacts: Option<String>, messages: Option<String>) -> impl IntoView {
    view! {
        <p class="row">
            // `rel` keeps the router away: these are files, not pages.
            {contacts.map(|url| view! { <a class="button" href=url rel="external" download="">"Download contacts"</a> })}
            {messages.map(|url| view! { <a class="button" href=url rel="external" download="">"Download messages"</a> })}
        </p>
    }
}
