//! The gateway's own error responses.

use http::StatusCode;
use serde_json::json;

use crate::faults::effects as faults;
use crate::functions::Failure;
use crate::interference::bad_gateway;
use crate::wire::response::Response;

/// The gateway's rejection of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Seconds until the client should retry, if a retry can help.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, retry_after: None }
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The rejection while too many bytes of bodies are held.
    pub(crate) fn no_room() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE).retry_after(1)
    }

    /// Returns the response that a fault produces in place of the gateway's.
    pub(crate) fn of_fault(fault: &faults::Refusal) -> Response {
        let retry = |status, seconds: Option<u64>| Self { status, retry_after: seconds };
        match *fault {
            faults::Refusal::Throttle { retry_after_seconds } => {
                retry(StatusCode::TOO_MANY_REQUESTS, retry_after_seconds).into()
            }
            faults::Refusal::Unavailable { retry_after_seconds } => {
                retry(StatusCode::SERVICE_UNAVAILABLE, retry_after_seconds).into()
            }
            faults::Refusal::InternalError => Self::new(StatusCode::INTERNAL_SERVER_ERROR).into(),
            faults::Refusal::BadGateway => bad_gateway(),
            faults::Refusal::ExpiredToken => Self::new(StatusCode::UNAUTHORIZED).into(),
            faults::Refusal::FalseNotFound => Self::new(StatusCode::NOT_FOUND).into(),
        }
    }
}

impl From<Failure> for Refusal {
    /// Returns the status for an invocation that failed in the function or the platform. A function that doesn't exist looks the same as
    /// one that the gateway may not invoke, which clients see as a 500.
    fn from(failure: Failure) -> Self {
        let status = match failure {
            Failure::NotFound => StatusCode::INTERNAL_SERVER_ERROR,
            failure => failure.status(),
        };
        Self { status, retry_after: failure.retry_after() }
    }
}

impl From<Refusal> for Response {
    /// Creates the body `{"code":404,"message":"Not Found"}`, as users commonly report it; the documentation does not show it.
    fn from(refusal: Refusal) -> Self {
        let message = refusal.status.canonical_reason().unwrap_or_default();
        let body = json!({ "code": refusal.status.as_u16(), "message": message });
        let response = Response::new(refusal.status).with_json(&body);
        match refusal.retry_after {
            Some(seconds) => response.retry_after(seconds),
            None => response,
        }
    }
}
