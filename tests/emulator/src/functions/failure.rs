//! Why an invocation has no answer of the function's.

use http::StatusCode;

use crate::wire::service_error::ServiceError;

/// What an invocation failed with, under the id of its call.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{failure}")]
pub struct InvokeError {
    /// What happened.
    pub failure: Failure,
    /// The call's id; empty when there was no call.
    pub call_id: String,
}

/// What can happen. The texts are the agent's own, so they say no more than it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no function of this id.
    #[error("Authorization failed or requested resource not found.")]
    NotFound,
    /// The request's body is above 6 MB.
    #[error("The request body is too large: the limit is 6291456 bytes.")]
    RequestTooLarge,
    /// The megabytes at work are at their limit.
    #[error("User-rate limit exceeded.")]
    TooManyRequests,
    /// No process can be started here and now.
    #[error("Timed out - server too busy")]
    Busy,
    /// The program is not there yet.
    #[error("Failed to pull image: the function's program is not there")]
    ImageNotAvailable,
    /// The process ended before its socket was there, or its socket is none that can be called.
    #[error("Container failed to initialize, please ensure you are using the latest fdk and check the logs")]
    InitFailed,
    /// There was no socket in time.
    #[error(
        "Container initialization timed out, please ensure you are using the latest fdk and check the logs"
    )]
    InitTimedOut,
    /// The function answered 502.
    #[error("function failed")]
    FunctionFailed,
    /// The function answered 504, or there was no whole answer by the deadline.
    #[error("Timed out")]
    TimedOut,
    /// The function answered something that is none of 200, 502 and 504.
    #[error("invalid function response")]
    InvalidResponse,
    /// The connection broke, or what came was not HTTP.
    #[error("error receiving function response")]
    Broken,
    /// The body ended before the length that it promised.
    #[error("internal server error")]
    ShortBody,
    /// The headers are above their limit.
    #[error("function response header too large")]
    HeaderTooLarge,
    /// The body is above its limit.
    #[error("function response body too large")]
    BodyTooLarge,
}

/// What the open-source server sends with its 503.
const BUSY_RETRY_SECONDS: u64 = 15;

impl Failure {
    /// The status that the caller sees.
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

    /// The code that the caller sees (OCI Functions, "Troubleshooting").
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

    /// Seconds after which to try again, where the service says so.
    pub fn retry_after(self) -> Option<u64> {
        (self == Self::Busy).then_some(BUSY_RETRY_SECONDS)
    }
}

impl From<Failure> for ServiceError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.status(), failure.code(), failure.to_string())
    }
}
