//! Texters and supervisors: they ask the same again under the same key until they are told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use vendor_standin::{faults::Dice, journal::now_micros};

use crate::{
    api::{Api, Ports, Told},
    contacts,
    seed::{Contact, SCRIPT_VERSION, World},
};

const SEND: &str = "mutation ($message: MessageInput!, $contact: String!) \
    { sendMessage(message: $message, campaignContactId: $contact) { id messageStatus } }";
const OPT_OUT: &str = "mutation ($optOut: OptOutInput!, $contact: String!) \
    { createOptOut(optOut: $optOut, campaignContactId: $contact, noReply: true) { id } }";
const ARCHIVE: &str = "mutation ($id: String!) { archiveCampaign(id: $id) { id isArchived } }";
const FIRST_WAIT: Duration = Duration::from_millis(60);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How often, in a thousand, a texter has the contact open in a second tab and taps in both: another key.
const SECOND_TAB: u64 = 40;
/// How often the same tap arrives twice at once: the same key.
const TWICE: u64 = 50;

/// A text of which a texter was told that it is on its way.
#[derive(Debug, Clone)]
pub struct Sent {
    pub user: i64,
    pub key: String,
    pub cell: String,
}

/// What people were told.
#[derive(Default)]
pub struct Tally {
    pub sent: Mutex<Vec<Sent>>,
    /// Refusals of texts, by code.
    pub refused: Mutex<BTreeMap<String, u64>>,
    /// Requests that had to be repeated, since nobody knew.
    pub repeated: AtomicU64,
    /// Cells whose opting out a texter was told is done.
    pub opted_out: Mutex<Vec<Contact>>,
    /// When a supervisor was told that the campaign is put away; 0: not yet.
    pub archived_at: Mutex<i64>,
    /// Texts from contacts, as the stand-in named them.
    pub inbound: Mutex<Vec<String>>,
    /// Nobody begins anything new any more.
    pub is_over: AtomicBool,
}

/// Adds to a shared list.
pub fn push<T>(list: &Mutex<Vec<T>>, one: T) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(one);
}

/// Asks until there is an answer; none when all is over first.
async fn insist(api: &mut Api, tally: &Tally, query: &str, variables: &Value) -> Option<Told> {
    let mut wait = FIRST_WAIT;
    loop {
        match api.ask(query, variables.clone()).await {
            Told::Nothing if tally.is_over.load(Ordering::Relaxed) => return None,
            Told::Nothing => {
                tally.repeated.fetch_add(1, Ordering::Relaxed);
                sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            told => return Some(told),
        }
    }
}

/// Sends a text until it is on its way or refused. Whether it is on its way.
pub async fn send(api: &mut Api, tally: &Tally, contact: &Contact, key: &str, text: Option<&str>) -> bool {
    let mut message = json!({ "assignmentId": contact.assignment.to_string(), "idempotencyKey": key });
    let added = match text {
        Some(text) => ("text", json!(text)),
        None => ("scriptVersion", json!(SCRIPT_VERSION)),
    };
    if let Value::Object(fields) = &mut message {
        fields.insert(added.0.to_owned(), added.1);
    }
    let variables = json!({ "message": message, "contact": contact.id.to_string() });
    match insist(api, tally, SEND, &variables).await {
        Some(Told::Done) => {
            let sent = Sent {
                user: contact.user,
                key: key.to_owned(),
                cell: contact.cell.clone(),
            };
            push(&tally.sent, sent);
            true
        }
        Some(Told::Refused(code)) => {
            let mut refused = tally.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused.entry(code).or_default() += 1;
            false
        }
        _ => false,
    }
}

/// A texter notes that a contact wants no more.
pub async fn opt_out(api: &mut Api, tally: &Tally, contact: &Contact) {
    let variables = json!({
        "optOut": { "assignmentId": contact.assignment.to_string(), "cell": contact.cell, "reason": "chaos" },
        "contact": contact.id.to_string(),
    });
    if let Some(Told::Done) = insist(api, tally, OPT_OUT, &variables).await {
        push(&tally.opted_out, contact.clone());
    }
}

/// A supervisor puts a campaign away.
async fn archive(ports: Ports, tally: Arc<Tally>, owner: i64, campaign: i64, at: Instant) {
    sleep_until(at).await;
    let mut api = Api::new(ports.server, owner);
    let told = insist(&mut api, &tally, ARCHIVE, &json!({ "id": campaign.to_string() })).await;
    if let Some(Told::Done) = told {
        *tally.archived_at.lock().unwrap_or_else(PoisonError::into_inner) = now_micros();
    }
}

/// How a run's load is spread.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub seed: u64,
    /// The time in which all first messages are to be sent. Where the server is slower, it takes longer.
    pub time: Duration,
}

/// Starts everybody. The tasks end when all is said.
pub fn start(world: &World, ports: Ports, tally: &Arc<Tally>, pace: Pace) -> JoinSet<()> {
    let mut people = JoinSet::new();
    let begun = Instant::now();
    for (number, contacts) in world.texters.iter().enumerate() {
        let dice = Dice::new(pace.seed.wrapping_mul(1_000).wrapping_add(number as u64));
        people.spawn(text_all(
            contacts.clone(),
            ports,
            Arc::clone(tally),
            dice,
            (begun, pace.time),
        ));
    }
    let dice = Dice::new(pace.seed.wrapping_mul(1_000).wrapping_add(999));
    let later =
        contacts::stop_while_waiting(world.later.clone(), ports, Arc::clone(tally), dice, pace.time / 2);
    people.spawn(later);
    let half = begun + pace.time / 2;
    people.spawn(archive(
        ports,
        Arc::clone(tally),
        world.owner,
        world.archived_campaign,
        half,
    ));
    people
}

/// One texter's work: a first message for each contact, and what comes of it.
async fn text_all(
    contacts: Vec<Contact>,
    ports: Ports,
    tally: Arc<Tally>,
    mut dice: Dice,
    (begun, time): (Instant, Duration),
) {
    let Some(first) = contacts.first() else { return };
    let mut api = Api::new(ports.server, first.user);
    let mut other = Api::new(ports.server, first.user);
    let mut conversations = JoinSet::new();
    let count = u32::try_from(contacts.len()).unwrap_or(u32::MAX).max(1);
    for (number, contact) in (0u32..).zip(&contacts) {
        sleep_until(begun + time * number / count).await;
        if tally.is_over.load(Ordering::Relaxed) {
            break;
        }
        let key = format!("first-{}", contact.id);
        let is_sent = if dice.permille(SECOND_TAB) {
            let second = format!("second-tab-{}", contact.id);
            let (one, two) = tokio::join!(
                send(&mut api, &tally, contact, &key, None),
                send(&mut other, &tally, contact, &second, None)
            );
            one || two
        } else if dice.permille(TWICE) {
            let (one, two) = tokio::join!(
                send(&mut api, &tally, contact, &key, None),
                send(&mut other, &tally, contact, &key, None)
            );
            one || two
        } else {
            send(&mut api, &tally, contact, &key, None).await
        };
        if is_sent {
            contacts::react(&mut conversations, contact, ports, &tally, &mut dice);
        }
        while conversations.try_join_next().is_some() {}
    }
    while conversations.join_next().await.is_some() {}
}
