use leptos::{html, prelude::*, task::spawn_local};

use super::{
    super::Editor,
    upload::{Uploaded, upload},
};
use crate::{
    graphql::ApiError,
    ui::{ErrorNote, Glyph, Icon, Progress},
};

/// Chooses a file and sends it.
#[component]
pub fn FilePicker(editor: Editor, on_uploaded: Callback<Uploaded>) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let progress = RwSignal::new(None::<i64>);
    let problem = RwSignal::new(None::<ApiError>);
    let chosen = move |_| {
        let Some(input) = node.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        progress.set(Some(0));
        problem.set(None);
        spawn_local(async move {
            let result = upload(&editor.id(), &file, move |percent| {
                progress.try_set(Some(percent));
            })
            .await;
            if progress.is_disposed() {
                return;
            }
            progress.set(None);
            // So that the same file can be chosen again after it was mended.
            input.set_value("");
            match result {
                Ok(uploaded) => on_uploaded.run(uploaded),
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    view! {
        <div class="file-picker">
            <Icon glyph=Glyph::File />
            <label for="contacts-file">"Upload a CSV file"</label>
            <p class="soft small">"One row per contact, with a header row. Loading a file replaces the contacts loaded before."</p>
            <input
                id="contacts-file"
                type="file"
                accept=".csv,text/csv"
                node_ref=node
                disabled=move || progress.get().is_some()
                on:change=chosen
            />
            {move || progress.get().map(|percent| view! { <Progress label="Uploading" value=percent max=100 figures=format!("{percent} %") /> })}
            {move || problem.get().map(|error| view! { <ErrorNote error /> })}
        </div>
    }
}
