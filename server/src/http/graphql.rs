//! GraphQL over HTTP at `/graphql`: POST for queries and mutations, WebSocket for subscriptions, `GraphiQL` in
//! development. Requests that a foreign page could make a browser send are refused (S07).

mod socket;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, ORIGIN, UPGRADE, X_FORWARDED_FOR},
    web::{self, Data, Payload, ServiceConfig},
};
use async_graphql::{Request, Response, Value, http::GraphiQLSource};
use bellwether_domain::error_codes::ErrorCode;
use futures_util::StreamExt;
use serde_json::json;

use crate::{
    app::App,
    error::OpError,
    graphql::{
        BellwetherSchema, Viewer,
        gate::{Caller, admit, refused},
        loaders::loader,
    },
    requester,
};

const JSON: &str = "application/json";
const GRAPHQL_JSON: &str = "application/graphql-response+json";

/// The routes of this edge.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/graphql")
            .route(web::post().to(execute))
            .route(web::get().to(upgrade))
            .default_service(web::to(|| async {
                HttpResponse::MethodNotAllowed()
                    .insert_header(("allow", "GET, POST"))
                    .finish()
            })),
    );
}

/// Runs one query or mutation.
async fn execute(
    request: HttpRequest,
    mut payload: Payload,
    app: Data<App>,
    schema: Data<BellwetherSchema>,
) -> HttpResponse {
    let media_type = header(&request, CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if media_type != JSON && media_type != GRAPHQL_JSON {
        return refusal(
            HttpResponse::UnsupportedMediaType(),
            "Content-Type: application/json is needed",
        );
    }
    if !is_same_origin(&request) {
        return refusal(
            HttpResponse::Forbidden(),
            "Origin: requests from other sites are refused",
        );
    }
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else {
            return refusal(HttpResponse::BadRequest(), "the request's body broke off");
        };
        if body.len() + chunk.len() > app.config.max_graphql_bytes {
            let limit = app.config.max_graphql_bytes;
            return refusal(
                HttpResponse::PayloadTooLarge(),
                &format!("the request is larger than {limit} bytes"),
            );
        }
        body.extend_from_slice(&chunk);
    }
    let query: Request = match serde_json::from_slice(&body) {
        Ok(query) => query,
        Err(error) => {
            return refusal(
                HttpResponse::BadRequest(),
                &format!("the body is not a GraphQL request: {error}"),
            );
        }
    };
    let caller = match caller(&request, &app).await {
        Ok(caller) => caller,
        Err(error) => return respond(&request, refused(error)),
    };
    let response = run(&app, &schema, caller, query).await;
    respond(&request, response)
}

/// Runs one request that may run, as whoever sent it.
pub async fn run(app: &App, schema: &BellwetherSchema, caller: Caller, mut request: Request) -> Response {
    if let Err(refusal) = admit(app, &caller, &mut request) {
        return refusal.into();
    }
    let request = request.data(Viewer(caller.viewer)).data(loader(app));
    let limit = app.config.graphql_timeout;
    match tokio::time::timeout(limit, schema.execute(request)).await {
        Ok(response) => response,
        Err(_) => refused(OpError::Unexpected(format!(
            "a request took longer than {limit:?}"
        ))),
    }
}

async fn caller(request: &HttpRequest, app: &App) -> Result<Caller, OpError> {
    Ok(Caller {
        viewer: requester::optional_from_request(request, app).await?,
        address: client_address(request, app.config.trusted_proxy_hops),
    })
}

/// The address that a request came from: the peer's, or what the outermost trusted proxy saw.
pub fn client_address(request: &HttpRequest, trusted_proxy_hops: usize) -> String {
    let peer = || {
        request
            .peer_addr()
            .map(|peer| peer.ip().to_string())
            .unwrap_or_default()
    };
    let Some(from_the_right) = trusted_proxy_hops.checked_sub(1) else {
        return peer();
    };
    let forwarded = header(request, X_FORWARDED_FOR);
    match forwarded.rsplit(',').nth(from_the_right).map(str::trim) {
        Some(address) if !address.is_empty() => address.to_owned(),
        _ => peer(),
    }
}

/// Opens a subscription socket, or shows `GraphiQL`.
async fn upgrade(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
    schema: Data<BellwetherSchema>,
) -> actix_web::Result<HttpResponse> {
    let caller = match caller(&request, &app).await {
        Ok(caller) => caller,
        Err(error) => return Ok(respond(&request, refused(error))),
    };
    if !header(&request, UPGRADE).eq_ignore_ascii_case("websocket") {
        // Nothing is ever run over GET, so what looks like a request is not answered with a page either (S07).
        let shown = app.config.graphiql
            && request.query_string().is_empty()
            && (app.config.development || caller.viewer.is_some());
        return Ok(if shown {
            let page = GraphiQLSource::build()
                .endpoint("/graphql")
                .subscription_endpoint("/graphql")
                .finish();
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .body(page)
        } else {
            HttpResponse::MethodNotAllowed()
                .insert_header(("allow", "POST"))
                .finish()
        });
    }
    if !is_same_origin(&request) {
        return Ok(refusal(
            HttpResponse::Forbidden(),
            "Origin: requests from other sites are refused",
        ));
    }
    socket::open(&app, &schema, caller, &request, payload)
}

/// Whether a browser sent this from one of our own pages, or no browser sent it.
pub fn is_same_origin(request: &HttpRequest) -> bool {
    let origin = header(request, ORIGIN);
    if origin.is_empty() {
        return header(request, HeaderName::from_static("sec-fetch-site")) != "cross-site";
    }
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    !host.is_empty() && host.eq_ignore_ascii_case(&header(request, HOST))
}

fn header(request: &HttpRequest, name: HeaderName) -> String {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn refusal(mut status: actix_web::HttpResponseBuilder, message: &str) -> HttpResponse {
    status.json(
        json!({"errors": [{"message": message, "extensions": {"code": ErrorCode::BadUserInput.as_str()}}]}),
    )
}

/// Answers in the media type that the client asked for (GraphQL over HTTP).
fn respond(request: &HttpRequest, mut response: Response) -> HttpResponse {
    // A request that was refused before execution names no path and has no data.
    let refused = response.is_err()
        && response.data == Value::Null
        && response.errors.iter().all(|e| e.path.is_empty());
    for error in &mut response.errors {
        if error
            .extensions
            .as_ref()
            .and_then(|values| values.get("code"))
            .is_none()
        {
            error
                .extensions
                .get_or_insert_default()
                .set("code", ErrorCode::BadUserInput.as_str());
        }
    }
    let wants_new = header(request, ACCEPT).contains(GRAPHQL_JSON);
    let mut builder = match code(&response).as_deref() {
        Some("TOO_MANY_REQUESTS") => HttpResponse::TooManyRequests(),
        Some("SERVICE_UNAVAILABLE") if refused => HttpResponse::ServiceUnavailable(),
        _ if refused && wants_new => HttpResponse::BadRequest(),
        _ => HttpResponse::Ok(),
    };
    for (name, value) in &response.http_headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    // A request that was refused before it ran has no data, not even null (GraphQL, section 7.1).
    let body = if refused {
        serde_json::to_string(&json!({"errors": response.errors}))
    } else {
        serde_json::to_string(&response)
    }
    .unwrap_or_else(|_| r#"{"errors":[{"message":"unprintable"}]}"#.to_owned());
    builder
        .insert_header((
            CONTENT_TYPE,
            format!("{}; charset=utf-8", if wants_new { GRAPHQL_JSON } else { JSON }),
        ))
        .insert_header(("cache-control", "no-store"))
        .body(body)
}

/// The code of the first error.
fn code(response: &Response) -> Option<String> {
    let error = response.errors.first()?;
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}
