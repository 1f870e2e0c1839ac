use std::collections::HashMap;

use serde_json::Value;

/// Why an operation did not give what was asked: one shape for network, HTTP and GraphQL failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// A code of the contract, or `NETWORK`, `TIMEOUT`, `UNREADABLE`, `EMPTY` of our own.
    pub code: String,
    /// A sentence for the user.
    pub message: String,
    /// What to tell whoever runs the server.
    pub request_id: Option<String>,
}

impl ApiError {
    /// An error of our own.
    pub fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
        }
    }

    /// The request did not arrive, or its answer did not come back.
    pub fn network() -> Self {
        Self::new(
            "NETWORK",
            "You seem to be offline. Check your connection and try again.",
        )
    }

    /// The answer took too long.
    pub fn timeout() -> Self {
        Self::new(
            "TIMEOUT",
            "The server is taking too long to answer. Please try again.",
        )
    }

    /// A failure that the browser says nothing more about, for `map_err`.
    pub fn lost<E>(_reason: E) -> Self {
        Self::network()
    }

    /// What an HTTP status without a readable body means.
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::new("UNAUTHENTICATED", "Please sign in again."),
            403 => Self::new("FORBIDDEN", "You may not do this."),
            413 => Self::new("TOO_LARGE", "That file is too large."),
            429 => Self::new(
                "TOO_MANY_REQUESTS",
                "That was a lot at once. Wait a moment and try again.",
            ),
            500.. => Self::new(
                "SERVER_DOWN",
                "The server has a problem right now. Please try again shortly.",
            ),
            _ => Self::new(
                "UNREADABLE",
                "The server gave an answer we could not read. Please try again.",
            ),
        }
    }

    /// The first error of a GraphQL answer.
    pub fn from_graphql(message: String, extensions: Option<&HashMap<String, Value>>) -> Self {
        let text = |key: &str| {
            extensions
                .and_then(|map| map.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Self {
            code: text("code").unwrap_or_else(|| "UNKNOWN".to_owned()),
            message,
            request_id: text("requestId"),
        }
    }

    /// Whether what was asked for is not there for this user, so that asking again is of no use.
    pub fn is_closed_door(&self) -> bool {
        matches!(self.code.as_str(), "FORBIDDEN" | "NOT_FOUND")
    }

    /// Whether no answer came, so that nothing is known about the server.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.code.as_str(), "NETWORK" | "TIMEOUT")
    }

    /// Whether sending the very same request again may succeed: nothing was refused.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code.as_str(),
            "NETWORK" | "TIMEOUT" | "SERVER_DOWN" | "UNREADABLE" | "TOO_MANY_REQUESTS" | "INTERNAL"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_code_and_request_id_of_the_server() {
        let extensions = HashMap::from([
            ("code".to_owned(), Value::from("OPTED_OUT")),
            ("requestId".to_owned(), Value::from("r-1")),
        ]);
        let error = ApiError::from_graphql("No.".to_owned(), Some(&extensions));
        assert_eq!(
            (error.code.as_str(), error.request_id.as_deref()),
            ("OPTED_OUT", Some("r-1"))
        );
    }

    #[test]
    fn only_unanswered_requests_are_worth_repeating() {
        assert!(ApiError::network().is_transient());
        assert!(ApiError::from_status(502).is_transient());
        assert!(!ApiError::from_status(403).is_transient());
        assert!(!ApiError::from_graphql("No.".to_owned(), None).is_transient());
    }
}
