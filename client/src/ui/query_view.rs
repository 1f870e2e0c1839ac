use leptos::prelude::*;

use super::{Button, EmptyState, ErrorNote, Glyph};
use crate::graphql::Query;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Waiting,
    Failed,
    Data,
}

/// Shows a query's data once there is some, and keeps showing it while newer data is fetched.
/// The children are built once and follow the signal they are given.
#[component]
pub fn QueryView<T, F, V>(query: Query<T>, children: F) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(Signal<T>) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let shown = Memo::new(move |_| match (query.has_data(), query.error().is_some()) {
        (true, _) => Shown::Data,
        (false, true) => Shown::Failed,
        (false, false) => Shown::Waiting,
    });
    move || match shown.get() {
        Shown::Waiting => skeleton().into_any(),
        Shown::Failed => query
            .error()
            .map(|error| {
                if error.is_closed_door() {
                    view! { <NotForYou /> }.into_any()
                } else {
                    view! { <ErrorNote error on_retry=Callback::new(move |()| query.refetch()) /> }.into_any()
                }
            })
            .into_any(),
        Shown::Data => {
            let Some(first) = query.get_untracked() else {
                return ().into_any();
            };
            let data = Memo::new(move |previous: Option<&T>| {
                query
                    .get()
                    .or_else(|| previous.cloned())
                    .unwrap_or_else(|| first.clone())
            });
            view! {
                {move || query.error().map(|_| view! { <Stale query /> })}
                {children(data.into())}
            }
            .into_any()
        }
    }
}

/// What is not there and what is not allowed look alike.
#[component]
fn NotForYou() -> impl IntoView {
    view! {
        <EmptyState
            glyph=Glyph::Warning
            title="This page is not for you"
            text="It does not exist, or your role does not include it. Ask the person who runs your organization."
        >
            <a class="button" href="/">"Back to the start"</a>
        </EmptyState>
    }
}

/// Says that what is shown may be old.
#[component]
fn Stale<T: Clone + Send + Sync + 'static>(query: Query<T>) -> impl IntoView {
    view! {
        <div class="query-view-stale" role="status">
            <span>"This may be out of date: the latest could not be loaded."</span>
            <Button kind="quiet" on:click=move |_| query.refetch()>"Try again"</Button>
        </div>
    }
}

fn skeleton() -> impl IntoView {
    view! {
        <div class="query-view-skeleton" aria-busy="true">
            <span class="visually-hidden">"Loading…"</span>
            <i></i>
            <i></i>
            <i></i>
        </div>
    }
}
