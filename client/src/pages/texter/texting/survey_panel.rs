use leptos::prelude::*;

use super::survey::{Answers, Asked, Step, asked};

/// The questions of the script so far, and their answers.
#[component]
pub fn SurveyPanel(
    steps: StoredValue<Vec<Step>>,
    #[prop(into)] answers: Signal<Answers>,
    /// Gets the step and the answer; no answer clears it.
    on_answer: Callback<(String, Option<String>)>,
) -> impl IntoView {
    let questions =
        Memo::new(move |_| steps.with_value(|steps| answers.with(|answers| asked(steps, answers))));
    view! {
        <section class="survey-panel" aria-label="Questions" hidden=move || questions.with(Vec::is_empty)>
            <For each=move || questions.get() key=|one| (one.step_id.clone(), one.chosen.clone()) let(question)>
                <Question question on_answer />
            </For>
        </section>
    }
}

#[component]
fn Question(question: Asked, on_answer: Callback<(String, Option<String>)>) -> impl IntoView {
    let id = format!("question-{}", question.step_id);
    let chosen = question.chosen.clone();
    let step_id = question.step_id.clone();
    view! {
        <div class="field">
            <label for=id.clone()>{question.question}</label>
            <select
                id=id
                on:change:target=move |event| {
                    let value = event.target().value();
                    on_answer.run((step_id.clone(), (!value.is_empty()).then_some(value)));
                }
            >
                <option value="" selected=chosen.is_none()>"Choose…"</option>
                {question
                    .options
                    .into_iter()
                    .map(|option| {
                        let selected = chosen.as_deref() == Some(option.as_str());
                        view! { <option value=option.clone() selected=selected>{option.clone()}</option> }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
