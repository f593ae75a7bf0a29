//! The error response of a service.

use http::StatusCode;

use crate::wire::response::Response;

/// The reason why a service rejects a request, which becomes the body `{"code","message"}`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub(crate) struct ServiceError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(crate) fn precondition(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, code, message)
    }

    /// Creates the error for a rejected signature. It looks the same to the client whatever the reason.
    pub(crate) fn not_authenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "NotAuthenticated",
            "The required information to complete authentication was not provided or was incorrect.",
        )
    }

    /// Creates and logs the error for a failure of the emulator itself, such as a full disk. Clients retry it until they give up, and
    /// only then report the reason.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!("cannot carry out a request: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", error.to_string())
    }
}

/// Creates the error for a missing required parameter.
pub(crate) fn missing(name: &str) -> ServiceError {
    ServiceError::bad_request("MissingParameter", format!("{name} is missing."))
}

/// Creates the error for an invalid parameter.
pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameter", message)
}

/// Creates the error for an OCID that no resource has. A caller without permission gets the same error.
pub(crate) fn resource_not_found(id: &str) -> ServiceError {
    let message = format!("Authorization failed or requested resource not found: '{id}'.");
    ServiceError::not_found("NotAuthorizedOrNotFound", message)
}

/// Creates the error for a limit on the number of resources that is reached.
pub(crate) fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("LimitExceeded", message)
}

impl From<ServiceError> for Response {
    fn from(error: ServiceError) -> Self {
        Response::error(error.status, error.code, &error.message)
    }
}
