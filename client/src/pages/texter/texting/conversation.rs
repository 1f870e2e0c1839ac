use leptos::{prelude::*, task::spawn_local};

use super::{
    assignment::Assignment,
    composer::Composer,
    contact::Contact,
    desk::{Desk, Draft},
    opt_out_dialog::OptOutDialog,
    outbox::fresh_key,
    shortcuts::{Shortcut, use_shortcuts},
    survey::{self, Answers},
    survey_panel::SurveyPanel,
    thread::Thread,
};
use crate::{
    graphql::ApiError,
    ui::{Button, use_toasts},
};

/// One conversation: the thread, the questions, the answer.
#[component]
pub fn Conversation(
    desk: Desk,
    known: StoredValue<Assignment>,
    /// The contact as it was when the conversation was opened.
    opened: Contact,
    /// The texter is done with this contact.
    on_done: Callback<()>,
) -> impl IntoView {
    let id = StoredValue::new(opened.id.clone());
    let contact = Memo::new(move |_| desk.contact(&id.get_value()).unwrap_or_else(|| opened.clone()));
    let draft = desk.draft(&id.get_value());
    let text = RwSignal::new(draft.as_ref().map(|draft| draft.text.clone()).unwrap_or_default());
    let answers = RwSignal::new(draft.map_or_else(|| contact.with_untracked(|one| one.answers.clone()), |draft| draft.answers));
    let work = Work { desk, contact, text, answers, busy: RwSignal::new(false), problem: RwSignal::new(None) };
    let opting_out = RwSignal::new(false);
    // Kept outside, so that the text is still there when the texter comes back to this contact.
    Effect::new(move |_| desk.keep(&id.get_value(), Draft { text: text.get(), answers: answers.get() }));
    let toasts = use_toasts();
    let done = Callback::new(move |news: String| {
        toasts.show(news);
        on_done.run(());
    });
    let send = Callback::new(move |()| work.send(done));
    use_shortcuts(move |shortcut| match shortcut {
        Shortcut::Send => send.run(()),
        Shortcut::Skip => work.set_status("closed", done),
        Shortcut::Next | Shortcut::Previous => {}
    });
    let on_answer = Callback::new(move |(step, value): (String, Option<String>)| {
        known.with_value(|known| {
            if let Some(script) = value.as_deref().and_then(|value| survey::script_after(&known.steps, &step, value)) {
                text.set(contact.with_untracked(|contact| contact.render(&script, &known.texter)));
            }
            answers.update(|answers| *answers = survey::answer(&known.steps, answers, &step, value.as_deref()));
        });
    });
    let steps = StoredValue::new(known.with_value(|known| known.steps.clone()));
    let (organization_id, opt_out_message) =
        known.with_value(|known| (known.organization_id.clone(), known.opt_out_message.clone()));
    let opted_out = Memo::new(move |_| contact.with(|contact| contact.opted_out));
    view! {
        <div class="conversation">
            <Thread contact />
            <div class="conversation-work">
                <SurveyPanel steps answers on_answer />
                <Show when=move || !opted_out.get()>
                    <Composer
                        text
                        busy=work.busy
                        problem=work.problem
                        placeholder=Signal::derive(move || format!("Write to {}", contact.with(|one| one.first_name.clone())))
                        on_send=send
                    />
                </Show>
                <Actions work opted_out done on_opt_out=Callback::new(move |()| opting_out.set(true)) />
            </div>
            <OptOutDialog
                open=opting_out
                contact
                organization_id
                default_message=opt_out_message
                busy=work.busy
                problem=work.problem
                on_opt_out=Callback::new(move |message| work.opt_out(message, opting_out, done))
                on_close=Callback::new(move |()| opting_out.set(false))
            />
        </div>
    }
}

/// What else can be done with the conversation.
#[component]
fn Actions(work: Work, opted_out: Memo<bool>, done: Callback<String>, on_opt_out: Callback<()>) -> impl IntoView {
    let closed = move || work.contact.with(|contact| contact.status == "closed");
    view! {
        <div class="conversation-actions">
            <Show when=move || work.has_new_answers() && work.text.with(|text| text.trim().is_empty())>
                <Button kind="secondary" busy=work.busy on:click=move |_| work.save_answers_only()>"Save answers"</Button>
            </Show>
            <Show when=move || !opted_out.get()>
                <Show
                    when=closed
                    fallback=move || {
                        view! {
                            <Button kind="quiet" busy=work.busy on:click=move |_| work.set_status("closed", done)>
                                "Close conversation"
                            </Button>
                        }
                    }
                >
                    <Button kind="quiet" busy=work.busy on:click=move |_| work.set_status("needsResponse", done)>
                        "Reopen conversation"
                    </Button>
                </Show>
                <Button kind="danger" on:click=move |_| on_opt_out.run(())>"Opt out"</Button>
            </Show>
        </div>
    }
}

/// The texter's work on one conversation, and the requests it makes.
#[derive(Debug, Clone, Copy)]
struct Work {
    desk: Desk,
    contact: Memo<Contact>,
    text: RwSignal<String>,
    answers: RwSignal<Answers>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<ApiError>>,
}

impl Work {
    fn has_new_answers(&self) -> bool {
        self.contact.with(|contact| self.answers.with(|answers| *answers != contact.answers))
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

    fn send(&self, done: Callback<String>) {
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
                    Some(answers) => this.desk.save_answers(&contact.id, &answers).await.map_err(not_saved),
                    None => Ok(()),
                }
            },
            move || done.run(news),
        );
    }

    fn save_answers_only(&self) {
        let this = *self;
        let id = self.contact.with_untracked(|contact| contact.id.clone());
        let answers = self.answers.get_untracked();
        self.run(async move { this.desk.save_answers(&id, &answers).await }, || {});
    }

    fn set_status(&self, status: &'static str, done: Callback<String>) {
        let this = *self;
        let contact = self.contact.get_untracked();
        let answers = self.new_answers();
        let news = if status == "closed" { "Conversation closed." } else { "Conversation reopened." };
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

    fn opt_out(&self, message: Option<String>, dialog: RwSignal<bool>, done: Callback<String>) {
        let this = *self;
        let contact = self.contact.get_untracked();
        let news = format!("{} is opted out.", contact.first_name);
        let message = message.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        self.run(
            async move {
                if let Some(text) = message.clone() {
                    let key = key_for(&contact, &text);
                    this.desk.send(&contact, text, key).await?;
                }
                this.desk.opt_out(&contact, message.is_some()).await
            },
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
    static KEYS: std::cell::RefCell<std::collections::BTreeMap<(String, usize, String), String>> = std::cell::RefCell::default();
}

/// One key for each text at each point of a conversation: the same text may be sent again after the next message.
fn key_for(contact: &Contact, text: &str) -> String {
    let place = (contact.id.clone(), contact.messages.len(), text.to_owned());
    KEYS.with_borrow_mut(|keys| keys.entry(place).or_insert_with(|| fresh_key(&contact.id)).clone())
}

fn not_saved(error: ApiError) -> ApiError {
    let message = format!("The text was sent, but the answers could not be saved. {}", error.message);
    ApiError { code: "ANSWERS_NOT_SAVED".to_owned(), message, ..error }
}
