use std::{cell::Cell, rc::Rc};

use gloo_net::http::Request;
use gloo_timers::callback::Timeout;
use graphql_client::{GraphQLQuery, Response};
use serde::de::DeserializeOwned;
use web_sys::AbortController;

use super::ApiError;
use crate::routes;

const PATIENCE_MS: u32 = 20_000;

/// The header that proves a request comes from our own pages.
pub const fn endpoint_headers() -> (&'static str, &'static str) {
    ("X-Requested-With", "bellwether")
}

/// Runs one operation. The only function that fetches; a lost session goes to the login page from here.
pub async fn execute<Q: GraphQLQuery>(variables: Q::Variables) -> Result<Q::ResponseData, ApiError> {
    let body = serde_json::to_string(&Q::build_query(variables))
        .map_err(|error| ApiError::new("UNREADABLE", &error.to_string()))?;
    let result = match post(body).await {
        Ok((status, text)) => read(status, &text),
        Err(error) => Err(error),
    };
    if result
        .as_ref()
        .is_err_and(|error| error.code == "UNAUTHENTICATED")
    {
        go_to_login();
    }
    result
}

/// Leaves for the login page, which brings the user back here.
pub fn go_to_login() {
    let Some(location) = web_sys::window().map(|window| window.location()) else {
        return;
    };
    let path = location.pathname().unwrap_or_default();
    if path != routes::LOGIN {
        let here = path + &location.search().unwrap_or_default();
        // A failure here leaves the error on the page, which is good enough.
        let _ = location.assign(&routes::login(&here));
    }
}

async fn post(body: String) -> Result<(u16, String), ApiError> {
    let controller = AbortController::new().ok();
    let late = Rc::new(Cell::new(false));
    let timer = Timeout::new(PATIENCE_MS, {
        let (controller, late) = (controller.clone(), late.clone());
        move || {
            late.set(true);
            if let Some(controller) = controller {
                controller.abort();
            }
        }
    });
    let failed = |_: gloo_net::Error| {
        if late.get() {
            ApiError::timeout()
        } else {
            ApiError::network()
        }
    };
    let (name, value) = endpoint_headers();
    let signal = controller.as_ref().map(AbortController::signal);
    let response = Request::post("/graphql")
        .abort_signal(signal.as_ref())
        .header("Content-Type", "application/json")
        .header(name, value)
        .body(body)
        .map_err(failed)?
        .send()
        .await
        .map_err(failed)?;
    let text = response.text().await.map_err(failed)?;
    drop(timer);
    Ok((response.status(), text))
}

fn read<T: DeserializeOwned>(status: u16, text: &str) -> Result<T, ApiError> {
    // The reason of a broken body is of no use to the user: the status says what to do.
    let Ok(answer) = serde_json::from_str::<Response<T>>(text) else {
        return Err(ApiError::from_status(status));
    };
    if let Some(error) = answer.errors.into_iter().flatten().next() {
        return Err(ApiError::from_graphql(error.message, error.extensions.as_ref()));
    }
    answer.data.ok_or_else(|| ApiError::from_status(status))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn reads_data() {
        assert_eq!(read::<Value>(200, r#"{"data":{"a":1}}"#).unwrap()["a"], 1);
    }

    #[test]
    fn an_error_wins_over_data() {
        let text = r#"{"data":null,"errors":[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]}"#;
        assert_eq!(read::<Value>(200, text).unwrap_err().code, "FORBIDDEN");
    }

    #[test]
    fn a_page_of_html_becomes_a_sentence() {
        assert_eq!(read::<Value>(502, "<html>").unwrap_err().code, "SERVER_DOWN");
        assert_eq!(read::<Value>(401, "").unwrap_err().code, "UNAUTHENTICATED");
    }
}
