use leptos::{html, prelude::*};

use super::todo::{Todo, count_of};
use crate::{
    routes::{Pile, texting},
    ui::{Glyph, Icon, day},
};

/// One assignment: what it is about and what there is to do.
#[component]
pub fn AssignmentCard(todo: Todo, organization: String) -> impl IntoView {
    let node = NodeRef::<html::Li>::new();
    let color = todo.color.clone();
    Effect::new(move |_| {
        if let (Some(item), Some(color)) = (node.get(), &color) {
            // Through the CSSOM: our content policy forbids style attributes.
            let _ = web_sys::HtmlElement::style(&item).set_property("--campaign", color);
        }
    });
    let heading = format!("assignment-{}", todo.id);
    let labelled = heading.clone();
    let path = |pile| texting(&organization, &todo.id, pile);
    let counts = todo.counts;
    let kind = if counts.replies_now > 0 {
        "secondary"
    } else {
        "primary"
    };
    view! {
        <li class="assignment-card card" node_ref=node aria-labelledby=labelled>
            <header>
                {todo.logo.clone().map(|url| view! { <img src=url alt="" width="44" height="44" /> })}
                <div>
                    <h2 id=heading>{todo.title.clone()}</h2>
                    {(!todo.description.is_empty()).then(|| view! { <p class="soft">{todo.description.clone()}</p> })}
                    {todo.due_by.as_deref().map(|due| view! { <p class="soft small">"Due " {day(due)}</p> })}
                </div>
            </header>
            <div class="assignment-card-actions">
                {(counts.replies_now > 0)
                    .then(|| {
                        view! {
                            <a class="button" href=path(Pile::Reply)>
                                <Icon glyph=Glyph::Chat />
                                {count_of(counts.replies_now, "reply waiting", "replies waiting")}
                            </a>
                        }
                    })}
                {(counts.first_now > 0)
                    .then(|| {
                        view! {
                            <a
                                class="button"
                                data-kind=kind
                                href=path(Pile::Text)
                            >
                                <Icon glyph=Glyph::Send />
                                {count_of(counts.first_now, "first message to send", "first messages to send")}
                            </a>
                        }
                    })}
                {(counts.past > 0)
                    .then(|| {
                        view! {
                            <a class="button" data-kind="quiet" href=path(Pile::Stale)>
                                {count_of(counts.past, "past conversation", "past conversations")}
                            </a>
                        }
                    })}
            </div>
            {(counts.later() > 0)
                .then(|| {
                    view! {
                        <p class="assignment-card-later soft">
                            <Icon glyph=Glyph::Clock />
                            {count_of(counts.later(), "more waits", "more wait")}
                            " for texting hours: it is too early or too late there now."
                        </p>
                    }
                })}
        </li>
    }
}
