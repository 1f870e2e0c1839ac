use std::collections::{BTreeMap, BTreeSet};

use leptos::{prelude::*, task::spawn_local};

use super::{
    CreateOptOut, EditCampaignContactMessageStatus, GetAssignmentContacts, SendMessage,
    UpdateQuestionResponses,
    contact::Contact,
    create_opt_out, edit_campaign_contact_message_status, get_assignment_contacts,
    refusals::{Outcome, outcome},
    send_message,
    survey::Answers,
    update_question_responses,
};
use crate::graphql::{ApiError, execute};

/// The conversations that are open on the texter's desk: their contacts, and what is written but not sent.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    /// The assignment.
    pub assignment_id: Memo<String>,
    contacts: RwSignal<BTreeMap<String, Contact>>,
    gone: RwSignal<BTreeSet<String>>,
    drafts: StoredValue<BTreeMap<String, Draft>>,
    problem: RwSignal<Option<ApiError>>,
}

/// What is written to a contact but not sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// The script's text that was put there; while it stands unchanged another may take its place.
    pub filled: String,
    /// The answers chosen.
    pub answers: Answers,
}

impl Desk {
    /// An empty desk.
    pub fn new(assignment_id: Memo<String>) -> Self {
        Self {
            assignment_id,
            contacts: RwSignal::new(BTreeMap::new()),
            gone: RwSignal::new(BTreeSet::new()),
            drafts: StoredValue::new(BTreeMap::new()),
            problem: RwSignal::new(None),
        }
    }

    /// A contact, if loaded.
    pub fn contact(&self, id: &str) -> Option<Contact> {
        self.contacts.with(|all| all.get(id).cloned())
    }

    /// A contact, if loaded, without being told of changes.
    pub fn contact_untracked(&self, id: &str) -> Option<Contact> {
        self.contacts.with_untracked(|all| all.get(id).cloned())
    }

    /// Whether a contact is loaded.
    pub fn has(&self, id: &str) -> bool {
        self.contacts.with(|all| all.contains_key(id))
    }

    /// Whether a contact has left the assignment.
    pub fn is_gone(&self, id: &str) -> bool {
        self.gone.with(|all| all.contains(id))
    }

    /// The newest status of a contact, if loaded.
    pub fn status(&self, id: &str) -> Option<String> {
        self.contacts
            .with(|all| all.get(id).map(|contact| contact.status.clone()))
    }

    /// Why loading failed.
    pub fn problem(&self) -> Option<ApiError> {
        self.problem.get()
    }

    /// What was written before.
    pub fn draft(&self, id: &str) -> Option<Draft> {
        self.drafts.with_value(|all| all.get(id).cloned())
    }

    /// Keeps what is written.
    pub fn keep(&self, id: &str, draft: Draft) {
        self.drafts.update_value(|all| {
            all.insert(id.to_owned(), draft);
        });
    }

    /// Loads those of these contacts that are not loaded.
    pub fn load_missing(&self, ids: Vec<String>) {
        let missing = self
            .contacts
            .with_untracked(|all| ids.into_iter().filter(|id| !all.contains_key(id)).collect());
        self.load(missing);
    }

    /// Loads those of these contacts anew that are loaded; all when the list is empty.
    pub fn reload(&self, ids: &[String]) {
        let loaded = self.contacts.with_untracked(|all| {
            all.keys()
                .filter(|id| ids.is_empty() || ids.contains(id))
                .cloned()
                .collect::<Vec<_>>()
        });
        self.load(loaded);
    }

    fn load(&self, ids: Vec<String>) {
        if ids.is_empty() {
            return;
        }
        let this = *self;
        let assignment_id = self.assignment_id.get_untracked();
        spawn_local(async move {
            let variables = get_assignment_contacts::Variables {
                assignment_id,
                contact_ids: ids.clone(),
            };
            let result = execute::<GetAssignmentContacts>(variables).await;
            if this.contacts.is_disposed() {
                return;
            }
            match result {
                Ok(data) => {
                    let found: Vec<Contact> = data
                        .get_assignment_contacts
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(Contact::from)
                        .collect();
                    this.problem.set(None);
                    this.gone.update(|gone| {
                        for id in ids {
                            if found.iter().any(|contact| contact.id == id) {
                                gone.remove(&id);
                            } else {
                                gone.insert(id);
                            }
                        }
                    });
                    this.contacts.update(|all| {
                        for contact in found {
                            all.insert(contact.id.clone(), contact);
                        }
                    });
                }
                Err(error) => this.problem.set(Some(error)),
            }
        });
    }

    /// Sends a text. A text that the server has already counts as sent.
    pub async fn send(&self, contact: &Contact, text: String, key: String) -> Result<(), ApiError> {
        let variables = send_message::Variables {
            campaign_contact_id: contact.id.clone(),
            message: send_message::MessageInput {
                assignment_id: Some(self.assignment_id.get_untracked()),
                contact_number: Some(contact.cell.clone()),
                text: Some(text),
                idempotency_key: Some(key),
                ..Default::default()
            },
        };
        match execute::<SendMessage>(variables).await {
            Err(error) if outcome(&error) != Outcome::Done => Err(error),
            _ => Ok(()),
        }
    }

    /// Saves all answers; the server replaces what it had.
    pub async fn save_answers(&self, contact_id: &str, answers: &Answers) -> Result<(), ApiError> {
        let question_responses = answers
            .iter()
            .map(|(step, value)| update_question_responses::QuestionResponseInput {
                campaign_contact_id: contact_id.to_owned(),
                interaction_step_id: step.clone(),
                value: value.clone(),
            })
            .collect();
        let variables = update_question_responses::Variables {
            question_responses,
            campaign_contact_id: contact_id.to_owned(),
        };
        execute::<UpdateQuestionResponses>(variables).await.map(|_| ())
    }

    /// Closes or reopens a conversation.
    pub async fn set_status(&self, contact_id: &str, status: &str) -> Result<(), ApiError> {
        let variables = edit_campaign_contact_message_status::Variables {
            message_status: status.to_owned(),
            campaign_contact_id: contact_id.to_owned(),
        };
        execute::<EditCampaignContactMessageStatus>(variables)
            .await
            .map(|_| ())
    }

    /// Opts a contact out, with the last message in the same transaction.
    pub async fn opt_out(&self, contact: &Contact, message: Option<String>) -> Result<(), ApiError> {
        let variables = create_opt_out::Variables {
            no_reply: message.is_none().then_some(true),
            opt_out: create_opt_out::OptOutInput {
                assignment_id: self.assignment_id.get_untracked(),
                cell: contact.cell.clone(),
                message,
                ..Default::default()
            },
            campaign_contact_id: contact.id.clone(),
        };
        execute::<CreateOptOut>(variables).await.map(|_| ())
    }
}
