use leptos::prelude::*;

use super::EditCampaign;
use crate::{
    graphql::Mutation,
    ui::{Button, ErrorNote},
};

/// One section of the builder, with a heading that links can lead to.
#[component]
pub fn Section(name: &'static str, title: &'static str, children: Children) -> impl IntoView {
    let id = format!("section-{name}");
    let heading = format!("{id}-title");
    view! {
        <section class="section card" id=id aria-labelledby=heading.clone()>
            <h2 id=heading.clone() tabindex="-1">{title}</h2>
            {children()}
        </section>
    }
}

/// The foot of a section: whether all is saved, and the button that saves.
#[component]
pub fn SaveBar(
    #[prop(into)] dirty: Signal<bool>,
    save: Mutation<EditCampaign>,
    /// What the button says.
    #[prop(default = "Save")]
    label: &'static str,
    #[prop(optional, into)] forbidden: Signal<bool>,
    on_save: Callback<()>,
) -> impl IntoView {
    let state = move || match (save.pending().get(), dirty.get()) {
        (true, _) => "Saving…",
        (false, true) => "Unsaved changes",
        (false, false) => "Saved",
    };
    view! {
        {move || save.error().get().map(|error| view! { <ErrorNote error /> })}
        <footer class="save-bar">
            <span class="save-bar-state" role="status" data-dirty=move || dirty.get().to_string()>{state}</span>
            <Button
                busy=save.pending()
                disabled=Signal::derive(move || !dirty.get() || forbidden.get())
                on:click=move |_| on_save.run(())
            >
                {label}
            </Button>
        </footer>
    }
}

/// Brings a section into view and its heading into focus.
pub fn go_to(name: &str) {
    use wasm_bindgen::JsCast;
    let heading = document()
        .get_element_by_id(&format!("section-{name}-title"))
        .and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(heading) = heading {
        heading.scroll_into_view();
        // Focus is a courtesy: the section is in view already.
        let _ = heading.focus();
    }
}
