use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::{
    AssignmentChanged, GetAssignmentContacts, TextingAssignment, assignment,
    assignment::Assignment,
    assignment_changed,
    contact::Contact,
    deck::Deck,
    first_message::FirstMessage,
    get_assignment_contacts,
    outbox::{self, Outbox, OutboxView},
    texting_assignment,
    toolbar::Toolbar,
};
use crate::{
    graphql::{ApiError, execute, use_query},
    routes::{Pile, texting, todos},
    subscription::{News, use_subscription},
    ui::{EmptyState, ErrorNote, Glyph, Progress, QueryView, use_toasts},
};

/// How many contacts the server lists at most.
const LONGEST_LIST: usize = 1_000;

/// The first messages of an assignment, one after the other.
#[component]
pub fn FirstMessagesPage() -> impl IntoView {
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
    let deck = RwSignal::new(Deck::default());
    let problem = RwSignal::new(None::<ApiError>);
    let query = use_query::<TextingAssignment>(move || {
        Some(texting_assignment::Variables {
            assignment_id: assignment_id.get(),
            with_names: false,
            contacts_filter: texting_assignment::ContactsFilter {
                message_status: Some("needsMessage".to_owned()),
                is_opted_out: Some(false),
                valid_timezone: Some(true),
                ..Default::default()
            },
        })
    });
    let load = Callback::new(move |()| load(assignment_id.get_untracked(), deck, problem));
    let known = Memo::new(move |_| query.get().as_ref().and_then(assignment::read));
    // The deck remembers what was dealt here, so it takes each newer list instead of being derived from it.
    Effect::new(move |_| {
        if let Some(known) = known.get() {
            deck.update(|deck| deck.list(known.contacts.into_iter().map(|one| one.id)));
            load.run(());
        }
    });
    use_subscription::<AssignmentChanged>(
        move || {
            Some(assignment_changed::Variables {
                assignment_id: assignment_id.get(),
            })
        },
        move |news| match news {
            News::Data(data) if !data.assignment_changed.contact_ids.is_empty() => {
                let touched = deck.with_untracked(|deck| deck.touched(&data.assignment_changed.contact_ids));
                if !touched.is_empty() {
                    fetch(assignment_id.get_untracked(), touched, deck, problem);
                }
            }
            News::Data(_) | News::Reconnected => query.refetch(),
        },
    );
    let toasts = use_toasts();
    let outbox = Outbox::new(Callback::new(move |contact_id: String| {
        toasts.show("The script was changed meanwhile. Here is the new text.");
        deck.update(|deck| {
            deck.put_back(&contact_id);
            deck.forget();
        });
        query.refetch();
    }));
    warn_before_leaving(outbox);
    // A list is cut off at its longest: the rest comes when these are sent.
    Effect::new(move |_| {
        let cut_off = known.with(|known| {
            known
                .as_ref()
                .is_some_and(|known| known.contacts.len() >= LONGEST_LIST)
        });
        if cut_off && outbox.is_empty() && deck.with(Deck::is_empty) {
            query.refetch();
        }
    });
    view! {
        <div class="texting">
            <Toolbar organization title=Signal::derive(move || known.get().map_or_else(|| "First messages".to_owned(), |one| one.title)) />
            <QueryView query let:_data>
                {move || match known.get() {
                    None => view! { <Gone organization=organization.get() /> }.into_any(),
                    Some(known) => {
                        view! { <Dealer known=StoredValue::new(known) deck outbox load organization assignment_id /> }.into_any()
                    }
                }}
                {move || problem.get().map(|error| view! { <ErrorNote error on_retry=load /> })}
            </QueryView>
            <OutboxView outbox />
        </div>
    }
}

/// The contact on top, or the end.
#[component]
fn Dealer(
    known: StoredValue<Assignment>,
    deck: RwSignal<Deck>,
    outbox: Outbox,
    load: Callback<()>,
    organization: Memo<String>,
    assignment_id: Memo<String>,
) -> impl IntoView {
    let top = Memo::new(move |_| deck.with(|deck| deck.top().cloned()));
    let left = Memo::new(move |_| i64::try_from(deck.with(Deck::left)).unwrap_or_default());
    let sent = Memo::new(move |_| i64::try_from(outbox.sent()).unwrap_or_default());
    let may_edit = known.with_value(|known| known.allow_initial_edit);
    let send = Callback::new(move |text: Option<String>| {
        let Some(contact) = deck.try_update(Deck::deal).flatten() else {
            return;
        };
        let draft = outbox::Draft {
            assignment_id: assignment_id.get_untracked(),
            text,
            script_version: known.with_value(|known| known.script_version),
            key: outbox::fresh_key(&contact.id),
        };
        outbox.send(contact, draft);
        load.run(());
    });
    let skip = Callback::new(move |()| {
        deck.update(Deck::skip);
        load.run(());
    });
    view! {
        <div class="texting-progress">
            <Progress label="Sent" value=sent max=Signal::derive(move || sent.get() + left.get()) />
        </div>
        {move || match top.get() {
            Some(contact) => view! { <FirstMessage contact may_edit on_send=send on_skip=skip /> }.into_any(),
            None if deck.with(Deck::is_empty) => {
                view! { <AllSent known organization=organization.get() assignment=assignment_id.get() /> }.into_any()
            }
            None => view! { <p class="texting-wait soft" aria-busy="true">"Getting the next contact…"</p> }.into_any(),
        }}
    }
}

#[component]
fn AllSent(known: StoredValue<Assignment>, organization: String, assignment: String) -> impl IntoView {
    let (replies, later) = known.with_value(|known| (known.replies_now, known.first_later));
    let text = if later > 0 {
        format!("{later} more wait for texting hours. Replies to your texts appear on your list.")
    } else {
        "Replies to your texts appear on your list.".to_owned()
    };
    view! {
        <EmptyState title="All first messages are sent" text>
            <a class="button" data-kind="secondary" href=todos(&organization)>"Back to your texts"</a>
            {(replies > 0)
                .then(|| view! { <a class="button" href=texting(&organization, &assignment, Pile::Reply)>"Answer replies"</a> })}
        </EmptyState>
    }
}

/// The assignment does not exist for this user, or not any more.
#[component]
pub fn Gone(organization: String) -> impl IntoView {
    view! {
        <EmptyState
            glyph=Glyph::Warning
            title="Your assignment has changed"
            text="These contacts are no longer yours to text. Your list shows what there is to do now."
        >
            <a class="button" href=todos(&organization)>"Back to your texts"</a>
        </EmptyState>
    }
}

fn load(assignment_id: String, deck: RwSignal<Deck>, problem: RwSignal<Option<ApiError>>) {
    let wanted = deck.try_update(Deck::ask).unwrap_or_default();
    if !wanted.is_empty() {
        fetch(assignment_id, wanted, deck, problem);
    }
}

fn fetch(assignment_id: String, ids: Vec<String>, deck: RwSignal<Deck>, problem: RwSignal<Option<ApiError>>) {
    spawn_local(async move {
        let variables = get_assignment_contacts::Variables {
            assignment_id: assignment_id.clone(),
            contact_ids: ids.clone(),
        };
        let result = execute::<GetAssignmentContacts>(variables).await;
        if deck.is_disposed() {
            return;
        }
        match result {
            Ok(data) => {
                let contacts = data
                    .get_assignment_contacts
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(Contact::from)
                    .collect();
                problem.set(None);
                deck.update(|deck| deck.receive(&ids, contacts));
                load(assignment_id, deck, problem);
            }
            Err(error) => {
                deck.update(|deck| deck.give_up(&ids));
                problem.set(Some(error));
            }
        }
    });
}

/// Asks before the page is closed while texts are on their way.
fn warn_before_leaving(outbox: Outbox) {
    let listener = window_event_listener(ev::beforeunload, move |event| {
        if outbox.is_busy() {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}
