//! What is handed to a vendor, and what it makes of it.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// A text to hand over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutgoingText {
    /// Our id of it: the same id is the same text.
    pub message_id: i64,
    /// Whose text it is.
    pub organization_id: i64,
    /// The contact's cell.
    pub contact_number: String,
    /// The number to send from; empty lets the vendor choose.
    pub user_number: String,
    /// The vendor's pool of numbers to send from, where it has such; empty: the account's.
    pub messaging_service: String,
    /// What to say.
    pub text: String,
    /// Addresses of pictures and the like.
    pub media: Vec<String>,
    /// The vendor should drop it rather than deliver it later than this.
    pub send_before: Option<DateTime<Utc>>,
    /// The same as a time from now.
    pub valid_for: Option<Duration>,
}

/// What holds others back too when a vendor asks for patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaceScope {
    /// The number that the text is sent from.
    Number,
    /// The messaging service, or where there is none the account.
    Service,
    /// All of the account.
    Account,
}

/// What a vendor made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// It took it.
    Accepted {
        /// The vendor's id of the text.
        service_id: String,
        /// The number that it is sent from; empty while the vendor has not chosen.
        user_number: String,
    },
    /// It will never take it.
    Refused {
        /// The vendor's code.
        code: i32,
    },
    /// It certainly did not take it this time, and others must wait as well.
    Retry {
        /// The vendor's code.
        code: i32,
        /// How long it asks us to wait.
        after: Option<Duration>,
        /// Who has to wait; none: this text alone.
        scope: Option<PaceScope>,
    },
    /// It did not take it, and takes none of this account until a person has set something right: a wrong key, a
    /// suspended account, something missing (R16).
    AccountRefused {
        /// The vendor's code.
        code: i32,
        /// What is wrong, in words for the owner; no secrets.
        reason: String,
    },
    /// Nobody can say whether it took it: a time-out, a broken answer. Never sent again by itself.
    Unknown,
}

/// A text whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostText {
    /// Our id of it.
    pub message_id: i64,
    /// The contact's cell.
    pub contact_number: String,
    /// What it said.
    pub text: String,
    /// When the vendor was asked first, by the database's clock.
    pub asked_at: DateTime<Utc>,
}

/// A text that a vendor has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundText {
    /// The vendor's id of it.
    pub service_id: String,
    /// Our id of it, where the vendor carries it along. Else it is a likeness: same cell, same time.
    pub message_id: Option<i64>,
    /// It has the words of the lost one. One that has not may be the lost one all the same, since vendors change words
    /// (smart quotes, links): while it is nobody else's, the lost one does not go out again.
    pub has_words: bool,
    /// The number that it was sent from.
    pub user_number: String,
    /// What became of it.
    pub status: super::ReceiptStatus,
    /// The vendor's code, if it failed.
    pub error_code: Option<i32>,
}

/// Texts from contacts that a vendor has.
#[derive(Debug, Default)]
pub struct ReceivedTexts {
    /// They, oldest first.
    pub events: Vec<super::ReadEvent>,
    /// These are all: else the same time has to be asked for again.
    pub is_complete: bool,
}

/// Why a vendor could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It has nothing to ask for that.
    #[error("the service cannot be asked for that")]
    Unsupported,
    /// It did not answer, or not with an answer.
    #[error("{0}")]
    Failed(String),
}

/// A number that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtNumber {
    /// The vendor's id of it.
    pub service_id: String,
    /// E.164.
    pub phone_number: String,
}

/// What kind of line a cell is, by the vendor's look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineType {
    /// Takes texts.
    Mobile,
    /// Mostly takes texts.
    Voip,
    /// Takes none.
    Landline,
    /// No such number.
    Invalid,
    /// Nobody knows.
    Unknown,
}

/// What a vendor's code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorMeaning {
    /// What happened, in words.
    pub text: &'static str,
    /// What can be done about it, in words for an admin; empty: nothing.
    pub advice: &'static str,
    /// What follows from it.
    pub class: ErrorClass,
}

/// What follows from a vendor's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The contact told the vendor or the carrier to stop: it is an opt-out (R05, R17).
    OptedOut,
    /// The number takes no texts, now or ever.
    BadNumber,
    /// The carrier took it for spam.
    Filtered,
    /// The sending number or its registration is not in order.
    Unregistered,
    /// Too much at once, or for today.
    RateLimited,
    /// The account: credentials, money, suspension.
    Account,
    /// Passing trouble on the way to the phone.
    Unreachable,
    /// The text itself: too long, empty, bad media.
    Text,
    /// Nobody knows.
    Other,
}

impl ErrorClass {
    /// As the API says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptedOut => "OPTED_OUT",
            Self::BadNumber => "BAD_NUMBER",
            Self::Filtered => "FILTERED",
            Self::Unregistered => "UNREGISTERED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Account => "ACCOUNT",
            Self::Unreachable => "UNREACHABLE",
            Self::Text => "TEXT",
            Self::Other => "OTHER",
        }
    }
}
