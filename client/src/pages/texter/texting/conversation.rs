use leptos::prelude::*;

use super::{
    assignment::Assignment,
    composer::Composer,
    contact::Contact,
    desk::{Desk, Draft},
    opt_out_dialog::OptOutDialog,
    shortcuts::{Shortcut, use_shortcuts},
    survey,
    survey_panel::SurveyPanel,
    thread::Thread,
    work::Work,
};
use crate::ui::{Button, use_toasts};

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
    let filled = RwSignal::new(
        draft
            .as_ref()
            .map(|draft| draft.filled.clone())
            .unwrap_or_default(),
    );
    let offered = RwSignal::new(None::<String>);
    let answers = RwSignal::new(draft.map_or_else(
        || contact.with_untracked(|one| one.answers.clone()),
        |draft| draft.answers,
    ));
    let work = Work {
        desk,
        contact,
        text,
        answers,
        busy: RwSignal::new(false),
        problem: RwSignal::new(None),
    };
    let opting_out = RwSignal::new(false);
    // Kept outside, so that the text is still there when the texter comes back to this contact.
    Effect::new(move |_| {
        desk.keep(
            &id.get_value(),
            Draft {
                text: text.get(),
                filled: filled.get(),
                answers: answers.get(),
            },
        )
    });
    let toasts = use_toasts();
    let done = Callback::new(move |news: String| {
        toasts.show(news);
        offered.try_set(None);
        on_done.run(());
    });
    let send = Callback::new(move |()| work.send(done));
    use_shortcuts(move |shortcut| match shortcut {
        Shortcut::Send => send.run(()),
        Shortcut::Skip => work.set_status("closed", done),
        Shortcut::Next | Shortcut::Previous => {}
    });
    let fill = Callback::new(move |script: String| {
        filled.set(script.clone());
        offered.set(None);
        text.set(script);
    });
    let on_answer = Callback::new(move |(step, value): (String, Option<String>)| {
        known.with_value(|known| {
            let script = value
                .as_deref()
                .and_then(|value| survey::script_after(&known.steps, &step, value))
                .map(|script| contact.with_untracked(|contact| contact.render(&script, &known.texter)));
            // What the texter wrote stays; what the script wrote makes room.
            if text.with_untracked(|text| filled.with_untracked(|filled| survey::may_replace(text, filled))) {
                fill.run(script.unwrap_or_default());
            } else {
                offered.set(script);
            }
            answers
                .update(|answers| *answers = survey::answer(&known.steps, answers, &step, value.as_deref()));
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
                        offered
                        on_use_offered=fill
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
fn Actions(
    work: Work,
    opted_out: Memo<bool>,
    done: Callback<String>,
    on_opt_out: Callback<()>,
) -> impl IntoView {
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
