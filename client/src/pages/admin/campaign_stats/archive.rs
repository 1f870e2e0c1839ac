use leptos::prelude::*;

use super::{ArchiveCampaign, UnarchiveCampaign, archive_campaign, figures::Figures, unarchive_campaign};
use crate::{
    graphql::use_mutation,
    ui::{Button, Dialog, ErrorNote, use_toasts},
};

/// Puts the campaign away, after asking, or takes it out again.
#[component]
pub fn ArchiveButton(campaign: Memo<Figures>, changed: Callback<()>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (archive, unarchive) = (
        use_mutation::<ArchiveCampaign>(),
        use_mutation::<UnarchiveCampaign>(),
    );
    let toasts = use_toasts();
    let id = move || campaign.with_untracked(|campaign| campaign.id.clone());
    let done = move |text: &'static str| {
        asking.set(false);
        toasts.show(text);
        changed.run(());
    };
    let put_away = move |_| {
        archive.run(archive_campaign::Variables { id: id() }, move |_| {
            done("The campaign is archived.")
        })
    };
    let take_out = move |_| {
        unarchive.run(unarchive_campaign::Variables { id: id() }, move |_| {
            done("The campaign is back.")
        })
    };
    view! {
        <Show
            when=move || campaign.with(|campaign| campaign.archived)
            fallback=move || view! { <Button kind="quiet" on:click=move |_| asking.set(true)>"Archive"</Button> }
        >
            <Button kind="secondary" busy=unarchive.pending() on:click=take_out>"Unarchive"</Button>
            {move || unarchive.error().get().map(|error| view! { <ErrorNote error /> })}
        </Show>
        <Dialog open=asking title="Archive this campaign?" on_close=Callback::new(move |()| asking.set(false))>
            <p>"Texters will no longer see it and nobody can text from it. You can take it out again later."</p>
            {move || archive.error().get().map(|error| view! { <ErrorNote error /> })}
            <div class="dialog-actions">
                <Button kind="quiet" on:click=move |_| asking.set(false)>"Cancel"</Button>
                <Button busy=archive.pending() on:click=put_away>"Archive campaign"</Button>
            </div>
        </Dialog>
    }
}
