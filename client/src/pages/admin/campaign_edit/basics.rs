use leptos::prelude::*;

use super::{
    EditCampaign, Editor,
    campaign::Basics,
    edit_campaign,
    section::{SaveBar, Section},
};
use crate::{
    graphql::use_mutation,
    ui::{TextArea, TextField, due_date_of_input, input_of_due_date},
};

/// Title, description, due date.
#[component]
pub fn BasicsSection(editor: Editor) -> impl IntoView {
    let saved = RwSignal::new(editor.campaign.with_untracked(|campaign| campaign.basics.clone()));
    let first = saved.get_untracked();
    let title = RwSignal::new(first.title);
    let description = RwSignal::new(first.description);
    let due = RwSignal::new(first.due_by.as_deref().map(input_of_due_date).unwrap_or_default());
    let may_edit_text = RwSignal::new(first.allow_initial_edit);
    let draft = move || Basics {
        title: title.get().trim().to_owned(),
        description: description.get().trim().to_owned(),
        due_by: due_date_of_input(&due.get()),
        allow_initial_edit: may_edit_text.get(),
    };
    let dirty = Memo::new(move |_| saved.with(|saved| differs(saved, &draft())));
    let save = use_mutation::<EditCampaign>();
    let on_save = Callback::new(move |()| {
        let next = draft();
        let campaign = edit_campaign::CampaignInput {
            title: Some(next.title.clone()),
            description: Some(next.description.clone()),
            due_by: next.due_by.clone(),
            allow_initial_edit: Some(next.allow_initial_edit),
            ..Default::default()
        };
        save.run(
            edit_campaign::Variables {
                id: editor.id(),
                campaign,
            },
            move |_| {
                saved.set(next);
                editor.changed();
            },
        );
    });
    view! {
        <Section name="basics" title="Basics">
            <div class="stack">
                <TextField label="Title" value=title required=true />
                <TextArea label="Description" value=description rows=2 hint="Texters see this on their list." />
                <TextField label="Due date" r#type="date" value=due />
                <label class="basics-check">
                    <input
                        type="checkbox"
                        prop:checked=may_edit_text
                        on:change:target=move |event| may_edit_text.set(event.target().checked())
                    />
                    <span>"Texters may change the first message before sending it"</span>
                </label>
            </div>
            <SaveBar dirty save on_save />
        </Section>
    }
}

/// Due dates are compared by day: the server may write the instant in another form.
fn differs(saved: &Basics, draft: &Basics) -> bool {
    let day = |basics: &Basics| basics.due_by.as_deref().map(input_of_due_date);
    saved.title.trim() != draft.title
        || saved.description.trim() != draft.description
        || day(saved) != day(draft)
        || saved.allow_initial_edit != draft.allow_initial_edit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_day_is_no_change() {
        let saved = Basics {
            due_by: Some("2026-12-01T23:59:59+00:00".to_owned()),
            ..Basics::default()
        };
        let draft = Basics {
            due_by: due_date_of_input("2026-12-01"),
            ..Basics::default()
        };
        assert!(!differs(&saved, &draft));
        assert!(differs(
            &saved,
            &Basics {
                title: "New".to_owned(),
                ..draft
            }
        ));
    }
}
