use leptos::prelude::*;

/// A labelled bar: "First messages sent — 12 of 50".
#[component]
pub fn Progress(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<i64>,
    #[prop(into)] max: Signal<i64>,
    /// Says the figures in other words than "12 of 50".
    #[prop(optional, into)]
    figures: MaybeProp<String>,
    /// `accent`, `good`, `warn` or `danger`.
    #[prop(default = "accent")]
    tone: &'static str,
) -> impl IntoView {
    let words = move || {
        figures
            .get()
            .unwrap_or_else(|| format!("{} of {}", value.get(), max.get()))
    };
    view! {
        <div class="progress" data-tone=tone>
            <span>{label}</span>
            <span class="progress-figures">{words}</span>
            <progress
                aria-label=move || label.get()
                max=move || max.get().max(1).to_string()
                value=move || value.get().clamp(0, max.get().max(1)).to_string()
            />
        </div>
    }
}
