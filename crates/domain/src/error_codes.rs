//! The stable codes of the API's errors. A code is for programs; its message is for people.

text_enum! {
    /// A code in `extensions.code` of a GraphQL error or in the body of an HTTP error.
    ///
    /// Codes are part of the contract: they may be added, never renamed. Names that start with `SENDERR_` are
    /// Spoke's (`src/server/api/mutations/sendMessage.js`), and so is `DUPLICATE_MESSAGE`.
    pub enum ErrorCode ("error code") {
        /// The contact is no longer in the texter's assignment, or the campaign is archived.
        SenderrAssignmentchanged => "SENDERR_ASSIGNMENTCHANGED",
        /// The contact has opted out.
        SenderrOptedout => "SENDERR_OPTEDOUT",
        /// The text is longer than allowed.
        SenderrMaxlen => "SENDERR_MAXLEN",
        /// Outside of the contact's texting hours.
        SenderrOffhours => "SENDERR_OFFHOURS",
        /// The message could not be recorded, so it was not sent.
        SenderrSavefail => "SENDERR_SAVEFAIL",
        /// Nobody is signed in.
        Unauthenticated => "UNAUTHENTICATED",
        /// Signed in, but not allowed.
        Forbidden => "FORBIDDEN",
        /// Does not exist, or not in this organization.
        NotFound => "NOT_FOUND",
        /// The input breaks a rule; the error's message says which.
        BadUserInput => "BAD_USER_INPUT",
        /// Somebody else changed the same thing first.
        Conflict => "CONFLICT",
        /// Ours, not the user's.
        Internal => "INTERNAL",
        /// The contact already had the first message.
        AlreadyMessaged => "ALREADY_MESSAGED",
        /// The same message was sent already.
        DuplicateMessage => "DUPLICATE_MESSAGE",
        /// The script's version is not the one that the texter saw.
        ScriptChanged => "SCRIPT_CHANGED",
        /// The first message is not the script's text.
        TextEdited => "TEXT_EDITED",
        /// The campaign has not started.
        CampaignNotStarted => "CAMPAIGN_NOT_STARTED",
        /// The campaign is archived.
        CampaignArchived => "CAMPAIGN_ARCHIVED",
        /// The campaign's due date has passed.
        CampaignPastDue => "CAMPAIGN_PAST_DUE",
        /// There is no text to send.
        EmptyText => "EMPTY_TEXT",
        /// The e-mail address or the password is wrong; it is not said which.
        InvalidLogin => "INVALID_LOGIN",
        /// The campaign has as many texters as the instance allows. Spoke's name.
        FailedjoinToomanytexters => "FAILEDJOIN_TOOMANYTEXTERS",
        /// Too many requests in a short time; `Retry-After` says how many seconds to wait.
        TooManyRequests => "TOO_MANY_REQUESTS",
        /// The query is deeper, wider or larger than one request may be.
        QueryTooExpensive => "QUERY_TOO_EXPENSIVE",
        /// Only the hash of a query was sent and the server does not know it: send the query with it once.
        PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
        /// The server has more to do than it can; nothing was done.
        ServiceUnavailable => "SERVICE_UNAVAILABLE",
    }
}

impl ErrorCode {
    /// What the code says to a person, as one sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::SenderrAssignmentchanged => "This contact is no longer assigned to you.",
            Self::SenderrOptedout => "This contact has opted out and can't be texted.",
            Self::SenderrMaxlen => "This message is too long. Please shorten it.",
            Self::SenderrOffhours => "It is outside of texting hours for this contact.",
            Self::SenderrSavefail => "The message could not be saved and was not sent. Please try again.",
            Self::Unauthenticated => "Please sign in.",
            Self::Forbidden => "You are not allowed to do that.",
            Self::NotFound => "That does not exist, or you can't see it.",
            Self::BadUserInput => "Something you entered is not right. Please check it.",
            Self::Conflict => "Somebody else changed this first. Please reload and try again.",
            Self::Internal => "Something went wrong on our side. Please try again.",
            Self::AlreadyMessaged => "This contact has already had the first message.",
            Self::DuplicateMessage => "This message was already sent.",
            Self::ScriptChanged => "The script has changed. Please read the new text and send again.",
            Self::TextEdited => "The first message must be the script's text, unchanged.",
            Self::CampaignNotStarted => "This campaign has not started yet.",
            Self::CampaignArchived => "This campaign is archived.",
            Self::CampaignPastDue => "This campaign is past its due date.",
            Self::EmptyText => "The message is empty.",
            Self::InvalidLogin => "The e-mail address or the password is wrong.",
            Self::FailedjoinToomanytexters => {
                "This campaign has all the texters it can take. Please ask whoever invited you for another one."
            }
            Self::TooManyRequests => "Too many requests. Please wait a moment and try again.",
            Self::QueryTooExpensive => "This asks for too much at once. Please ask for less.",
            Self::PersistedQueryNotFound => "This query is not known by its hash. Please send it whole.",
            Self::ServiceUnavailable => {
                "The server is very busy. Nothing was changed. Please try again in a moment."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_survive_the_round_trip() {
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }

    #[test]
    fn codes_and_messages_are_distinct() {
        let codes: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        let messages: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.message()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        assert_eq!(messages.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn messages_are_sentences_without_codes() {
        for code in ErrorCode::ALL {
            assert!(code.message().ends_with('.'), "{code}");
            assert!(!code.message().contains('_'), "{code}");
        }
    }
}
