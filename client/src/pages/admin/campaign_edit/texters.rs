use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    EditCampaign, Editor,
    campaign::{Campaign, Person},
    edit_campaign,
    section::{SaveBar, Section},
};
use crate::{
    graphql::use_mutation,
    ui::{Button, EmptyState, Glyph, Progress, TextField},
};

mod split;

/// From here on people are searched for.
const MANY: usize = 8;

use split::{Plan, split_evenly};

/// The kind of job that deals contacts to texters.
const JOB: &str = "assign_texters";

/// Who texts, and how many contacts each.
#[component]
pub fn TextersSection(editor: Editor) -> impl IntoView {
    let edited = RwSignal::new(BTreeMap::<String, i64>::new());
    let saved = RwSignal::new(BTreeMap::<String, i64>::new());
    let plan = Memo::new(move |_| {
        editor.campaign.with(|campaign| {
            edited.with(|edited| {
                saved.with(|saved| {
                    Plan::new(
                        campaign,
                        edited,
                        saved,
                        campaign.job(JOB).is_some_and(|job| !job.failed),
                    )
                })
            })
        })
    });
    let save = use_mutation::<EditCampaign>();
    let on_save = Callback::new(move |()| {
        let counts = plan.with_untracked(|plan| plan.counts.clone());
        let shown = editor.campaign.with_untracked(|campaign| campaign.people.clone());
        let texters = shown
            .into_iter()
            .map(|person| {
                Some(edit_campaign::TexterInput {
                    needs_message_count: Some(counts.get(&person.id).copied().unwrap_or_default()),
                    id: Some(person.id),
                    ..Default::default()
                })
            })
            .collect();
        let campaign = edit_campaign::CampaignInput {
            texters: Some(texters),
            ..Default::default()
        };
        save.run(
            edit_campaign::Variables {
                id: editor.id(),
                campaign,
            },
            move |_| {
                saved.set(counts);
                editor.changed();
            },
        );
    });
    let people = Memo::new(move |_| editor.campaign.with(|campaign| campaign.people.clone()));
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        wanted.with(|wanted| people.with(|people| named(people, wanted).cloned().collect::<Vec<_>>()))
    });
    let set = Callback::new(move |(id, count): (String, i64)| {
        edited.update(|edited| {
            edited.insert(id, count.max(0));
        })
    });
    let split = move |_| {
        let counts = plan.with_untracked(split_evenly);
        edited.set(counts);
    };
    view! {
        <Section name="texters" title="Texters">
            <Show
                when=move || people.with(|people| !people.is_empty())
                fallback=|| view! { <EmptyState glyph=Glyph::Person title="No texters yet" text="Invite people to your organization first." /> }
            >
                <div class="row texters-top">
                    <Remaining plan />
                    <Button kind="secondary" on:click=split>"Split evenly"</Button>
                </div>
                <Show when=move || people.with(|people| people.len() > MANY)>
                    <TextField label="Find a texter" value=wanted r#type="search" />
                    <p class="soft" hidden=move || !found.with(Vec::is_empty)>"Nobody here has that name."</p>
                </Show>
                <ul class="texters-list">
                    <For each=move || found.get() key=|person| (person.id.clone(), person.total, person.needs_message) let(person)>
                        <TexterRow person plan on_count=set />
                    </For>
                </ul>
            </Show>
            <Busy editor />
            <SaveBar
                dirty=Signal::derive(move || plan.with(|plan| plan.dirty))
                forbidden=Signal::derive(move || plan.with(|plan| plan.remaining() < 0))
                save
                on_save
                label="Save texters"
            />
        </Section>
    }
}

/// Those whose name contains what was typed.
fn named<'a>(people: &'a [Person], wanted: &str) -> impl Iterator<Item = &'a Person> {
    let wanted = wanted.trim().to_lowercase();
    people
        .iter()
        .filter(move |person| person.name.to_lowercase().contains(&wanted))
}

#[component]
fn Remaining(plan: Memo<Plan>) -> impl IntoView {
    let tone = move || {
        plan.with(|plan| match plan.remaining() {
            _ if plan.available == 0 => "plain",
            0 => "good",
            1.. => "warn",
            _ => "danger",
        })
    };
    let words = move || {
        plan.with(|plan| match plan.remaining() {
            _ if plan.available == 0 => "No contacts to give out".to_owned(),
            0 => "All contacts have a texter".to_owned(),
            left @ 1.. => format!("{left} of {} contacts without a texter", plan.available),
            over => format!("{} more than there are contacts", -over),
        })
    };
    view! { <span class="tag" role="status" data-tone=tone>{words}</span> }
}

#[component]
fn TexterRow(person: Person, plan: Memo<Plan>, on_count: Callback<(String, i64)>) -> impl IntoView {
    let id = StoredValue::new(person.id.clone());
    let field = format!("texter-{}", person.id);
    let count =
        Memo::new(move |_| plan.with(|plan| plan.counts.get(&id.get_value()).copied().unwrap_or_default()));
    let texted = person.total - person.needs_message;
    view! {
        <li>
            <label for=field.clone()>{person.name}</label>
            <span class="soft small">{(texted > 0).then(|| format!("{texted} texted"))}</span>
            <span class="field">
                <input
                    id=field
                    type="number"
                    inputmode="numeric"
                    min="0"
                    prop:value=move || count.get().to_string()
                    on:input:target=move |event| {
                        // An empty field is no one; the number shows again when the field is left.
                        on_count.run((id.get_value(), event.target().value().parse().unwrap_or(0)));
                    }
                />
            </span>
        </li>
    }
}

#[component]
fn Busy(editor: Editor) -> impl IntoView {
    let job = Memo::new(move |_| {
        editor
            .campaign
            .with(|campaign: &Campaign| campaign.job(JOB).cloned())
    });
    move || {
        job.get().map(|job| {
            if job.failed {
                view! { <p class="notice" data-tone="danger" role="alert">"The contacts could not be assigned. " {job.message}</p> }.into_any()
            } else {
                view! { <Progress label="Assigning contacts" value=job.status max=100 figures=format!("{} %", job.status) /> }.into_any()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_people_by_any_part_of_their_name() {
        let people = ["Tess Tran", "Theo Thomas"].map(|name| Person {
            name: name.to_owned(),
            ..Person::default()
        });
        let names = |wanted: &str| {
            named(&people, wanted)
                .map(|one| one.name.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(" tr"), ["Tess Tran"]);
        assert_eq!(names("").len(), 2);
        assert!(names("x").is_empty());
    }
}
