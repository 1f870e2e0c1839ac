//! What can go wrong in an operation, and how it is told.
//!
//! An operation returns [`OpError`]: either a refusal with a stable code, for people and machines, or an unexpected
//! error, which is logged once with an id and shown as that id alone.

use bellwether_domain::error_codes::ErrorCode;

/// The result of every operation.
pub type OpResult<T> = Result<T, OpError>;

/// Why an operation did not do its work.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpError {
    /// The asker's to mend: the code is stable, the message is for people.
    #[error("{code:?}: {message}")]
    Refused {
        /// The stable code, `extensions.code` in GraphQL.
        code: ErrorCode,
        /// Plain words: what is wrong and what to do.
        message: String,
    },
    /// Ours to mend: never shown.
    #[error("{0}")]
    Unexpected(String),
}

impl OpError {
    /// A refusal with the code's own words.
    pub fn refused(code: ErrorCode) -> Self {
        Self::Refused {
            code,
            message: code.message().to_owned(),
        }
    }

    /// A refusal that says more than the code's own words: name the field and the reason.
    pub fn refused_because(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// Bad input: names the field and the reason.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::refused_because(ErrorCode::BadUserInput, message)
    }

    /// The answer for what does not exist and for what the asker may not know of (S08).
    pub fn not_found() -> Self {
        Self::refused(ErrorCode::NotFound)
    }
}

impl From<bellwether_db::Error> for OpError {
    fn from(error: bellwether_db::Error) -> Self {
        Self::Unexpected(format!("database: {error}"))
    }
}

/// No connection was free in time: nothing was done, and the same request may well succeed in a moment (R18).
pub fn pool_error(error: impl std::fmt::Display) -> OpError {
    tracing::warn!(cause = %error, "no database connection for a request");
    OpError::refused(ErrorCode::ServiceUnavailable)
}
