//! `POST /login-callback` and `POST /logout-callback`: the session cookie is set and taken back here.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header::USER_AGENT,
    web::{self, Data, Json, ServiceConfig},
};
use bellwether_domain::error_codes::ErrorCode;
use serde::Deserialize;
use serde_json::json;

use crate::{
    account::{
        reset,
        session::SESSION_DAYS,
        sign_in::{self, SignedIn},
    },
    app::App,
    error::{OpError, OpResult},
    graphql::error::describe,
    http::graphql::is_same_origin,
    requester::{self, PLAIN_COOKIE, SECURE_COOKIE},
};

/// Where one lands without a better place.
const HOME: &str = "/app";
/// Where a password is set anew: the secret follows.
const RESET: &str = "/reset/";
/// Largest sign-in request, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// The routes of this edge. Only JSON is read: a form of another site cannot send it (S07).
pub fn routes(cfg: &mut ServiceConfig) {
    let json = web::JsonConfig::default().limit(MAX_BODY).error_handler(|error, _| {
        let body = json!({"code": ErrorCode::BadUserInput.as_str(), "message": format!("not a sign-in request: {error}")});
        actix_web::error::InternalError::from_response(error, HttpResponse::BadRequest().json(body)).into()
    });
    cfg.service(
        web::resource("/login-callback")
            .app_data(json)
            .route(web::post().to(login)),
    )
    .service(web::resource("/logout-callback").route(web::post().to(logout)));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    email: String,
    password: String,
    /// The password again, where one is set.
    password_confirm: Option<String>,
    auth_type: Option<String>,
    next_url: Option<String>,
}

async fn login(request: HttpRequest, app: Data<App>, Json(form): Json<Login>) -> HttpResponse {
    if !is_same_origin(&request) {
        return told(OpError::refused(ErrorCode::Forbidden));
    }
    let agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (signed_in, next) = match form.auth_type.as_deref().unwrap_or("login") {
        "login" => {
            let next = form.next_url.filter(|url| is_local_path(url));
            (
                sign_in::sign_in(&app, &form.email, form.password, agent).await,
                next,
            )
        }
        "reset" => (reset(&app, form, agent).await, None),
        _ => (
            Err(OpError::bad_input("authType: login and reset are there")),
            None,
        ),
    };
    match signed_in {
        Ok(signed_in) => HttpResponse::Ok()
            .cookie(session_cookie(&app, signed_in.key, Duration::days(SESSION_DAYS)))
            .insert_header(("cache-control", "no-store"))
            .json(json!({"nextUrl": next.as_deref().unwrap_or(HOME)})),
        Err(error) => told(error),
    }
}

/// The form at `/reset/<secret>`, as Spoke's client sends it.
async fn reset(app: &App, form: Login, agent: &str) -> OpResult<SignedIn> {
    if form.password_confirm.is_some_and(|again| again != form.password) {
        return Err(OpError::bad_input("passwordConfirm: Passwords don't match."));
    }
    let url = form.next_url.unwrap_or_default();
    let token = url
        .strip_prefix(RESET)
        .filter(|token| !token.is_empty())
        .ok_or_else(|| OpError::bad_input("nextUrl: /reset/ and the secret are needed"))?;
    reset::reset_password(app, &form.email, token, form.password, agent).await
}

async fn logout(request: HttpRequest, app: Data<App>) -> HttpResponse {
    if !is_same_origin(&request) {
        return told(OpError::refused(ErrorCode::Forbidden));
    }
    match requester::optional_from_request(&request, &app).await {
        Ok(Some(who)) => {
            if let Err(error) = sign_in::sign_out(&app, &who).await {
                return told(error);
            }
        }
        Ok(None) => {}
        Err(error) => return told(error),
    }
    HttpResponse::NoContent()
        .cookie(session_cookie(&app, String::new(), Duration::ZERO))
        .finish()
}

fn session_cookie(app: &App, value: String, life: Duration) -> Cookie<'static> {
    let https = app.config.is_https();
    Cookie::build(if https { SECURE_COOKIE } else { PLAIN_COOKIE }, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .max_age(life)
        .finish()
}

/// An error of an edge that does not speak GraphQL.
pub fn told(error: OpError) -> HttpResponse {
    let (code, message, id) = describe(error);
    let mut status = match code {
        ErrorCode::InvalidLogin | ErrorCode::Unauthenticated => HttpResponse::Unauthorized(),
        ErrorCode::Forbidden => HttpResponse::Forbidden(),
        ErrorCode::NotFound => HttpResponse::NotFound(),
        ErrorCode::TooManyRequests => HttpResponse::TooManyRequests(),
        ErrorCode::Internal => HttpResponse::InternalServerError(),
        ErrorCode::Conflict => HttpResponse::Conflict(),
        _ => HttpResponse::BadRequest(),
    };
    status.json(json!({"code": code.as_str(), "message": message, "requestId": id}))
}

/// Whether a way back is a path of ours: one slash, no second, no backslash, no control, nothing encoded that could
/// become one (S29).
pub fn is_local_path(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    url.starts_with('/')
        && !url.starts_with("//")
        && !url.contains(['\\', '\r', '\n', '\t', '\0'])
        && !lower.starts_with("/%2f")
        && !lower.starts_with("/%5c")
}

#[cfg(test)]
mod tests {
    use super::is_local_path;

    #[test]
    fn only_paths_of_ours_are_ways_back() {
        for good in ["/app", "/app/1/todos?x=//y", "/"] {
            assert!(is_local_path(good), "{good}");
        }
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/%2Fevil.example",
            "/%5cevil",
            "/\n/evil",
            "",
        ] {
            assert!(!is_local_path(bad), "{bad:?}");
        }
    }
}
