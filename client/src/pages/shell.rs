use gloo_net::http::Request;
use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{components::A, hooks::use_location};

use super::texter::texting::{OutboxView, provide_outbox};
use crate::{
    graphql::endpoint_headers,
    routes,
    session::{provide_session, use_session},
    ui::{Glyph, Icon, Toaster},
};

/// What surrounds every page: skip link, header, main, toasts.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    provide_session();
    provide_outbox();
    let location = use_location();
    let texting = Memo::new(move |_| location.pathname.with(|path| routes::is_texting(path)));
    view! {
        <a class="skip-link" href="#main" on:click=skip>"Skip to content"</a>
        <div class="shell" data-texting=move || texting.get().to_string()>
            <Header />
            <main id="main" tabindex="-1">{children()}</main>
            <OutboxView />
        </div>
        <Toaster />
    }
}

/// The router would take the fragment for a page of its own: focus by hand.
fn skip(event: web_sys::MouseEvent) {
    use wasm_bindgen::JsCast;
    event.prevent_default();
    let main = document()
        .get_element_by_id("main")
        .and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(main) = main {
        // Focus is a courtesy: without it the page still works.
        let _ = main.focus();
    }
}

#[component]
fn Header() -> impl IntoView {
    let session = use_session();
    let home = move || {
        session
            .organization_id
            .get()
            .map_or_else(|| routes::APP.to_owned(), |id| routes::todos(&id))
    };
    view! {
        <header class="header">
            <a class="header-brand" href=home>
                <Icon glyph=Glyph::Bell />
                <span>{move || session.organization().map_or_else(|| "Bellwether".to_owned(), |one| one.name)}</span>
            </a>
            <Show when=move || session.may_see_campaigns() && session.organization_id.get().is_some()>
                <nav aria-label="Main">
                    <A href=home>"Texting"</A>
                    <A href=move || {
                        session.organization_id.get().map(|id| routes::campaigns(&id)).unwrap_or_default()
                    }>"Campaigns"</A>
                </nav>
            </Show>
            <Show when=move || session.display_name().is_some()>
                <Account />
            </Show>
        </header>
    }
}

/// The menu of the signed-in user.
#[component]
fn Account() -> impl IntoView {
    let session = use_session();
    let name = move || session.display_name().unwrap_or_default();
    let node = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(menu) = node.get_untracked() {
            menu.set_open(false);
        }
    };
    let initial = move || {
        name()
            .chars()
            .next()
            .map(|letter| letter.to_uppercase().to_string())
    };
    view! {
        <details
            class="account"
            node_ref=node
            on:focusout=move |event| {
                if !holds(node.get_untracked().as_deref(), event.related_target()) {
                    close();
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close();
                }
            }
        >
            <summary aria-label=move || format!("Account: {}", name())>
                <span aria-hidden="true">{initial}</span>
            </summary>
            <div class="account-menu">
                <p>
                    <strong>{name}</strong>
                    <br />
                    {move || session.organization().map(|one| one.name)}
                </p>
                <Show when=move || { session.memberships().len() > 1 }>
                    <a class="button" data-kind="quiet" href=routes::APP on:click=move |_| close()>"Switch organization"</a>
                </Show>
                <button class="button" data-kind="quiet" type="button" on:click=move |_| sign_out()>"Sign out"</button>
            </div>
        </details>
    }
}

/// Whether focus moves to something inside of `menu`.
fn holds(menu: Option<&web_sys::HtmlElement>, target: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    let node = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    menu.is_some_and(|menu| node.is_some_and(|node| menu.contains(Some(&node))))
}

/// Signs out and starts afresh, so that nothing of the user stays in memory.
fn sign_out() {
    spawn_local(async {
        let (name, value) = endpoint_headers();
        if let Ok(request) = Request::post("/logout-callback")
            .header(name, value)
            .json(&serde_json::json!({}))
        {
            // Also when the server cannot be reached: the login page then says so.
            let _ = request.send().await;
        }
        let _ = window().location().assign(routes::LOGIN);
    });
}
