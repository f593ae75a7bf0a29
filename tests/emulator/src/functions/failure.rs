//! The reasons why an invocation has no response from the function.

use http::StatusCode;

use crate::wire::service_error::ServiceError;

/// A failed invocation: the reason, and the call ID.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{failure}")]
pub struct InvokeError {
    /// The reason.
    pub failure: Failure,
    /// The call ID; empty if the function was not called.
    pub call_id: String,
}

/// The reason why an invocation failed. The texts are the agent's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No function has this ID.
    #[error("Authorization failed or requested resource not found.")]
    NotFound,
    /// The body of the request is larger than 6 MB.
    #[error("The request body is too large: the limit is 6291456 bytes.")]
    RequestTooLarge,
    /// The concurrency limit is reached.
    #[error("User-rate limit exceeded.")]
    TooManyRequests,
    /// No process can be started now.
    #[error("Timed out - server too busy")]
    Busy,
    /// The program no longer exists.
    #[error("Failed to pull image: the function's program does not exist")]
    ImageNotAvailable,
    /// The process ended before it created its socket, or the socket is not usable.
    #[error("Container failed to initialize, please ensure you are using the latest fdk and check the logs")]
    InitFailed,
    /// The process did not create its socket in time.
    #[error(
        "Container initialization timed out, please ensure you are using the latest fdk and check the logs"
    )]
    InitTimedOut,
    /// The function responded with 502.
    #[error("function failed")]
    FunctionFailed,
    /// The function responded with 504, or did not complete its response by the deadline.
    #[error("Timed out")]
    TimedOut,
    /// The function responded with a status other than 200, 502 and 504.
    #[error("invalid function response")]
    InvalidResponse,
    /// The connection broke, or the response was not HTTP.
    #[error("error receiving function response")]
    Broken,
    /// The body ended before its announced length.
    #[error("internal server error")]
    ShortBody,
    /// The headers exceed their limit.
    #[error("function response header too large")]
    HeaderTooLarge,
    /// The body exceeds its limit.
    #[error("function response body too large")]
    BodyTooLarge,
}

/// Seconds in the `Retry-After` header that the open-source server sends with its 503.
const BUSY_RETRY_SECONDS: u64 = 15;

impl Failure {
    /// Returns the status for the caller.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::InitTimedOut | Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::ShortBody => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ImageNotAvailable
            | Self::InitFailed
            | Self::FunctionFailed
            | Self::InvalidResponse
            | Self::Broken
            | Self::HeaderTooLarge
            | Self::BodyTooLarge => StatusCode::BAD_GATEWAY,
        }
    }

    /// Returns the error code for the caller (OCI Functions, "Troubleshooting").
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "NotAuthorizedOrNotFound",
            Self::RequestTooLarge => "FunctionInvokeRequestContentTooLarge",
            Self::TooManyRequests => "TooManyRequests",
            Self::Busy => "FunctionInvokeServiceUnavailable",
            Self::ImageNotAvailable => "FunctionInvokeImageNotAvailable",
            Self::InitFailed => "FunctionInvokeContainerInitFail",
            Self::InitTimedOut => "FunctionInvokeContainerInitTimeout",
            Self::FunctionFailed => "FunctionInvokeExecutionFailed",
            Self::TimedOut => "FunctionInvokeTimeout",
            Self::InvalidResponse => "FunctionInvokeInvalidResponse",
            Self::Broken => "FunctionInvokeExecutionError",
            Self::ShortBody => "InternalServerError",
            Self::HeaderTooLarge => "FunctionInvokeResponseHeaderTooLarge",
            Self::BodyTooLarge => "FunctionInvokeResponseBodyTooLarge",
        }
    }

    /// Returns the seconds after which to retry, if the service specifies them.
    pub fn retry_after(self) -> Option<u64> {
        (self == Self::Busy).then_some(BUSY_RETRY_SECONDS)
    }
}

impl From<Failure> for ServiceError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.status(), failure.code(), failure.to_string())
    }
}
