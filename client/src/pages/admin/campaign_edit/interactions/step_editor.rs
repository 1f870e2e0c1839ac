use leptos::prelude::*;

use super::{draft::Draft, script_field::ScriptField};
use crate::ui::{Button, Glyph, Icon, TextField};

/// A step: its text, its question, and for each answer the step that follows, drawn the same way.
#[component]
pub fn StepEditor(draft: Draft, fields: Memo<Vec<String>>, depth: usize) -> AnyView {
    let label = if depth == 0 {
        "Opening message"
    } else {
        "What to text then"
    };
    let question = if depth == 0 { "Question" } else { "Next question" };
    let asks = Memo::new(move |_| draft.question.with(|question| !question.trim().is_empty()));
    view! {
        <div class="step-editor">
            <ScriptField label value=draft.script fields />
            <TextField
                label=question
                value=draft.question
                hint=if depth == 0 { "What the texter finds out, for example: Will they come?" } else { "Leave empty if the conversation ends here." }
            />
            <Show when=move || asks.get()>
                <ol class="step-editor-answers">
                    <For each=move || draft.children.get() key=|child| child.key let(child)>
                        <li>
                            <div class="step-editor-answer">
                                <TextField label="Answer" value=child.answer />
                                <button
                                    type="button"
                                    aria-label=move || format!("Remove the answer {}", child.answer.get())
                                    on:click=move |_| draft.remove(child.key)
                                >
                                    <Icon glyph=Glyph::Close />
                                </button>
                            </div>
                            <StepEditor draft=child fields depth=depth + 1 />
                        </li>
                    </For>
                </ol>
                <Button kind="secondary" on:click=move |_| draft.add_answer()>
                    <Icon glyph=Glyph::Plus />
                    "Add an answer"
                </Button>
            </Show>
        </div>
    }
    .into_any()
}
