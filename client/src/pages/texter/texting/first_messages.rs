use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::{
    AssignmentChanged, GetAssignmentContacts, TextingAssignment, assignment,
    assignment::Assignment,
    assignment_changed,
    contact::Contact,
    deck::Deck,
    first_message::FirstMessage,
    get_assignment_contacts,
    outbox::{self, Outbox, use_outbox},
    texting_assignment,
    toolbar::Toolbar,
};
use crate::{
    graphql::{ApiError, execute, use_query},
    routes::{Pile, texting, todos},
    subscription::{News, use_subscription},
    ui::{EmptyState, ErrorNote, Glyph, Progress, QueryView, use_toasts},
};

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
    let known = Memo::new(move |_| query.get().as_ref().and_then(assignment::read));
    let table = Table {
        assignment_id,
        script_version: Memo::new(move |_| {
            known.with(|known| known.as_ref().map(|known| known.script_version))
        }),
        deck,
        problem,
    };
    let outbox = use_outbox();
    let toasts = use_toasts();
    // The deck remembers what was dealt here, so it takes each newer list instead of being derived from it.
    Effect::new(move |before: Option<Option<i64>>| {
        let before = before.flatten();
        let Some(known) = query.get().as_ref().and_then(assignment::read) else {
            return before;
        };
        let is_new_script = before.is_some_and(|before| before != known.script_version);
        if is_new_script {
            toasts.show("The script was changed meanwhile. Here is the new text.");
        }
        deck.update(|deck| {
            if is_new_script {
                deck.forget();
            }
            let ids = known.contacts.into_iter().map(|one| one.id);
            deck.list(ids.filter(|id| !outbox.holds(id)));
        });
        table.load();
        Some(known.script_version)
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
                    table.fetch(touched);
                }
                // At the end the page offers to answer replies: it must know of them.
                if deck.with_untracked(Deck::is_empty) {
                    query.refetch_soon();
                }
            }
            News::Data(_) | News::Reconnected => query.refetch(),
        },
    );
    outbox.read_again_here(
        assignment_id,
        Callback::new(move |contact_id: String| {
            deck.update(|deck| {
                deck.put_back(&contact_id);
                deck.forget();
            });
            query.refetch();
        }),
    );
    // A list is cut off at its longest, so the rest comes when these are sent; and what waits now is counted anew.
    Effect::new(move |before: Option<usize>| {
        let before = before.unwrap_or_default();
        let sent = outbox.sent(&assignment_id.get());
        if sent > before && outbox.is_empty() && deck.with(Deck::is_empty) {
            query.refetch();
            return sent;
        }
        before
    });
    view! {
        <div class="texting">
            <Toolbar organization title=Signal::derive(move || known.get().map_or_else(|| "First messages".to_owned(), |one| one.title)) />
            <QueryView query let:_data>
                <Show
                    when=move || known.with(Option::is_some)
                    fallback=move || view! { <Gone organization=organization.get() /> }
                >
                    <Dealer known table outbox organization />
                </Show>
                {move || problem.get().map(|error| view! { <ErrorNote error on_retry=Callback::new(move |()| table.load()) /> })}
            </QueryView>
        </div>
    }
}

/// The contact on top, or the end.
#[component]
fn Dealer(
    known: Memo<Option<Assignment>>,
    table: Table,
    outbox: Outbox,
    organization: Memo<String>,
) -> impl IntoView {
    let Table {
        assignment_id, deck, ..
    } = table;
    let top = Memo::new(move |_| deck.with(|deck| deck.top().cloned()));
    let left = Memo::new(move |_| i64::try_from(deck.with(Deck::left)).unwrap_or_default());
    let sent = Memo::new(move |_| i64::try_from(outbox.sent(&assignment_id.get())).unwrap_or_default());
    let all = Memo::new(move |_| {
        let under_way = i64::try_from(outbox.under_way(&assignment_id.get())).unwrap_or_default();
        sent.get() + left.get() + under_way
    });
    let may_edit =
        Memo::new(move |_| known.with(|known| known.as_ref().is_some_and(|known| known.allow_initial_edit)));
    let send = Callback::new(move |text: Option<String>| {
        let Some(contact) = deck.try_update(Deck::deal).flatten() else {
            return;
        };
        let draft = outbox::Draft {
            assignment_id: assignment_id.get_untracked(),
            text,
            script_version: contact.script_version,
            key: outbox::fresh_key(&contact.id),
        };
        outbox.send(contact, draft);
        table.load();
    });
    let skip = Callback::new(move |()| {
        deck.update(Deck::skip);
        table.load();
    });
    view! {
        <div class="texting-progress">
            <Progress label="Sent" value=sent max=all />
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
fn AllSent(known: Memo<Option<Assignment>>, organization: String, assignment: String) -> impl IntoView {
    let figure = move |read: fn(&Assignment) -> i64| {
        Memo::new(move |_| known.with(|known| known.as_ref().map(read).unwrap_or_default()))
    };
    let (replies, later) = (
        figure(|known| known.replies_now),
        figure(|known| known.first_later),
    );
    let text = Signal::derive(move || match later.get() {
        0 => "Replies to your texts appear on your list.".to_owned(),
        later => format!("{later} more wait for texting hours. Replies to your texts appear on your list."),
    });
    let answer = StoredValue::new(texting(&organization, &assignment, Pile::Reply));
    view! {
        <EmptyState title="All first messages are sent" text=MaybeProp::derive(move || Some(text.get()))>
            <a class="button" data-kind="secondary" href=todos(&organization)>"Back to your texts"</a>
            <Show when=move || { replies.get() > 0 }>
                <a class="button" href=answer.get_value()>"Answer replies"</a>
            </Show>
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

/// The deck of the page and what it is loaded with.
#[derive(Debug, Clone, Copy)]
struct Table {
    assignment_id: Memo<String>,
    script_version: Memo<Option<i64>>,
    deck: RwSignal<Deck>,
    problem: RwSignal<Option<ApiError>>,
}

impl Table {
    /// Loads what will be needed soon.
    fn load(self) {
        let wanted = self.deck.try_update(Deck::ask).unwrap_or_default();
        if !wanted.is_empty() {
            self.fetch(wanted);
        }
    }

    fn fetch(self, ids: Vec<String>) {
        // Known before the texts are rendered: a version that is too old is refused, one too new would send a text
        // that nobody has read.
        let script_version = self.script_version.get_untracked().unwrap_or_default();
        let variables = get_assignment_contacts::Variables {
            assignment_id: self.assignment_id.get_untracked(),
            contact_ids: ids.clone(),
        };
        spawn_local(async move {
            let result = execute::<GetAssignmentContacts>(variables).await;
            if self.deck.is_disposed() {
                return;
            }
            match result {
                Ok(data) => {
                    let contacts = data.get_assignment_contacts.into_iter().flatten().flatten();
                    let contacts = contacts.map(|contact| Contact {
                        script_version,
                        ..Contact::from(contact)
                    });
                    let contacts = contacts.collect();
                    self.problem.set(None);
                    // The script changed while they were on their way: they are asked for again.
                    if self.script_version.get_untracked() == Some(script_version) {
                        self.deck.update(|deck| deck.receive(&ids, contacts));
                    } else {
                        self.deck.update(|deck| deck.give_up(&ids));
                    }
                    self.load();
                }
                Err(error) => {
                    self.deck.update(|deck| deck.give_up(&ids));
                    self.problem.set(Some(error));
                }
            }
        });
    }
}
