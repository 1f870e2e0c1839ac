use leptos::prelude::*;

use super::{
    EditCampaign, Editor, edit_campaign,
    section::{SaveBar, Section},
};
use crate::graphql::use_mutation;

mod draft;
mod script_field;
mod step_editor;
pub mod tree;

use draft::Draft;
use step_editor::StepEditor;
use tree::{Node, to_input};

/// The script: the opening message, the question, and what follows each answer, as deep as needed.
#[component]
pub fn InteractionsSection(editor: Editor) -> impl IntoView {
    let server = Memo::new(move |_| editor.campaign.with(|campaign| campaign.script.clone()));
    // What the form was made from. The form is made anew when the server has given ids to new steps.
    let base = RwSignal::new(server.get_untracked());
    let root = Memo::new(move |_| Draft::new(&base.get()));
    let now = Memo::new(move |_| root.get().snapshot());
    let dirty = Memo::new(move |_| now.with(|now| server.with(|server| !now.same_words(server))));
    Effect::new(move |_| {
        let new = server.get();
        if base.with_untracked(|base| *base != new) && now.with_untracked(|now| now.same_words(&new)) {
            base.set(new);
        }
    });
    let save = use_mutation::<EditCampaign>();
    let on_save = Callback::new(move |()| {
        let campaign = edit_campaign::CampaignInput {
            interaction_steps: Some(now.with_untracked(|now: &Node| to_input(now))),
            ..Default::default()
        };
        save.run(
            edit_campaign::Variables {
                id: editor.id(),
                campaign,
            },
            move |_| editor.changed(),
        );
    });
    let fields = Memo::new(move |_| editor.campaign.with(|campaign| campaign.custom_fields.clone()));
    view! {
        <Section name="interactions" title="Script">
            {move || view! { <StepEditor draft=root.get() fields depth=0 /> }}
            <SaveBar dirty save on_save label="Save script" />
        </Section>
    }
}
