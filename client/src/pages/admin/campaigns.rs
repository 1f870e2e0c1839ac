use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};

use crate::{
    graphql::{use_mutation, use_query},
    operation, routes,
    session::use_session,
    ui::{Button, EmptyState, ErrorNote, Glyph, Icon, PageHeading, QueryView},
};

mod row;
mod table;

use table::CampaignTable;

operation!(Campaigns, "src/pages/admin/campaigns/campaigns.graphql");
operation!(
    CreateCampaign,
    "src/pages/admin/campaigns/create_campaign.graphql"
);

const PAGE: i64 = 50;

/// The campaigns of an organization.
#[component]
pub fn CampaignsPage() -> impl IntoView {
    let params = use_params_map();
    let organization = Memo::new(move |_| {
        params
            .with(|params| params.get("organizationId"))
            .unwrap_or_default()
    });
    let url = use_query_map();
    let archived = Memo::new(move |_| url.with(|url| url.get("show").as_deref() == Some("archived")));
    let offset = Memo::new(move |_| {
        url.with(|url| url.get("offset").and_then(|text| text.parse().ok()))
            .unwrap_or(0_i64)
    });
    let query = use_query::<Campaigns>(move || {
        Some(campaigns::Variables {
            organization_id: organization.get(),
            cursor: campaigns::OffsetLimitCursor {
                offset: offset.get(),
                limit: PAGE,
            },
            campaigns_filter: campaigns::CampaignsFilter {
                is_archived: Some(archived.get()),
                ..Default::default()
            },
        })
    });
    let session = use_session();
    view! {
        <div class="page campaigns">
            <div class="page-top">
                <PageHeading text="Campaigns" />
                <Show when=move || session.may_edit_campaigns()>
                    <CreateButton organization />
                </Show>
            </div>
            <nav class="campaigns-tabs" aria-label="Which campaigns">
                <a href=move || routes::campaigns(&organization.get()) aria-current=move || (!archived.get()).then_some("page")>
                    "Current"
                </a>
                <a
                    href=move || format!("{}?show=archived", routes::campaigns(&organization.get()))
                    aria-current=move || archived.get().then_some("page")
                >
                    "Archived"
                </a>
            </nav>
            <QueryView query let:data>
                {move || {
                    let (rows, total) = data.with(row::all);
                    if rows.is_empty() {
                        view! { <NoCampaigns archived=archived.get() /> }.into_any()
                    } else {
                        view! {
                            <CampaignTable rows organization=organization.get() />
                            <Pages total offset=offset.get() archived=archived.get() organization=organization.get() />
                        }
                            .into_any()
                    }
                }}
            </QueryView>
        </div>
    }
}

#[component]
fn CreateButton(organization: Memo<String>) -> impl IntoView {
    let create = use_mutation::<CreateCampaign>();
    let navigate = use_navigate();
    let click = move |_| {
        let navigate = navigate.clone();
        let organization = organization.get_untracked();
        let campaign = create_campaign::CampaignInput {
            title: Some("New campaign".to_owned()),
            description: Some(String::new()),
            organization_id: Some(organization.clone()),
            ..Default::default()
        };
        create.run(create_campaign::Variables { campaign }, move |data| {
            if let Some(id) = data.create_campaign.and_then(|campaign| campaign.id) {
                navigate(
                    &routes::campaign_edit(&organization, &id),
                    NavigateOptions::default(),
                );
            }
        });
    };
    view! {
        <Button busy=create.pending() on:click=click>
            <Icon glyph=Glyph::Plus />
            "New campaign"
        </Button>
        {move || create.error().get().map(|error| view! { <ErrorNote error /> })}
    }
}

#[component]
fn NoCampaigns(archived: bool) -> impl IntoView {
    let (title, text) = if archived {
        ("No archived campaigns", "Campaigns you archive are kept here.")
    } else {
        (
            "No campaigns yet",
            "Make one, add contacts and a script, and start texting.",
        )
    };
    view! { <EmptyState glyph=Glyph::Bell title text /> }
}

#[component]
fn Pages(total: i64, offset: i64, archived: bool, organization: String) -> impl IntoView {
    let link = move |offset: i64| {
        let show = if archived { "show=archived&" } else { "" };
        format!("{}?{show}offset={offset}", routes::campaigns(&organization))
    };
    let last = (offset + PAGE).min(total);
    (total > PAGE).then(|| {
        view! {
            <nav class="row campaigns-pages" aria-label="Pages">
                {(offset > 0).then(|| view! { <a class="button" data-kind="secondary" href=link((offset - PAGE).max(0))>"Newer"</a> })}
                <span class="soft">{format!("{} to {last} of {total}", offset + 1)}</span>
                {(last < total).then(|| view! { <a class="button" data-kind="secondary" href=link(offset + PAGE)>"Older"</a> })}
            </nav>
        }
    })
}
