use leptos::prelude::*;

use crate::{
    routes::APP,
    ui::{EmptyState, Glyph, PageHeading},
};

/// What a wrong address shows.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <div class="page" data-width="column">
            <PageHeading text="Page not found" />
            <EmptyState
                glyph=Glyph::Bell
                title="There is nothing at this address"
                text="The link may be old or mistyped."
            >
                <a class="button" href=APP>"Go to your texts"</a>
            </EmptyState>
        </div>
    }
}
