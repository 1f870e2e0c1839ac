use gloo_timers::callback::Timeout;
use leptos::prelude::*;

const SHOWN_MS: u32 = 4_000;

/// Short news at the edge of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Toasts(RwSignal<Vec<Toast>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    id: u32,
    text: String,
}

impl Toasts {
    /// Shows `text` for a few seconds.
    pub fn show(&self, text: impl Into<String>) {
        let toasts = self.0;
        let id = toasts.with_untracked(|all| {
            all.iter()
                .map(|toast| toast.id)
                .max()
                .map_or(0, |id| id.wrapping_add(1))
        });
        // One at a time: more would cover the page.
        toasts.set(vec![Toast {
            id,
            text: text.into(),
        }]);
        Timeout::new(SHOWN_MS, move || {
            toasts.update(|all| all.retain(|toast| toast.id != id))
        })
        .forget();
    }
}

/// Provides the toasts to everything below.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts(RwSignal::new(Vec::new()));
    provide_context(toasts);
    toasts
}

/// The toasts provided above.
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts appear; always there, so that screen readers announce what comes.
#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toaster" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|toast| toast.id let(toast)>
                <p>{toast.text}</p>
            </For>
        </div>
    }
}
