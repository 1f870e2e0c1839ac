//! Providers and the router, nothing else.

use leptos::prelude::*;
use leptos_router::{
    components::{Redirect, Route, Router, Routes},
    path,
};

use crate::{
    pages::{
        admin::{
            campaign_edit::CampaignEditPage, campaign_stats::CampaignStatsPage, campaigns::CampaignsPage,
        },
        home::HomePage,
        login::LoginPage,
        not_found::NotFoundPage,
        shell::Shell,
        texter::{
            texting::{FirstMessagesPage, PastConversationsPage, RepliesPage},
            todos::TodosPage,
        },
    },
    routes::APP,
    ui::provide_toasts,
};

/// The whole client.
#[component]
pub fn App() -> impl IntoView {
    provide_toasts();
    view! {
        <Router>
            <Shell>
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=|| view! { <Redirect path=APP /> } />
                    <Route path=path!("/login") view=LoginPage />
                    <Route path=path!("/app") view=HomePage />
                    <Route path=path!("/app/:organizationId") view=HomePage />
                    <Route path=path!("/app/:organizationId/todos") view=TodosPage />
                    <Route path=path!("/app/:organizationId/todos/:assignmentId/text") view=FirstMessagesPage />
                    <Route path=path!("/app/:organizationId/todos/:assignmentId/reply") view=RepliesPage />
                    <Route path=path!("/app/:organizationId/todos/:assignmentId/stale") view=PastConversationsPage />
                    <Route path=path!("/admin/:organizationId") view=CampaignsPage />
                    <Route path=path!("/admin/:organizationId/campaigns") view=CampaignsPage />
                    <Route path=path!("/admin/:organizationId/campaigns/:campaignId") view=CampaignStatsPage />
                    <Route path=path!("/admin/:organizationId/campaigns/:campaignId/edit") view=CampaignEditPage />
                </Routes>
            </Shell>
        </Router>
    }
}
