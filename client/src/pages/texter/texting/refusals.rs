use bellwether_domain::error_codes::ErrorCode;

use crate::graphql::ApiError;

/// What a refused text means and what to do now, in plain words.
pub fn advice(error: &ApiError) -> String {
    let Ok(code) = error.code.parse::<ErrorCode>() else {
        return error.message.clone();
    };
    match code {
        ErrorCode::SenderrAssignmentchanged => {
            "This contact is no longer assigned to you, so the text was not sent. Go on with the next one."
        }
        ErrorCode::SenderrOptedout => {
            "This contact has opted out and must not be texted. The text was not sent. Go on with the next one."
        }
        ErrorCode::SenderrOffhours => {
            "It is too early or too late for texting where this contact lives. The text was not sent; \
             try again within texting hours."
        }
        ErrorCode::SenderrMaxlen => "This text is too long. Shorten it and send again.",
        ErrorCode::CampaignArchived | ErrorCode::CampaignPastDue | ErrorCode::CampaignNotStarted => {
            "This campaign takes no texts at the moment, so nothing was sent. Ask the person who runs it."
        }
        ErrorCode::EmptyText => "There is nothing to send yet. Write a text first.",
        _ => return error.message.clone(),
    }
    .to_owned()
}

/// What becomes of a first message that the server did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The contact has the text already: nothing is left to do.
    Done,
    /// Nothing was refused: the same request may be repeated.
    Repeat,
    /// The texter must read the new text first.
    ReadAgain,
    /// The texter must know.
    Refused,
}

/// What an error means for a first message.
pub fn outcome(error: &ApiError) -> Outcome {
    match error.code.parse() {
        Ok(ErrorCode::AlreadyMessaged | ErrorCode::DuplicateMessage) => Outcome::Done,
        Ok(ErrorCode::ScriptChanged) => Outcome::ReadAgain,
        _ if error.is_transient() => Outcome::Repeat,
        _ => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> ApiError {
        ApiError::new(code, "said by the server")
    }

    #[test]
    fn says_what_to_do() {
        assert!(advice(&error("SENDERR_OPTEDOUT")).contains("opted out"));
        assert!(advice(&error("SENDERR_OFFHOURS")).contains("texting hours"));
        assert_eq!(advice(&error("SOMETHING_NEW")), "said by the server");
    }

    #[test]
    fn tells_refusals_from_failures() {
        assert_eq!(outcome(&error("ALREADY_MESSAGED")), Outcome::Done);
        assert_eq!(outcome(&error("SCRIPT_CHANGED")), Outcome::ReadAgain);
        assert_eq!(outcome(&error("NETWORK")), Outcome::Repeat);
        assert_eq!(outcome(&error("INTERNAL")), Outcome::Repeat);
        assert_eq!(outcome(&error("SENDERR_OPTEDOUT")), Outcome::Refused);
    }
}
