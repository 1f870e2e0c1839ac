use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{
    SendMessage,
    contact::Contact,
    refusals::{Outcome, advice, outcome},
    send_message,
};
use crate::{
    graphql::execute,
    subscription::backoff_ms,
    ui::{Button, Glyph, Icon},
};

const TRIES: u32 = 7;

/// First messages on their way to the server: shown until they are taken.
#[derive(Debug, Clone, Copy)]
pub struct Outbox {
    entries: RwSignal<Vec<Entry>>,
    sent: RwSignal<usize>,
    on_read_again: Callback<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    contact: Contact,
    message: Draft,
    state: State,
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

impl Outbox {
    /// An empty outbox; `on_read_again` gets the contacts whose script changed meanwhile.
    pub fn new(on_read_again: Callback<String>) -> Self {
        Self {
            entries: RwSignal::new(Vec::new()),
            sent: RwSignal::new(0),
            on_read_again,
        }
    }

    /// Sends, repeating after failures of the network.
    pub fn send(&self, contact: Contact, message: Draft) {
        let id = contact.id.clone();
        self.entries.update(|all| {
            all.push(Entry {
                contact,
                message,
                state: State::Sending,
            })
        });
        self.deliver(id);
    }

    /// How many the server has taken.
    pub fn sent(&self) -> usize {
        self.sent.get()
    }

    /// Whether something has not arrived yet.
    pub fn is_busy(&self) -> bool {
        self.entries
            .with_untracked(|all| all.iter().any(|entry| !matches!(entry.state, State::Failed(_))))
    }

    /// Whether every text was taken.
    pub fn is_empty(&self) -> bool {
        self.entries.with(Vec::is_empty)
    }

    fn deliver(&self, id: String) {
        let this = *self;
        spawn_local(async move {
            for attempt in 0..TRIES {
                let Some(Some(variables)) = this.entries.try_with_untracked(|all| variables(all, &id)) else {
                    return;
                };
                let result = execute::<SendMessage>(variables).await;
                if this.entries.is_disposed() {
                    return;
                }
                let Err(error) = result else {
                    return this.finish(&id);
                };
                match outcome(&error) {
                    Outcome::Done => return this.finish(&id),
                    Outcome::ReadAgain => {
                        this.forget(&id);
                        return this.on_read_again.run(id);
                    }
                    Outcome::Repeat if attempt + 1 < TRIES => this.mark(&id, State::Waiting),
                    Outcome::Repeat | Outcome::Refused => {
                        return this.mark(&id, State::Failed(advice(&error)));
                    }
                }
                TimeoutFuture::new(backoff_ms(attempt + 1, js_sys::Math::random())).await;
                if this.entries.is_disposed() {
                    return;
                }
                this.mark(&id, State::Sending);
            }
        });
    }

    fn finish(&self, id: &str) {
        self.forget(id);
        self.sent.update(|sent| *sent += 1);
    }

    fn forget(&self, id: &str) {
        self.entries
            .update(|all| all.retain(|entry| entry.contact.id != id));
    }

    fn mark(&self, id: &str, state: State) {
        self.entries.update(|all| {
            if let Some(entry) = all.iter_mut().find(|entry| entry.contact.id == id) {
                entry.state = state;
            }
        });
    }
}

fn variables(entries: &[Entry], id: &str) -> Option<send_message::Variables> {
    let Entry { contact, message, .. } = entries.iter().find(|entry| entry.contact.id == id)?;
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
pub fn OutboxView(outbox: Outbox) -> impl IntoView {
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
        <section class="outbox" aria-label="Texts on their way" hidden=move || outbox.is_empty()>
            <p role="status" hidden=move || under_way() == 0>
                <Icon glyph=Glyph::Clock />
                {move || {
                    let texts = if under_way() == 1 { "text" } else { "texts" };
                    if waiting() {
                        format!("{} {texts} waiting for the connection. You can go on.", under_way())
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
                    on:click=move |_| {
                        outbox.mark(&again, State::Sending);
                        outbox.deliver(again.clone());
                    }
                >
                    "Try again"
                </Button>
                <Button kind="quiet" on:click=move |_| outbox.forget(&id)>"Dismiss"</Button>
            </div>
        </li>
    }
}
