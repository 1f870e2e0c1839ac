use std::sync::atomic::{AtomicU32, Ordering};

use leptos::{html, prelude::*};

/// One line of text with its label, hint and error tied together.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(default = "text")] r#type: &'static str,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: MaybeProp<String>,
) -> impl IntoView {
    let id = next_id();
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id.clone()
                type=r#type
                autocomplete=(!autocomplete.is_empty()).then_some(autocomplete)
                required=required
                aria-describedby=hint_id.clone()
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
            />
            <p class="field-hint" id=hint_id>{move || hint.get()}</p>
        </div>
    }
}

/// Several lines of text that grow with what is typed.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] node: NodeRef<html::Textarea>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// Hides the label from the eye when the place says it already.
    #[prop(optional)]
    quiet_label: bool,
    #[prop(optional, into)] placeholder: MaybeProp<String>,
) -> impl IntoView {
    let id = next_id();
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=quiet_label>{label}</label>
            <textarea
                id=id.clone()
                node_ref=node
                rows=rows
                placeholder=move || placeholder.get()
                aria-describedby=hint_id.clone()
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
            />
            <p class="field-hint" id=hint_id>{move || hint.get()}</p>
        </div>
    }
}

fn next_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("field-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
