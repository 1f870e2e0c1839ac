use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::todos::card::AssignmentCard;
use crate::{
    graphql::use_query,
    operation, routes,
    session::use_session,
    subscription::use_subscription,
    ui::{EmptyState, PageHeading, QueryView},
};

mod card;
mod todo;

operation!(Todos, "src/pages/texter/todos/todos.graphql");
operation!(TodosChanged, "src/pages/texter/todos/todos_changed.graphql");

/// What there is to text, one card per assignment.
#[component]
pub fn TodosPage() -> impl IntoView {
    let params = use_params_map();
    let organization = Memo::new(move |_| {
        params
            .with(|params| params.get("organizationId"))
            .unwrap_or_default()
    });
    let query = use_query::<Todos>(move || {
        Some(todos::Variables {
            organization_id: organization.get(),
        })
    });
    let session = use_session();
    use_subscription::<TodosChanged>(|| Some(todos_changed::Variables), move |_| query.refetch());
    view! {
        <div class="page todos" data-width="column">
            <div class="page-top">
                <PageHeading text="Your texts" />
            </div>
            <QueryView query let:data>
                {move || {
                    let all = data.with(todo::all);
                    if all.is_empty() {
                        view! {
                            <EmptyState
                                title="You have nothing to do"
                                text="New texts appear here by themselves as soon as somebody assigns them to you."
                            >
                                <Show when=move || session.may_see_campaigns()>
                                    <a class="button" data-kind="secondary" href=move || routes::campaigns(&organization.get())>
                                        "Go to campaigns"
                                    </a>
                                </Show>
                            </EmptyState>
                        }
                            .into_any()
                    } else {
                        view! {
                            <ul>
                                {all
                                    .into_iter()
                                    .map(|todo| view! { <AssignmentCard todo organization=organization.get() /> })
                                    .collect_view()}
                            </ul>
                        }
                            .into_any()
                    }
                }}
            </QueryView>
        </div>
    }
}
