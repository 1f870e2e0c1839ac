//! What Twilio's answer to a text means: <https://www.twilio.com/docs/usage/twilios-response>.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::codes;
use crate::{
    delivery::vendor::{ErrorClass, ErrorMeaning, PaceScope, SendOutcome, own_codes},
    extensions::vendors::http::Answer,
};

/// An answer's body as JSON; null where it is none.
pub fn says(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// What an answer to a text means.
pub fn outcome(answer: Answer) -> SendOutcome {
    let (status, retry_after, body) = match answer {
        Answer::NotSent(reason) => {
            tracing::warn!(reason, "Twilio cannot be reached");
            return SendOutcome::Retry {
                code: own_codes::NO_ANSWER,
                after: None,
                scope: None,
            };
        }
        Answer::Lost(reason) => {
            tracing::warn!(reason, "Twilio's answer was lost");
            return SendOutcome::Unknown;
        }
        Answer::Whole {
            status,
            retry_after,
            body,
        } => (status, retry_after, says(&body)),
    };
    if status.is_success() {
        return match body["sid"].as_str().filter(|sid| !sid.is_empty()) {
            Some(sid) => SendOutcome::Accepted {
                service_id: sid.to_owned(),
                user_number: body["from"].as_str().unwrap_or_default().to_owned(),
            },
            None => SendOutcome::Unknown,
        };
    }
    let code = body["code"].as_i64().and_then(|code| i32::try_from(code).ok());
    match status {
        StatusCode::TOO_MANY_REQUESTS => SendOutcome::Retry {
            code: code.unwrap_or(20429),
            after: retry_after,
            scope: Some(PaceScope::Account),
        },
        // With a time to wait it says that it did nothing; without one, like any other failure of its own, nobody
        // knows.
        StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => SendOutcome::Retry {
            code: code.unwrap_or(own_codes::NO_ANSWER),
            after: retry_after,
            scope: Some(PaceScope::Account),
        },
        status if status.is_client_error() => refused(status, code, retry_after),
        _ => SendOutcome::Unknown,
    }
}

fn refused(status: StatusCode, code: Option<i32>, retry_after: Option<Duration>) -> SendOutcome {
    let meaning = code.and_then(codes::meaning);
    let is_account = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
    );
    match meaning.map(|meaning| meaning.class) {
        Some(ErrorClass::RateLimited) => SendOutcome::Retry {
            code: code.unwrap_or_default(),
            after: retry_after,
            // 21611: the sending number's own queue is full.
            scope: Some(if code == Some(21611) {
                PaceScope::Number
            } else {
                PaceScope::Service
            }),
        },
        // A region that is not allowed is no fault of other texts.
        Some(ErrorClass::Account) if code != Some(21408) => account_refused(status, code, meaning),
        None if is_account => account_refused(status, code, meaning),
        _ => SendOutcome::Refused {
            code: code.unwrap_or(own_codes::NO_REASON),
        },
    }
}

fn account_refused(status: StatusCode, code: Option<i32>, meaning: Option<ErrorMeaning>) -> SendOutcome {
    let reason = match meaning {
        Some(meaning) => format!("{} {}", meaning.text, meaning.advice),
        None => format!("Twilio answers {status}. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
    };
    SendOutcome::AccountRefused {
        code: code.unwrap_or(own_codes::NO_REASON),
        reason: reason.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(status: u16, retry_after: Option<u64>, body: &str) -> SendOutcome {
        outcome(Answer::Whole {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn an_answer_means_what_its_code_says() {
        assert!(matches!(
            whole(201, None, "{\"sid\":\"SM1\",\"from\":null}"),
            SendOutcome::Accepted { service_id, user_number } if service_id == "SM1" && user_number.is_empty()
        ));
        // Taken, but by which name is not readable; and its own failures: nobody knows.
        for (status, body) in [(201, "{"), (201, "{}"), (500, "{}"), (502, "<html>"), (503, "")] {
            assert_eq!(whole(status, None, body), SendOutcome::Unknown, "{status} {body}");
        }
        assert_eq!(
            whole(400, None, "{\"code\":21211}"),
            SendOutcome::Refused { code: 21211 }
        );
        assert_eq!(
            whole(400, None, "?"),
            SendOutcome::Refused {
                code: own_codes::NO_REASON
            }
        );
        assert_eq!(
            whole(429, Some(7), "{\"code\":20429}"),
            SendOutcome::Retry {
                code: 20429,
                after: Some(Duration::from_secs(7)),
                scope: Some(PaceScope::Account)
            }
        );
        assert!(matches!(whole(503, Some(1), ""), SendOutcome::Retry { .. }));
        for (status, body) in [
            (401, "{\"code\":20003}"),
            (401, ""),
            (404, "{\"code\":20404}"),
            (403, ""),
        ] {
            assert!(
                matches!(whole(status, None, body), SendOutcome::AccountRefused { .. }),
                "{status} {body}"
            );
        }
        assert!(matches!(
            outcome(Answer::NotSent(String::new())),
            SendOutcome::Retry { scope: None, .. }
        ));
        assert_eq!(outcome(Answer::Lost(String::new())), SendOutcome::Unknown);
    }
}
