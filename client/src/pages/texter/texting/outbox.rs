use std::collections::BTreeMap;

use gloo_timers::future::TimeoutFuture;
use leptos::{ev, prelude::*, task::spawn_local};

use super::{
    SendMessage,
    contact::Contact,
    refusals::{Outcome, advice, outcome},
    send_message,
};
use crate::{
    graphql::{ApiError, execute},
    subscription::backoff_ms,
    ui::{Button, Glyph, Icon, Toasts, use_toasts},
};

/// How often a text is tried that the server answers with a failure. Without an answer there is no end.
const TRIES: u32 = 7;
/// A text that takes longer is talked about; before, a line would only come and go under the thumb.
const LATE_MS: u64 = 1_500;

/// First messages on their way to the server: shown until they are taken, whatever page is open.
#[derive(Debug, Clone, Copy)]
pub struct Outbox {
    entries: RwSignal<Vec<Entry>>,
    sent: RwSignal<BTreeMap<String, usize>>,
    reader: StoredValue<Option<Reader>>,
    toasts: Toasts,
}

/// The open page of an assignment, which shows the texts that must be read again.
#[derive(Debug, Clone)]
struct Reader {
    assignment_id: String,
    on_read_again: Callback<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    contact: Contact,
    message: Draft,
    state: State,
    is_late: bool,
    /// Counts the deliveries that were begun: an older one that wakes up has nothing to do any more.
    run: u32,
}

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The assignment.
    pub assignment_id: String,
    /// A changed text; none sends the script as the server renders it.
    pub text: Option<String>,
    /// The version of the script that the texter saw.
    pub script_version: i64,
    /// The same for every attempt, so that the contact gets the text once.
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Sending,
    Waiting,
    Failed(String),
}

/// Provides the outbox to everything below; needs the toasts above.
pub fn provide_outbox() -> Outbox {
    let outbox = Outbox {
        entries: RwSignal::new(Vec::new()),
        sent: RwSignal::new(BTreeMap::new()),
        reader: StoredValue::new(None),
        toasts: use_toasts(),
    };
    provide_context(outbox);
    let leaving = window_event_listener(ev::beforeunload, move |event| {
        if outbox.is_busy() {
            event.prevent_default();
        }
    });
    let online = window_event_listener(ev::online, move |_| outbox.wake());
    on_cleanup(move || {
        leaving.remove();
        online.remove();
    });
    outbox
}

/// The outbox provided above.
pub fn use_outbox() -> Outbox {
    expect_context()
}

impl Outbox {
    /// While the page is open it gets the contacts of its assignment whose script changed meanwhile.
    pub fn read_again_here(&self, assignment_id: Memo<String>, on_read_again: Callback<String>) {
        let reader = self.reader;
        Effect::new(move |_| {
            reader.set_value(Some(Reader {
                assignment_id: assignment_id.get(),
                on_read_again,
            }))
        });
        // The next page may be there already when this one goes.
        on_cleanup(move || {
            let here = assignment_id.try_get_untracked();
            reader.update_value(|reader| {
                reader.take_if(|reader| here.as_ref().is_none_or(|here| *here == reader.assignment_id));
            });
        });
    }

    /// Sends, repeating after failures of the network.
    pub fn send(&self, contact: Contact, message: Draft) {
        let id = contact.id.clone();
        self.entries.update(|all| {
            all.push(Entry {
                contact,
                message,
                state: State::Sending,
                is_late: false,
                run: 0,
            })
        });
        self.deliver(id);
    }

    /// How many of an assignment the server has taken.
    pub fn sent(&self, assignment_id: &str) -> usize {
        self.sent
            .with(|sent| sent.get(assignment_id).copied().unwrap_or_default())
    }

    /// Whether a text to this contact is here.
    pub fn holds(&self, contact_id: &str) -> bool {
        self.entries
            .with_untracked(|all| all.iter().any(|entry| entry.contact.id == contact_id))
    }

    /// Whether something has not arrived yet.
    fn is_busy(&self) -> bool {
        self.entries
            .with_untracked(|all| all.iter().any(|entry| !matches!(entry.state, State::Failed(_))))
    }

    /// How many texts of an assignment have not arrived yet.
    pub fn under_way(&self, assignment_id: &str) -> usize {
        let is_its = |entry: &&Entry| entry.message.assignment_id == assignment_id;
        self.entries.with(|all| all.iter().filter(is_its).count())
    }

    /// Whether every text was taken.
    pub fn is_empty(&self) -> bool {
        self.entries.with(Vec::is_empty)
    }

    /// Tries all that wait, at once: the connection is back.
    fn wake(&self) {
        let waiting = self.entries.with_untracked(|all| {
            all.iter()
                .filter(|entry| entry.state == State::Waiting)
                .map(|entry| entry.contact.id.clone())
                .collect::<Vec<_>>()
        });
        for id in waiting {
            self.deliver(id);
        }
    }

    fn deliver(&self, id: String) {
        let this = *self;
        let Some(run) = this.begin(&id) else { return };
        let late = id.clone();
        set_timeout(
            move || {
                this.change(&late, run, |entry| entry.is_late = true);
            },
            std::time::Duration::from_millis(LATE_MS),
        );
        spawn_local(async move {
            for attempt in 0.. {
                let Some(variables) = this.entries.with_untracked(|all| variables(all, &id, run)) else {
                    return;
                };
                let assignment_id = variables.message.assignment_id.clone().unwrap_or_default();
                let result = execute::<SendMessage>(variables).await;
                let outcome = result.as_ref().map_or_else(outcome, |_| Outcome::Done);
                let error = result.err();
                let may_repeat = attempt + 1 < TRIES || error.as_ref().is_some_and(ApiError::is_unanswered);
                match (outcome, error) {
                    (Outcome::Done, _) => return this.finish(&id, &assignment_id),
                    (Outcome::ReadAgain, _) => return this.read_again(&id, &assignment_id),
                    (Outcome::Repeat, _) if may_repeat => {
                        this.change(&id, run, |entry| {
                            entry.state = State::Waiting;
                            // From now on it is shown until it is taken.
                            entry.is_late = true;
                        });
                    }
                    (_, error) => {
                        let reason = error.as_ref().map(advice).unwrap_or_default();
                        this.change(&id, run, |entry| entry.state = State::Failed(reason));
                        return;
                    }
                }
                TimeoutFuture::new(backoff_ms(attempt + 1, js_sys::Math::random())).await;
                if !this.change(&id, run, |entry| entry.state = State::Sending) {
                    return;
                }
            }
        });
    }

    /// Makes this delivery the only one of the text.
    fn begin(&self, id: &str) -> Option<u32> {
        self.entries.try_update(|all| {
            let entry = all.iter_mut().find(|entry| entry.contact.id == id)?;
            entry.run = entry.run.wrapping_add(1);
            entry.state = State::Sending;
            Some(entry.run)
        })?
    }

    fn finish(&self, id: &str, assignment_id: &str) {
        self.forget(id);
        self.sent
            .update(|sent| *sent.entry(assignment_id.to_owned()).or_default() += 1);
    }

    fn read_again(&self, id: &str, assignment_id: &str) {
        self.forget(id);
        let reader = self
            .reader
            .get_value()
            .filter(|reader| reader.assignment_id == assignment_id);
        match reader {
            Some(reader) => reader.on_read_again.run(id.to_owned()),
            // It is on the list again by itself: the server still counts it as not sent.
            None => self
                .toasts
                .show("The script was changed before a text was sent. It is on your list again."),
        }
    }

    fn forget(&self, id: &str) {
        self.entries
            .update(|all| all.retain(|entry| entry.contact.id != id));
    }

    /// Changes the text unless another delivery took over; says whether it did.
    fn change(&self, id: &str, run: u32, change: impl FnOnce(&mut Entry)) -> bool {
        let is_ours = |entry: &Entry| entry.contact.id == id && entry.run == run;
        if !self.entries.with_untracked(|all| all.iter().any(is_ours)) {
            return false;
        }
        self.entries.update(|all| {
            if let Some(entry) = all.iter_mut().find(|entry| is_ours(entry)) {
                change(entry);
            }
        });
        true
    }
}

fn variables(entries: &[Entry], id: &str, run: u32) -> Option<send_message::Variables> {
    let is_ours = |entry: &&Entry| entry.contact.id == id && entry.run == run;
    let Entry { contact, message, .. } = entries.iter().find(is_ours)?;
    Some(send_message::Variables {
        campaign_contact_id: id.to_owned(),
        message: send_message::MessageInput {
            assignment_id: Some(message.assignment_id.clone()),
            contact_number: Some(contact.cell.clone()),
            script_version: message.text.is_none().then_some(message.script_version),
            text: message.text.clone(),
            idempotency_key: Some(message.key.clone()),
            ..Default::default()
        },
    })
}

/// A key that no other request has.
pub fn fresh_key(contact_id: &str) -> String {
    let random = || js_sys::Math::random().to_bits();
    format!(
        "{contact_id}-{:x}{:x}{:x}",
        js_sys::Date::now().to_bits(),
        random(),
        random()
    )
}

/// The texts that are not taken yet, and what to do about those that failed.
#[component]
pub fn OutboxView() -> impl IntoView {
    let outbox = use_outbox();
    let is_quiet = move || {
        outbox.entries.with(|all| {
            all.iter()
                .all(|entry| entry.state == State::Sending && !entry.is_late)
        })
    };
    let under_way = move || {
        outbox.entries.with(|all| {
            all.iter()
                .filter(|entry| !matches!(entry.state, State::Failed(_)))
                .count()
        })
    };
    let waiting = move || {
        outbox
            .entries
            .with(|all| all.iter().any(|entry| entry.state == State::Waiting))
    };
    let failed = move || {
        outbox.entries.with(|all| {
            all.iter()
                .filter_map(|entry| match &entry.state {
                    State::Failed(reason) => Some((
                        entry.contact.id.clone(),
                        entry.contact.full_name(),
                        reason.clone(),
                    )),
                    _ => None,
                })
                .collect::<Vec<_>>()
        })
    };
    view! {
        <section class="outbox" aria-label="Texts on their way" hidden=is_quiet>
            <p role="status" hidden=move || under_way() == 0>
                <Icon glyph=Glyph::Clock />
                {move || {
                    let texts = if under_way() == 1 { "text" } else { "texts" };
                    if waiting() {
                        format!("No connection: {} {texts} waiting. Go on!", under_way())
                    } else {
                        format!("Sending {} {texts}…", under_way())
                    }
                }}
            </p>
            <ul>
                <For each=failed key=|entry| entry.0.clone() let((id, name, reason))>
                    <FailedText outbox id name reason />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn FailedText(outbox: Outbox, id: String, name: String, reason: String) -> impl IntoView {
    let again = id.clone();
    view! {
        <li>
            <p><strong>{name}</strong>" did not get the text. "{reason}</p>
            <div class="row">
                <Button
                    kind="secondary"
                    on:click=move |_| outbox.deliver(again.clone())
                >
                    "Try again"
                </Button>
                <Button kind="quiet" on:click=move |_| outbox.forget(&id)>"Dismiss"</Button>
            </div>
        </li>
    }
}
