//! How an operation's error is told over GraphQL: `message` for people, `extensions.code` for machines,
//! `extensions.requestId` for what is ours to mend.

use async_graphql::ErrorExtensionValues;
use bellwether_domain::error_codes::ErrorCode;

use crate::error::OpError;

/// The result of every resolver.
pub type GqlResult<T> = Result<T, ApiError>;

/// An operation's error on its way out. It has no `Display`, so that async-graphql cannot print what is inside.
#[derive(Debug, Clone)]
pub struct ApiError(OpError);

impl<T: Into<OpError>> From<T> for ApiError {
    fn from(error: T) -> Self {
        Self(error.into())
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(ApiError(error): ApiError) -> Self {
        let (code, message, id) = describe(error);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.as_str());
        if let Some(id) = id {
            extensions.set("requestId", id);
        }
        let mut told = async_graphql::Error::new(message);
        told.extensions = Some(extensions);
        told
    }
}

/// What is told of an error: its code, its words, and for an unexpected one the id that is in the log too.
pub fn describe(error: OpError) -> (ErrorCode, String, Option<String>) {
    match error {
        OpError::Refused { code, message } => (code, message, None),
        OpError::Unexpected(cause) => {
            crate::metrics::UNEXPECTED_ERRORS.add_one();
            let id = uuid::Uuid::new_v4().simple().to_string();
            tracing::error!(request.id = %id, cause = %cause, "an operation failed unexpectedly");
            (
                ErrorCode::Internal,
                ErrorCode::Internal.message().to_owned(),
                Some(id),
            )
        }
    }
}
