use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{CampaignChanged, campaign_changed};
use crate::{
    graphql::{Query, use_query},
    operation, routes,
    subscription::use_subscription,
    ui::{EmptyState, Glyph, PageHeading, QueryView},
};

mod basics;
mod campaign;
mod contacts;
mod interactions;
mod section;
mod start;
mod texters;

use campaign::Campaign;

operation!(EditedCampaign, "src/pages/admin/campaign_edit/campaign.graphql");
operation!(
    EditCampaign,
    "src/pages/admin/campaign_edit/edit_campaign.graphql"
);
operation!(
    StartCampaign,
    "src/pages/admin/campaign_edit/start_campaign.graphql"
);
operation!(DeleteJob, "src/pages/admin/campaign_edit/delete_job.graphql");

/// How often a running job is asked for when no news come.
const POLL: std::time::Duration = std::time::Duration::from_secs(2);

/// The campaign that is edited, for its sections.
#[derive(Debug, Clone, Copy)]
pub struct Editor {
    /// The campaign as the server has it.
    pub campaign: Memo<Campaign>,
    /// The organization of the page.
    pub organization: Memo<String>,
    query: Query<edited_campaign::ResponseData>,
}

impl Editor {
    /// The id of the campaign.
    pub fn id(&self) -> String {
        self.campaign.with_untracked(|campaign| campaign.id.clone())
    }

    /// Loads the campaign again after a change.
    pub fn changed(&self) {
        self.query.refetch();
    }
}

/// The campaign builder.
#[component]
pub fn CampaignEditPage() -> impl IntoView {
    let params = use_params_map();
    let organization = Memo::new(move |_| {
        params
            .with(|params| params.get("organizationId"))
            .unwrap_or_default()
    });
    let id = Memo::new(move |_| params.with(|params| params.get("campaignId")).unwrap_or_default());
    let query = use_query::<EditedCampaign>(move || Some(edited_campaign::Variables { id: id.get() }));
    use_subscription::<CampaignChanged>(
        move || {
            Some(campaign_changed::Variables {
                campaign_id: id.get(),
            })
        },
        move |_| query.refetch_soon(),
    );
    poll_jobs(query);
    view! {
        <div class="page campaign-edit">
            <QueryView query let:data>
                {move || {
                    let found = Memo::new(move |_| data.with(campaign::read));
                    match found.get_untracked() {
                        None => view! { <NoCampaign organization=organization.get_untracked() /> }.into_any(),
                        Some(first) => {
                            let campaign = Memo::new(move |_| found.get().unwrap_or_else(|| first.clone()));
                            view! { <Sections editor=Editor { campaign, organization, query } /> }.into_any()
                        }
                    }
                }}
            </QueryView>
        </div>
    }
}

#[component]
fn Sections(editor: Editor) -> impl IntoView {
    let title = Signal::derive(move || {
        editor
            .campaign
            .with(|campaign| match campaign.basics.title.trim() {
                "" => "Untitled campaign".to_owned(),
                title => title.to_owned(),
            })
    });
    view! {
        <div class="page-top">
            <PageHeading text=title />
            <a class="button" data-kind="quiet" href=move || routes::campaign(&editor.organization.get(), &editor.id())>
                "Progress"
            </a>
        </div>
        <start::StartPanel editor />
        <div class="stack">
            <basics::BasicsSection editor />
            <contacts::ContactsSection editor />
            <texters::TextersSection editor />
            <interactions::InteractionsSection editor />
        </div>
    }
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

/// News come by subscription; while a job runs, asking makes sure that its end is seen.
fn poll_jobs(query: Query<edited_campaign::ResponseData>) {
    let timer = set_interval_with_handle(
        move || {
            let busy = query
                .get_untracked()
                .as_ref()
                .and_then(campaign::read)
                .is_some_and(|campaign| campaign.is_busy());
            if busy {
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
