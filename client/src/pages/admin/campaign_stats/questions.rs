use leptos::prelude::*;

use super::figures::{Figures, Question};
use crate::ui::Progress;

/// What texters found out, by question.
#[component]
pub fn QuestionResults(campaign: Memo<Figures>) -> impl IntoView {
    let questions = Memo::new(move |_| campaign.with(|campaign| campaign.questions.clone()));
    view! {
        <section class="card question-results" aria-label="Answers" hidden=move || questions.with(Vec::is_empty)>
            <h2>"Answers"</h2>
            <For
                each=move || questions.get()
                key=|one| (one.id.clone(), one.text.clone(), one.answers.clone())
                let(question)
            >
                <Answers question />
            </For>
        </section>
    }
}

#[component]
fn Answers(question: Question) -> impl IntoView {
    let total = question.total();
    let heading = if total == 0 {
        "nobody yet".to_owned()
    } else {
        format!("{total} answered")
    };
    let bar = move |(answer, count): (String, i64)| {
        view! { <li><Progress label=answer value=count max=total figures=count.to_string() /></li> }
    };
    view! {
        <h3>{question.text} " " <span class="soft small">{heading}</span></h3>
        <ul>{question.answers.into_iter().map(bar).collect_view()}</ul>
    }
}
