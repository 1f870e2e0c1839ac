use leptos::prelude::*;

/// A button. While busy it stays focusable but does nothing; attach `on:click` to it.
#[component]
pub fn Button(
    /// `primary`, `secondary`, `quiet` or `danger`.
    #[prop(default = "primary")]
    kind: &'static str,
    /// `submit` inside forms.
    #[prop(default = "button")]
    r#type: &'static str,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class="button"
            type=r#type
            data-kind=kind
            aria-busy=move || busy.get().then_some("true")
            disabled=move || disabled.get() || busy.get()
        >
            {children()}
        </button>
    }
}
