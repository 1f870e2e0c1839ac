//! What vendors over HTTP have in common: one client, and what its failures mean for a text.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};

use crate::delivery::{attempt::CALL_TIMEOUT, vendor::AskError};

/// Longest time until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest time for a whole request: less than the sender's patience, so that the vendor's answer is what decides.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(CALL_TIMEOUT.as_millis() as u64 - 500);
/// Idle connections kept to one vendor: as many as there are texts on their way at once, so that none is opened twice.
const IDLE_CONNECTIONS: usize = 512;
/// Idle connections are closed after this time. Less than a minute, after which many gateways drop them silently.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The client of a vendor. It follows no redirects: what carries a token goes where the settings say.
pub fn client() -> Client {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("Bellwether/", env!("CARGO_PKG_VERSION")))
        .build()
        // Only a broken TLS set-up of the machine fails here, which every request would tell of.
        .unwrap_or_default()
}

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// The vendor answered, and the answer could be read whole.
    Whole {
        /// The status.
        status: StatusCode,
        /// What it asks us to wait.
        retry_after: Option<Duration>,
        /// The body.
        body: Vec<u8>,
    },
    /// The request certainly did not reach the vendor: no connection stood, or it was no request at all.
    NotSent(String),
    /// The request may have reached it.
    Lost(String),
}

/// Sends a request and reads the answer.
pub async fn exchange(request: RequestBuilder) -> Answer {
    let response = match request.send().await {
        Ok(response) => response,
        // hyper reports a failed connection attempt so, before anything of the request was written.
        Err(error) if error.is_connect() || error.is_builder() => return Answer::NotSent(words(&error)),
        Err(error) => return Answer::Lost(words(&error)),
    };
    let status = response.status();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    match read(response).await {
        Ok(body) => Answer::Whole {
            status,
            retry_after,
            body,
        },
        Err(reason) => Answer::Lost(reason),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| words(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error's words without the address, which may hold a cell.
fn words(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_builder() {
        "the address in the settings is none"
    } else {
        "the connection broke"
    };
    kind.to_owned()
}

/// The body of a question that was answered with success, as JSON.
pub async fn ask(request: RequestBuilder) -> Result<serde_json::Value, AskError> {
    match exchange(request).await {
        Answer::Whole { status, body, .. } if status.is_success() => serde_json::from_slice(&body)
            .map_err(|_error| AskError::Failed("the answer is no JSON".to_owned())),
        Answer::Whole { status, .. } => Err(AskError::Failed(format!("the answer is {status}"))),
        Answer::NotSent(reason) | Answer::Lost(reason) => Err(AskError::Failed(reason)),
    }
}

/// A form's body.
pub fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Whether it is a number as vendors write senders: E.164, or a short code.
pub fn is_sender(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
