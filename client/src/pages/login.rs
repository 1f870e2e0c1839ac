use gloo_net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use serde::Deserialize;

use crate::{
    graphql::{ApiError, endpoint_headers},
    routes,
    ui::{Button, Glyph, Icon, PageHeading, TextField},
};

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

/// Signs in with e-mail and password.
#[component]
pub fn LoginPage() -> impl IntoView {
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let query = use_query_map();
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let next = routes::safe_next(query.with_untracked(|query| query.get("nextUrl")).as_deref());
        let (email, password) = (email.get_untracked().trim().to_owned(), password.get_untracked());
        let navigate = navigate.clone();
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match sign_in(&email, &password, &next).await {
                Ok(()) => {
                    navigate(
                        &next,
                        NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        },
                    );
                }
                Err(error) => problem.set(Some(words(&error))),
            }
            busy.set(false);
        });
    };
    view! {
        <div class="login page">
            <form class="card stack" on:submit=submit>
                <span class="login-mark"><Icon glyph=Glyph::Bell /></span>
                <PageHeading text="Sign in" />
                <TextField label="Email" r#type="email" autocomplete="username" required=true value=email />
                <TextField
                    label="Password"
                    r#type="password"
                    autocomplete="current-password"
                    required=true
                    value=password
                />
                <div role="alert">{move || problem.get().map(|text| view! { <p class="notice" data-tone="danger">{text}</p> })}</div>
                <Button r#type="submit" busy>"Sign in"</Button>
            </form>
        </div>
    }
}

async fn sign_in(email: &str, password: &str, next: &str) -> Result<(), ApiError> {
    let (name, value) = endpoint_headers();
    let body =
        serde_json::json!({ "email": email, "password": password, "authType": "login", "nextUrl": next });
    let response = Request::post("/login-callback")
        .header(name, value)
        .json(&body)
        .map_err(ApiError::lost)?
        .send()
        .await
        .map_err(ApiError::lost)?;
    if response.ok() {
        return Ok(());
    }
    match response.json::<Refusal>().await {
        Ok(refusal) => Err(ApiError::new(&refusal.code, &refusal.message)),
        Err(_) => Err(ApiError::from_status(response.status())),
    }
}

fn words(error: &ApiError) -> String {
    match error.code.as_str() {
        "INVALID_LOGIN" | "UNAUTHENTICATED" => {
            "That email and password do not match. Please try again.".to_owned()
        }
        _ => error.message.clone(),
    }
}
