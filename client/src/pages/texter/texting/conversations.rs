use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};

use super::{
    AssignmentChanged, TextingAssignment,
    assignment::{self, Assignment, Summary, merge},
    assignment_changed,
    contact::Contact,
    contact_bar::ContactBar,
    contact_list::ContactList,
    conversation::Conversation,
    desk::Desk,
    first_messages::Gone,
    order::{from, neighbour, next_waiting},
    shortcuts::{Shortcut, use_shortcuts},
    texting_assignment,
    toolbar::Toolbar,
};
use crate::{
    graphql::use_query,
    routes::{Pile, texting, todos},
    subscription::{News, use_subscription},
    ui::{EmptyState, ErrorNote, Glyph, Icon, QueryView},
};

/// The status we give to a contact who left the assignment while listed.
const GONE: &str = "gone";

/// Replies that wait for an answer.
#[component]
pub fn RepliesPage() -> impl IntoView {
    view! { <Conversations pile=Pile::Reply /> }
}

/// Conversations that were had.
#[component]
pub fn PastConversationsPage() -> impl IntoView {
    view! { <Conversations pile=Pile::Stale /> }
}

#[component]
fn Conversations(pile: Pile) -> impl IntoView {
    let params = use_params_map();
    let organization = Memo::new(move |_| {
        params
            .with(|params| params.get("organizationId"))
            .unwrap_or_default()
    });
    let assignment_id = Memo::new(move |_| {
        params
            .with(|params| params.get("assignmentId"))
            .unwrap_or_default()
    });
    let query = use_query::<TextingAssignment>(move || {
        Some(texting_assignment::Variables {
            assignment_id: assignment_id.get(),
            with_names: true,
            contacts_filter: filter(pile),
        })
    });
    let desk = Desk::new(assignment_id);
    use_subscription::<AssignmentChanged>(
        move || {
            Some(assignment_changed::Variables {
                assignment_id: assignment_id.get(),
            })
        },
        move |news| {
            query.refetch();
            match news {
                News::Data(data) => desk.reload(&data.assignment_changed.contact_ids),
                News::Reconnected => desk.reload(&[]),
            }
        },
    );
    let known = Memo::new(move |_| query.get().as_ref().and_then(assignment::read));
    let title = Signal::derive(move || {
        known
            .get()
            .map_or_else(|| "Conversations".to_owned(), |one| one.title)
    });
    view! {
        <div class="texting">
            <Toolbar organization title />
            <QueryView query let:_data>
                {move || match known.get_untracked() {
                    None => view! { <Gone organization=organization.get() /> }.into_any(),
                    Some(first) => view! { <Inbox pile desk first known organization /> }.into_any(),
                }}
            </QueryView>
        </div>
    }
}

/// The list and the conversation that is open.
#[component]
fn Inbox(
    pile: Pile,
    desk: Desk,
    first: Assignment,
    known: Memo<Option<Assignment>>,
    organization: Memo<String>,
) -> impl IntoView {
    let listed = Memo::new(move |before: Option<&Vec<Summary>>| {
        let now = known.get().map(|known| known.contacts).unwrap_or_default();
        merge(before.map_or(&[], Vec::as_slice), now)
    });
    let contacts = Memo::new(move |_| {
        let fresh = |one: Summary| {
            let status = if desk.is_gone(&one.id) {
                Some(GONE.to_owned())
            } else {
                desk.status(&one.id)
            };
            Summary {
                status: status.unwrap_or(one.status),
                ..one
            }
        };
        listed.get().into_iter().map(fresh).collect::<Vec<_>>()
    });
    let query = use_query_map();
    let selected = Memo::new(move |_| {
        let asked = query.with(|query| query.get("contact"));
        listed.with(|all| {
            asked
                .filter(|id| all.iter().any(|one| one.id == *id))
                .or_else(|| all.first().map(|one| one.id.clone()))
        })
    });
    let navigate = use_navigate();
    let select = Callback::new(move |id: String| {
        let path = texting(
            &organization.get_untracked(),
            &desk.assignment_id.get_untracked(),
            pile,
        );
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&format!("{path}?contact={id}"), options);
    });
    let step = Callback::new(move |by: isize| {
        let to =
            contacts.with_untracked(|all| selected.get_untracked().and_then(|id| neighbour(all, &id, by)));
        if let Some(id) = to {
            select.run(id);
        }
    });
    use_shortcuts(move |shortcut| match shortcut {
        Shortcut::Next => step.run(1),
        Shortcut::Previous => step.run(-1),
        Shortcut::Send | Shortcut::Skip => {}
    });
    let on_done = Callback::new(move |()| {
        let to =
            contacts.with_untracked(|all| selected.get_untracked().and_then(|id| next_waiting(all, &id)));
        if let Some(id) = to {
            select.run(id);
        }
    });
    // The open contact and the next few, so that going on does not wait.
    Effect::new(move |_| {
        if let Some(id) = selected.get() {
            desk.load_missing(contacts.with_untracked(|all| from(all, &id, 5)));
        }
    });
    let known = StoredValue::new(first);
    view! {
        {move || match selected.get() {
            None => view! { <NobodyWaits pile organization=organization.get() /> }.into_any(),
            Some(id) => {
                let loaded = { let id = id.clone(); Memo::new(move |_| desk.has(&id)) };
                let gone = { let id = id.clone(); Memo::new(move |_| desk.is_gone(&id)) };
                let shown = id.clone();
                view! {
                    <div class="inbox">
                        <ContactList contacts selected on_select=select />
                        <section class="inbox-open">
                            <Head desk id=id.clone() contacts on_step=step />
                            {move || desk.problem().map(|error| view! { <ErrorNote error on_retry=Callback::new(move |()| desk.reload(&[])) /> })}
                            {move || gone.get().then(|| view! { <p class="notice" data-tone="warn">"This contact is no longer assigned to you. Go on with the next one."</p> })}
                            {move || loaded.get().then(|| {
                                desk.contact_untracked(&shown).map(|opened| view! { <Conversation desk known opened on_done /> })
                            })}
                        </section>
                    </div>
                }.into_any()
            }
        }}
    }
}

/// Whom the conversation is with, where in the list, and the way to the next.
#[component]
fn Head(desk: Desk, id: String, contacts: Memo<Vec<Summary>>, on_step: Callback<isize>) -> impl IntoView {
    let name = {
        let id = id.clone();
        move || {
            contacts
                .with(|all| all.iter().find(|one| one.id == id).map(|one| one.name.clone()))
                .unwrap_or_default()
        }
    };
    let place = {
        let id = id.clone();
        move || {
            contacts
                .with(|all| all.iter().position(|one| one.id == id).map(|at| at + 1))
                .unwrap_or_default()
        }
    };
    let contact = Signal::derive(move || {
        desk.contact(&id).unwrap_or_else(|| Contact {
            first_name: name(),
            ..Contact::default()
        })
    });
    let count = move || contacts.with(Vec::len);
    view! {
        <ContactBar contact>
            <div class="inbox-steps">
                <button type="button" aria-label="Previous conversation" title="Ctrl + ," on:click=move |_| on_step.run(-1)>
                    <Icon glyph=Glyph::Back />
                </button>
                <span class="small soft">{place}" of "{count}</span>
                <button type="button" aria-label="Next conversation" title="Ctrl + ." on:click=move |_| on_step.run(1)>
                    <Icon glyph=Glyph::Forward />
                </button>
            </div>
        </ContactBar>
    }
}

#[component]
fn NobodyWaits(pile: Pile, organization: String) -> impl IntoView {
    let (title, text) = match pile {
        Pile::Stale => ("No past conversations", "Conversations you had appear here."),
        Pile::Reply | Pile::Text => ("No replies waiting", "New replies appear here as they come in."),
    };
    view! {
        <EmptyState title text>
            <a class="button" data-kind="secondary" href=todos(&organization)>"Back to your texts"</a>
        </EmptyState>
    }
}

fn filter(pile: Pile) -> texting_assignment::ContactsFilter {
    let status = match pile {
        Pile::Text => "needsMessage",
        Pile::Reply => "needsResponse",
        Pile::Stale => "convo,closed",
    };
    let waiting = pile != Pile::Stale;
    texting_assignment::ContactsFilter {
        message_status: Some(status.to_owned()),
        is_opted_out: waiting.then_some(false),
        valid_timezone: waiting.then_some(true),
        ..Default::default()
    }
}
