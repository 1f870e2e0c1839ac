use leptos::{html, prelude::*};

/// The title of a page: its `h1`, the document's title, and where focus goes when the page opens.
#[component]
pub fn PageHeading(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    Effect::new(move |_| document().set_title(&format!("{} · Bellwether", text.get())));
    Effect::new(move |_| {
        if let Some(heading) = node.get() {
            // Focus is a courtesy to keyboard and screen reader; the page works without.
            let _ = heading.focus();
        }
    });
    view! { <h1 class="page-heading" tabindex="-1" node_ref=node>{text}</h1> }
}
