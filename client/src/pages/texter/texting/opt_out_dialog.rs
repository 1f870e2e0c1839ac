use leptos::{prelude::*, task::spawn_local};

use super::{GetOptOutMessage, contact::Contact, get_opt_out_message, refusals::advice};
use crate::{
    graphql::{ApiError, execute},
    pages::shared::SegmentCounter,
    ui::{Button, Dialog, TextArea},
};

const FALLBACK: &str = "I'm opting you out of texts immediately. Have a great day.";

/// Opts a contact out, with a last message or without.
#[component]
pub fn OptOutDialog(
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] contact: Signal<Contact>,
    organization_id: String,
    default_message: Option<String>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] problem: Signal<Option<ApiError>>,
    /// Gets the message to send before, if any.
    on_opt_out: Callback<Option<String>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let text = RwSignal::new(default_message.clone().unwrap_or_else(|| FALLBACK.to_owned()));
    Effect::new(move |_| {
        if !open.get() {
            return;
        }
        let variables = get_opt_out_message::Variables {
            organization_id: Some(organization_id.clone()),
            zip: Some(contact.with_untracked(|contact| contact.zip.clone())),
            default_message: Some(text.get_untracked()),
        };
        spawn_local(async move {
            // Without an answer the default stands, and the texter reads it before it is sent.
            if let Ok(data) = execute::<GetOptOutMessage>(variables).await
                && let Some(message) = data.get_opt_out_message.filter(|message| !message.is_empty())
            {
                text.try_set(message);
            }
        });
    });
    view! {
        <Dialog
            open
            title=Signal::derive(move || format!("Opt out {}?", contact.with(|contact| contact.first_name.clone())))
            on_close
        >
            <p>"They will not be texted again by this organization. You can say so in a last message."</p>
            <TextArea label="Last message" rows=3 value=text />
            <SegmentCounter text />
            <div role="alert">
                {move || problem.get().map(|error| view! { <p class="notice" data-tone="danger">{advice(&error)}</p> })}
            </div>
            <div class="dialog-actions">
                <Button kind="quiet" on:click=move |_| on_close.run(())>"Cancel"</Button>
                <Button kind="secondary" busy on:click=move |_| on_opt_out.run(None)>"Opt out without a message"</Button>
                <Button busy on:click=move |_| on_opt_out.run(Some(text.get_untracked()))>"Send and opt out"</Button>
            </div>
        </Dialog>
    }
}
