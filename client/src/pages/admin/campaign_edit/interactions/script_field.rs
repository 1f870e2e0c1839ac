use bellwether_domain::script;
use leptos::{html, prelude::*};

use crate::{pages::shared::SegmentCounter, ui::TextArea};

/// The tokens that are offered; the others work as well.
const OFFERED: [&str; 5] = [
    "firstName",
    "lastName",
    "texterAliasOrFirstName",
    "texterFirstName",
    "zip",
];

/// A text with tokens: buttons that put one in at the caret, a warning about unknown ones, and the length.
#[component]
pub fn ScriptField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    fields: Memo<Vec<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Textarea>::new();
    let insert = Callback::new(move |token: String| {
        let Some(area) = node.get_untracked() else { return };
        let (start, end) = (
            area.selection_start().ok().flatten(),
            area.selection_end().ok().flatten(),
        );
        let (Some(start), Some(end)) = (start, end) else {
            return;
        };
        let token = format!("{{{token}}}");
        // The caret goes behind the token, so that typing goes on there.
        if area
            .set_range_text_with_start_and_end_and_mode(&token, start, end, "end")
            .is_ok()
        {
            value.set(area.value());
            let _ = area.focus();
        }
    });
    let tokens = move || {
        let offered = OFFERED.iter().map(|token| (*token).to_owned());
        offered.chain(fields.get()).collect::<Vec<_>>()
    };
    let unknown = Memo::new(move |_| {
        value
            .with(|text| fields.with(|fields| script::parse(text).unknown_tokens(fields)))
            .join(", ")
    });
    view! {
        <div class="script-field">
            <TextArea label value rows=3 node />
            <div class="script-field-tokens" role="group" aria-label="Insert">
                <For each=tokens key=Clone::clone let(token)>
                    <TokenButton token insert />
                </For>
            </div>
            <p class="notice small" data-tone="warn" hidden=move || unknown.with(String::is_empty)>
                "Nothing is known by the name of " {unknown} ". Contacts would see an empty place."
            </p>
            <SegmentCounter text=value />
        </div>
    }
}

#[component]
fn TokenButton(token: String, insert: Callback<String>) -> impl IntoView {
    let shown = token.clone();
    view! {
        <button type="button" class="script-field-token" on:click=move |_| insert.run(token.clone())>
            {shown}
        </button>
    }
}
