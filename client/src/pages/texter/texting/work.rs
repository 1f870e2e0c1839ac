use std::{cell::RefCell, collections::BTreeMap};

use leptos::{prelude::*, task::spawn_local};

use super::{contact::Contact, desk::Desk, outbox::fresh_key, survey::Answers};
use crate::graphql::ApiError;

/// The texter's work on one conversation, and the requests it makes.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// Where the contacts are.
    pub desk: Desk,
    /// The contact, as it is now.
    pub contact: Memo<Contact>,
    /// What is written.
    pub text: RwSignal<String>,
    /// What was answered.
    pub answers: RwSignal<Answers>,
    /// Whether a request is under way.
    pub busy: RwSignal<bool>,
    /// Why the newest request failed.
    pub problem: RwSignal<Option<ApiError>>,
}

impl Work {
    /// Whether answers differ from what the server has.
    pub fn has_new_answers(&self) -> bool {
        self.contact
            .with(|contact| self.answers.with(|answers| *answers != contact.answers))
    }

    /// Runs one request at a time. On success the contact is loaded again and `done` gets the news.
    fn run<F>(&self, job: F, done: impl FnOnce() + 'static)
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        if self.busy.get_untracked() {
            return;
        }
        let this = *self;
        let id = self.contact.with_untracked(|contact| contact.id.clone());
        this.busy.set(true);
        this.problem.set(None);
        spawn_local(async move {
            let result = job.await;
            this.desk.reload(&[id]);
            if this.busy.is_disposed() {
                return;
            }
            this.busy.set(false);
            match result {
                Ok(()) => done(),
                Err(error) => this.problem.set(Some(error)),
            }
        });
    }

    /// Sends the text, then saves the answers.
    pub fn send(&self, done: Callback<String>) {
        let this = *self;
        let text = self.text.get_untracked().trim().to_owned();
        if text.is_empty() {
            return;
        }
        let contact = self.contact.get_untracked();
        let news = format!("Sent to {}.", contact.first_name);
        let answers = self.new_answers();
        // The key follows from the text, so that trying again after a lost answer sends nothing twice.
        let key = key_for(&contact, &text);
        self.run(
            async move {
                this.desk.send(&contact, text, key).await?;
                this.text.try_set(String::new());
                match answers {
                    Some(answers) => this
                        .desk
                        .save_answers(&contact.id, &answers)
                        .await
                        .map_err(not_saved),
                    None => Ok(()),
                }
            },
            move || done.run(news),
        );
    }

    /// Saves the answers alone.
    pub fn save_answers_only(&self) {
        let this = *self;
        let id = self.contact.with_untracked(|contact| contact.id.clone());
        let answers = self.answers.get_untracked();
        self.run(async move { this.desk.save_answers(&id, &answers).await }, || {});
    }

    /// Saves the answers, then closes or reopens the conversation.
    pub fn set_status(&self, status: &'static str, done: Callback<String>) {
        let this = *self;
        let contact = self.contact.get_untracked();
        let answers = self.new_answers();
        let news = if status == "closed" {
            "Conversation closed."
        } else {
            "Conversation reopened."
        };
        self.run(
            async move {
                if let Some(answers) = answers {
                    this.desk.save_answers(&contact.id, &answers).await?;
                }
                this.desk.set_status(&contact.id, status).await
            },
            move || {
                if status == "closed" {
                    done.run(news.to_owned());
                }
            },
        );
    }

    /// Opts the contact out, with the last message, if any.
    pub fn opt_out(&self, message: Option<String>, dialog: RwSignal<bool>, done: Callback<String>) {
        let this = *self;
        let contact = self.contact.get_untracked();
        let news = format!("{} is opted out.", contact.first_name);
        let message = message
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        self.run(
            async move { this.desk.opt_out(&contact, message).await },
            move || {
                dialog.set(false);
                done.run(news);
            },
        );
    }

    fn new_answers(&self) -> Option<Answers> {
        let answers = self.answers.get_untracked();
        (self.contact.with_untracked(|contact| contact.answers != answers)).then_some(answers)
    }
}

thread_local! {
    static KEYS: RefCell<BTreeMap<(String, usize, String), String>> = RefCell::default();
}

/// One key for each text at each point of a conversation: the same text may be sent again after the next message.
fn key_for(contact: &Contact, text: &str) -> String {
    let place = (contact.id.clone(), contact.messages.len(), text.to_owned());
    KEYS.with_borrow_mut(|keys| {
        keys.entry(place)
            .or_insert_with(|| fresh_key(&contact.id))
            .clone()
    })
}

fn not_saved(error: ApiError) -> ApiError {
    let message = format!(
        "The text was sent, but the answers could not be saved. {}",
        error.message
    );
    ApiError {
        code: "ANSWERS_NOT_SAVED".to_owned(),
        message,
        ..error
    }
}
