use leptos::prelude::*;

use super::{Glyph, Icon};

/// What a page says when there is nothing to show, and what to do then.
#[component]
pub fn EmptyState(
    #[prop(default = Glyph::Done)] glyph: Glyph,
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: MaybeProp<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <Icon glyph />
            <h2>{title}</h2>
            {move || text.get().map(|text| view! { <p>{text}</p> })}
            {children.map(|children| view! { <div class="empty-state-actions">{children()}</div> })}
        </div>
    }
}
