use leptos::prelude::*;

use super::{Button, Glyph, Icon};
use crate::graphql::ApiError;

/// A failure in words, with the way to try again and the id that finds it in the server's log.
#[component]
pub fn ErrorNote(error: ApiError, #[prop(optional, into)] on_retry: Option<Callback<()>>) -> impl IntoView {
    view! {
        <div class="error-note" role="alert">
            <Icon glyph=Glyph::Warning />
            <div>
                <p>{error.message}</p>
                {error.request_id.map(|id| view! { <p class="error-note-id">"Request " <code>{id}</code></p> })}
            </div>
            {on_retry
                .map(|retry| view! { <Button kind="secondary" on:click=move |_| retry.run(())>"Try again"</Button> })}
        </div>
    }
}
