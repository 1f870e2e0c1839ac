use leptos::prelude::*;

use super::{DeleteJob, Editor, campaign::Job, delete_job, section::Section};
use crate::{
    graphql::use_mutation,
    ui::{Button, ErrorNote, Progress},
};

mod mapping;
mod picker;
mod result;
mod upload;

use mapping::MappingForm;
use picker::FilePicker;
use result::IngestResult;
use upload::Uploaded;

/// The kind of job that reads an uploaded file.
const JOB: &str = "ingest.csv-upload";

/// Who is texted: a file, its columns, and what became of it.
#[component]
pub fn ContactsSection(editor: Editor) -> impl IntoView {
    let uploaded = RwSignal::new(None::<Uploaded>);
    let started = Memo::new(move |_| editor.campaign.with(|campaign| campaign.started));
    let job = Memo::new(move |_| editor.campaign.with(|campaign| campaign.job(JOB).cloned()));
    let running = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| !job.failed)));
    let count = move || editor.campaign.with(|campaign| campaign.contacts_count);
    let ingest = Memo::new(move |_| editor.campaign.with(|campaign| campaign.ingest.clone()));
    view! {
        <Section name="contacts" title="Contacts">
            <div class="stack">
                <p class="contacts-count">
                    <strong>{count}</strong>
                    {move || if count() == 1 { " contact" } else { " contacts" }}
                </p>
                {move || job.get().map(|job| view! { <JobView editor job /> })}
                <Show when=move || !running.get()>
                    {move || ingest.get().map(|ingest| view! { <IngestResult ingest /> })}
                </Show>
                <Show
                    when=move || !started.get()
                    fallback=|| view! { <p class="soft">"The campaign is running, so its contacts stay as they are."</p> }
                >
                    <Show when=move || !running.get()>
                        {move || match uploaded.get() {
                            Some(file) => {
                                view! { <MappingForm editor file on_done=Callback::new(move |()| uploaded.set(None)) /> }.into_any()
                            }
                            None => {
                                view! { <FilePicker editor on_uploaded=Callback::new(move |file| uploaded.set(Some(file))) /> }
                                    .into_any()
                            }
                        }}
                    </Show>
                </Show>
            </div>
        </Section>
    }
}

/// A job under way, or why it failed.
#[component]
fn JobView(editor: Editor, job: Job) -> impl IntoView {
    let dismiss = use_mutation::<DeleteJob>();
    let id = job.id.clone();
    if job.failed {
        let message = if job.message.is_empty() {
            "The file could not be loaded.".to_owned()
        } else {
            job.message
        };
        view! {
            <div class="notice row" data-tone="danger" role="alert">
                <span>{message}</span>
                <Button
                    kind="quiet"
                    busy=dismiss.pending()
                    on:click=move |_| {
                        let variables = delete_job::Variables { campaign_id: editor.id(), id: id.clone() };
                        dismiss.run(variables, move |_| editor.changed());
                    }
                >
                    "Dismiss"
                </Button>
                {move || dismiss.error().get().map(|error| view! { <ErrorNote error /> })}
            </div>
        }
        .into_any()
    } else {
        view! {
            <Progress
                label="Loading contacts"
                value=job.status
                max=100
                figures=format!("{} %", job.status)
            />
        }
        .into_any()
    }
}
