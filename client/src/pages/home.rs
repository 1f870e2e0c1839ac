use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_params_map};

use crate::{
    routes,
    session::{Membership, use_session},
    ui::{EmptyState, Glyph, PageHeading, QueryView},
};

/// Where to go from the start page.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    Login,
    Organization(String),
    Choose,
    Nowhere,
}

/// Sends to the user's organization, or lets choose one.
#[component]
pub fn HomePage() -> impl IntoView {
    let session = use_session();
    let params = use_params_map();
    let start = move || {
        start(
            params.with(|params| params.get("organizationId")),
            session.display_name().is_some(),
            &session.memberships(),
        )
    };
    view! {
        <div class="page" data-width="column">
            <QueryView query=session.query() let:_data>
                {move || match start() {
                    Start::Login => view! { <Redirect path=routes::login(routes::APP) /> }.into_any(),
                    Start::Organization(id) => view! { <Redirect path=routes::todos(&id) /> }.into_any(),
                    Start::Choose => view! { <Choice organizations=session.memberships() /> }.into_any(),
                    Start::Nowhere => view! { <Nowhere /> }.into_any(),
                }}
            </QueryView>
        </div>
    }
}

fn start(asked: Option<String>, signed_in: bool, memberships: &[Membership]) -> Start {
    match (asked, memberships) {
        _ if !signed_in => Start::Login,
        (Some(id), _) => Start::Organization(id),
        (None, []) => Start::Nowhere,
        (None, [one]) => Start::Organization(one.id.clone()),
        (None, _) => Start::Choose,
    }
}

#[component]
fn Choice(organizations: Vec<Membership>) -> impl IntoView {
    view! {
        <PageHeading text="Your organizations" />
        <ul class="home-choice">
            {organizations
                .into_iter()
                .map(|one| view! { <li><a class="button" data-kind="secondary" href=routes::todos(&one.id)>{one.name}</a></li> })
                .collect_view()}
        </ul>
    }
}

#[component]
fn Nowhere() -> impl IntoView {
    view! {
        <PageHeading text="Welcome" />
        <EmptyState
            glyph=Glyph::Person
            title="You are not part of an organization yet"
            text="Ask the person who invited you for the link to join, then come back here."
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str) -> Membership {
        Membership {
            id: id.to_owned(),
            name: id.to_owned(),
        }
    }

    #[test]
    fn goes_straight_to_the_only_organization() {
        assert_eq!(
            start(None, true, &[member("1")]),
            Start::Organization("1".to_owned())
        );
        assert_eq!(start(None, true, &[member("1"), member("2")]), Start::Choose);
        assert_eq!(
            start(Some("2".to_owned()), true, &[]),
            Start::Organization("2".to_owned())
        );
        assert_eq!(start(None, true, &[]), Start::Nowhere);
        assert_eq!(start(None, false, &[]), Start::Login);
    }
}
