//! The texts that the vendor has.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{faults::Faults, journal::Journal};

/// The number that texts come from where the client names none.
pub const OWN_NUMBER: &str = "+15005550006";
/// The code of texts that do not arrive: "Unreachable destination handset".
pub const UNDELIVERED_CODE: i32 = 30003;

/// A text, either way.
#[derive(Debug, Clone)]
pub struct Text {
    /// Twilio's id: SM and 32 digits.
    pub sid: String,
    /// Whom it is for.
    pub to: String,
    /// Whom it is from; empty while a messaging service has not chosen.
    pub from: String,
    /// The messaging service; empty: none.
    pub service: String,
    /// What it says.
    pub body: String,
    /// Whether a contact wrote it.
    pub is_inbound: bool,
    /// `accepted`, `queued`, `sent`, `delivered`, `undelivered`, `received`.
    pub status: &'static str,
    /// Why it failed.
    pub error_code: Option<i32>,
    /// When it was taken, in microseconds since 1970.
    pub at: i64,
}

#[derive(Default)]
struct Texts {
    all: Vec<Text>,
    by_sid: HashMap<String, usize>,
    by_to: HashMap<String, Vec<usize>>,
}

/// What a list of texts is asked for.
#[derive(Debug, Default)]
pub struct Question {
    /// Whom they are for; none: anybody.
    pub to: Option<String>,
    /// Whom they are from; none: anybody.
    pub from: Option<String>,
    /// Taken then or later.
    pub after: Option<i64>,
    /// Taken before then or at it.
    pub before: Option<i64>,
    /// Texts taken later than this are not shown yet.
    pub shown_until: i64,
}

/// Counted things.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Requests to send.
    pub requests: u64,
    /// Texts taken.
    pub accepted: u64,
    /// Status callbacks that were answered with 2xx.
    pub callbacks: u64,
    /// Status callbacks given up.
    pub callbacks_lost: u64,
    /// Callbacks and texts from contacts that are still to be told.
    pub pending: u64,
    /// Texts from contacts.
    pub inbound: u64,
    /// Texts from contacts of which the server said 2xx at least once.
    pub inbound_told: u64,
    /// Texts from contacts given up.
    pub inbound_lost: u64,
}

/// How the stand-in is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account's id.
    pub account: String,
    /// Its secret.
    pub token: String,
    /// Where texts from contacts are told.
    pub inbound_url: String,
}

/// The stand-in. Shared by all its tasks.
pub struct Vendor {
    /// How it is set up.
    pub settings: Settings,
    /// What goes wrong.
    pub faults: Faults,
    /// The log.
    pub journal: Journal,
    texts: Mutex<Texts>,
    counts: Mutex<Counts>,
}

impl Vendor {
    /// A vendor that has no texts yet.
    pub fn new(settings: Settings, faults: Faults, journal: Journal) -> Arc<Self> {
        Arc::new(Self {
            settings,
            faults,
            journal,
            texts: Mutex::default(),
            counts: Mutex::default(),
        })
    }

    /// Changes the counts.
    pub fn count(&self, each: impl FnOnce(&mut Counts)) {
        each(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The counts.
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, each: impl FnOnce(&mut Texts) -> T) -> T {
        each(&mut self.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a text.
    pub fn keep(&self, text: Text) {
        self.with(|texts| {
            let at = texts.all.len();
            texts.by_sid.insert(text.sid.clone(), at);
            texts.by_to.entry(text.to.clone()).or_default().push(at);
            texts.all.push(text);
        });
    }

    /// A text by its id.
    pub fn text(&self, sid: &str) -> Option<Text> {
        self.with(|texts| texts.all.get(*texts.by_sid.get(sid)?).cloned())
    }

    /// Moves a text on.
    pub fn move_on(&self, sid: &str, status: &'static str, from: &str, error_code: Option<i32>) {
        self.with(|texts| {
            let text = texts.by_sid.get(sid).and_then(|at| texts.all.get_mut(*at));
            if let Some(text) = text {
                text.status = status;
                text.error_code = error_code;
                if text.from.is_empty() {
                    from.clone_into(&mut text.from);
                }
            }
        });
    }

    /// A page of texts, newest first, and whether there are more.
    pub fn list(&self, question: &Question, page: usize, page_size: usize) -> (Vec<Text>, bool) {
        let fits = |text: &&Text| {
            question.to.as_ref().is_none_or(|to| *to == text.to)
                && question.from.as_ref().is_none_or(|from| *from == text.from)
                && question.after.is_none_or(|after| text.at >= after)
                && question.before.is_none_or(|before| text.at <= before)
                && text.at <= question.shown_until
        };
        self.with(|texts| {
            let mut found: Vec<Text> = match &question.to {
                Some(to) => {
                    let places = texts.by_to.get(to).map(Vec::as_slice).unwrap_or_default();
                    let texts = places.iter().rev().filter_map(|at| texts.all.get(*at));
                    texts
                        .filter(fits)
                        .skip(page * page_size)
                        .take(page_size + 1)
                        .cloned()
                        .collect()
                }
                None => {
                    let texts = texts.all.iter().rev().filter(fits);
                    texts
                        .skip(page * page_size)
                        .take(page_size + 1)
                        .cloned()
                        .collect()
                }
            };
            let is_more = found.len() > page_size;
            found.truncate(page_size);
            (found, is_more)
        })
    }
}
