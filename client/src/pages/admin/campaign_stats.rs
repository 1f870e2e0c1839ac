use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{CampaignChanged, campaign_changed};
use crate::{
    graphql::{Query, use_query},
    operation, routes,
    session::use_session,
    subscription::use_subscription,
    ui::{EmptyState, Glyph, PageHeading, QueryView, day},
};

mod archive;
mod export;
mod figures;
mod progress;
mod questions;
mod texters;

use figures::Figures;

operation!(
    CampaignStatistics,
    "src/pages/admin/campaign_stats/campaign.graphql"
);
operation!(
    ExportCampaign,
    "src/pages/admin/campaign_stats/export_campaign.graphql"
);
operation!(
    ArchiveCampaign,
    "src/pages/admin/campaign_stats/archive_campaign.graphql"
);
operation!(
    UnarchiveCampaign,
    "src/pages/admin/campaign_stats/unarchive_campaign.graphql"
);

/// How often a running export is asked for when no news come.
const POLL: std::time::Duration = std::time::Duration::from_secs(2);

/// How a campaign is going, as it goes.
#[component]
pub fn CampaignStatsPage() -> impl IntoView {
    let params = use_params_map();
    let organization = Memo::new(move |_| {
        params
            .with(|params| params.get("organizationId"))
            .unwrap_or_default()
    });
    let id = Memo::new(move |_| params.with(|params| params.get("campaignId")).unwrap_or_default());
    let query =
        use_query::<CampaignStatistics>(move || Some(campaign_statistics::Variables { id: id.get() }));
    use_subscription::<CampaignChanged>(
        move || {
            Some(campaign_changed::Variables {
                campaign_id: id.get(),
            })
        },
        move |_| query.refetch_soon(),
    );
    poll_export(query);
    view! {
        <div class="page campaign-stats">
            <QueryView query let:data>
                {move || {
                    let found = Memo::new(move |_| data.with(figures::read));
                    match found.get_untracked() {
                        None => view! { <NoCampaign organization=organization.get_untracked() /> }.into_any(),
                        Some(first) => {
                            let campaign = Memo::new(move |_| found.get().unwrap_or_else(|| first.clone()));
                            view! { <Statistics campaign organization query /> }.into_any()
                        }
                    }
                }}
            </QueryView>
        </div>
    }
}

#[component]
fn Statistics(
    campaign: Memo<Figures>,
    organization: Memo<String>,
    query: Query<campaign_statistics::ResponseData>,
) -> impl IntoView {
    let session = use_session();
    let id = move || campaign.with(|campaign| campaign.id.clone());
    let changed = Callback::new(move |()| query.refetch());
    view! {
        <div class="page-top">
            <div>
                <PageHeading text=Signal::derive(move || campaign.with(|campaign| campaign.title.clone())) />
                <p class="soft">
                    <State campaign />
                    {move || campaign.with(|campaign| campaign.due_by.as_deref().map(|due| format!(" Due {}", day(due))))}
                </p>
            </div>
            <Show when=move || session.may_edit_campaigns()>
                <div class="row">
                    <a class="button" data-kind="secondary" href=move || routes::campaign_edit(&organization.get(), &id())>"Edit"</a>
                    <archive::ArchiveButton campaign changed />
                </div>
            </Show>
        </div>
        <progress::ProgressCards campaign />
        <div class="stack">
            <questions::QuestionResults campaign />
            <texters::TexterProgress campaign />
            <Show when=move || session.may_edit_campaigns()>
                <export::ExportCard campaign changed />
            </Show>
        </div>
    }
}

#[component]
fn State(campaign: Memo<Figures>) -> impl IntoView {
    let state = Memo::new(move |_| campaign.with(Figures::state));
    view! { <span class="tag" data-tone=move || state.get().1>{move || state.get().0}</span> }
}

#[component]
fn NoCampaign(organization: String) -> impl IntoView {
    view! {
        <PageHeading text="Campaign not found" />
        <EmptyState glyph=Glyph::Warning title="This campaign does not exist" text="Or you are not allowed to see it.">
            <a class="button" href=routes::campaigns(&organization)>"All campaigns"</a>
        </EmptyState>
    }
}

fn poll_export(query: Query<campaign_statistics::ResponseData>) {
    let timer = set_interval_with_handle(
        move || {
            let campaign = query.get_untracked().as_ref().and_then(figures::read);
            if campaign.is_some_and(|campaign| campaign.export.is_running()) {
                query.refetch();
            }
        },
        POLL,
    );
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
}
