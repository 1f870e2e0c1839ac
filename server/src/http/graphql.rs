//! GraphQL over HTTP at `/graphql`: POST for queries and mutations, WebSocket for subscriptions, `GraphiQL` in
//! development. Requests that a foreign page could make a browser send are refused (S07).

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, ORIGIN, UPGRADE},
    web::{self, Data, Payload, ServiceConfig},
};
use async_graphql::{Data as ContextData, Request, Response, Value, http::GraphiQLSource};
use async_graphql_actix_web::GraphQLSubscription;
use bellwether_domain::error_codes::ErrorCode;
use futures_util::StreamExt;
use serde_json::json;

use crate::{
    app::App,
    error::OpError,
    graphql::{BellwetherSchema, Viewer, error::describe, loaders::loader},
    requester,
};

/// Longest a query or mutation may take (S03).
pub const MAX_EXECUTION: Duration = Duration::from_secs(10);
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
    let viewer = match requester::optional_from_request(&request, &app).await {
        Ok(viewer) => Viewer(viewer),
        Err(error) => return respond(&request, unexpected(error)),
    };
    let query = query.data(viewer).data(loader(&app));
    let response = match tokio::time::timeout(MAX_EXECUTION, schema.execute(query)).await {
        Ok(response) => response,
        Err(_) => unexpected(OpError::Unexpected(format!(
            "a request took longer than {MAX_EXECUTION:?}"
        ))),
    };
    respond(&request, response)
}

/// Opens a subscription socket, or shows `GraphiQL` in development.
async fn upgrade(
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
    schema: Data<BellwetherSchema>,
) -> actix_web::Result<HttpResponse> {
    if !header(&request, UPGRADE).eq_ignore_ascii_case("websocket") {
        return Ok(if app.config.development {
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
    let viewer = match requester::optional_from_request(&request, &app).await {
        Ok(viewer) => viewer,
        Err(error) => return Ok(respond(&request, unexpected(error))),
    };
    let mut data = ContextData::default();
    data.insert(Viewer(viewer));
    data.insert(loader(&app));
    GraphQLSubscription::new(schema.get_ref().clone())
        .with_data(data)
        .start(&request, payload)
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

fn unexpected(error: OpError) -> Response {
    let (code, message, id) = describe(error);
    let mut told = async_graphql::ServerError::new(message, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    if let Some(id) = id {
        extensions.set("requestId", id);
    }
    told.extensions = Some(extensions);
    Response::from_errors(vec![told])
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
    let mut builder = if refused && wants_new {
        HttpResponse::BadRequest()
    } else {
        HttpResponse::Ok()
    };
    for (name, value) in &response.http_headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    let body = serde_json::to_string(&response)
        .unwrap_or_else(|_| r#"{"errors":[{"message":"unprintable"}]}"#.to_owned());
    builder
        .insert_header((
            CONTENT_TYPE,
            format!("{}; charset=utf-8", if wants_new { GRAPHQL_JSON } else { JSON }),
        ))
        .insert_header(("cache-control", "no-store"))
        .body(body)
}
