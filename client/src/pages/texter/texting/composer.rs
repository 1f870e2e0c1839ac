use leptos::prelude::*;

use crate::{
    graphql::ApiError,
    pages::shared::SegmentCounter,
    ui::{Button, Glyph, Icon, TextArea},
};

use super::refusals::advice;

/// Where the answer is written and sent. What was typed stays when it could not be sent.
#[component]
pub fn Composer(
    text: RwSignal<String>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] problem: Signal<Option<ApiError>>,
    #[prop(into)] placeholder: Signal<String>,
    /// The script's text for the answer that was chosen, when something else is written already.
    #[prop(into)]
    offered: Signal<Option<String>>,
    on_use_offered: Callback<String>,
    on_send: Callback<()>,
) -> impl IntoView {
    let empty = move || text.with(|text| text.trim().is_empty());
    view! {
        <form
            class="composer"
            on:submit=move |event| {
                event.prevent_default();
                on_send.run(());
            }
        >
            <div role="alert">
                {move || problem.get().map(|error| view! { <p class="notice" data-tone="danger">{advice(&error)}</p> })}
            </div>
            {move || {
                offered
                    .get()
                    .map(|script| {
                        view! {
                            <p class="composer-offer small soft">
                                "You wrote something yourself. "
                                <button class="link" type="button" on:click=move |_| on_use_offered.run(script.clone())>
                                    "Use the script instead"
                                </button>
                            </p>
                        }
                    })
            }}
            <div class="composer-line">
                <TextArea label="Your answer" quiet_label=true rows=1 value=text placeholder=MaybeProp::derive(move || Some(placeholder.get())) />
                <Button r#type="submit" busy disabled=Signal::derive(empty)>
                    <Icon glyph=Glyph::Send />
                    "Send"
                </Button>
            </div>
            <SegmentCounter text />
        </form>
    }
}
