use crate::chain::chain;
use bytes::Bytes;
use http::StatusCode;
use std::error::Error;
use std::fmt;

/// Why a call could not be answered.
///
/// Reaches the agent as 502 "function failed" or 504 "timed out": the container is kept, and callers that try again (Connector Hub,
/// Events) do so. The open-source agent throws the body away and puts its own in its place.
///
/// Made from any error by `?`. It is none itself, as no type can be both.
pub struct Failure {
    kind: Kind,
    cause: Option<Box<dyn Error + Send + Sync>>,
    body: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failed,
    TimedOut,
}

impl Failure {
    /// A failed call, 502.
    ///
    /// Takes errors and text. Its message is the error's and those of all its sources, joined by `: `.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Failure { kind: Kind::Failed, cause: Some(cause.into()), body: None }
    }

    /// A call that could not be answered in time, 504.
    pub fn timeout() -> Self {
        Failure { kind: Kind::TimedOut, cause: None, body: None }
    }

    /// Puts a JSON document in the place of `{"message": …}`.
    #[must_use]
    pub fn with_body(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    /// Whether this is a 504.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::TimedOut
    }

    /// What happened, with all causes.
    pub fn message(&self) -> String {
        match &self.cause {
            Some(cause) => chain(cause.as_ref()),
            None => "the function ran out of time".to_owned(),
        }
    }

    /// The error that this was made from.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Failed => StatusCode::BAD_GATEWAY,
            Kind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The body that was given, or `{"message": …}`.
    ///
    /// fdk-python declares JSON as well, but sends the bare message.
    pub(crate) fn into_body(self) -> Bytes {
        let message = self.message();
        self.body.unwrap_or_else(|| serde_json::json!({ "message": message }).to_string().into())
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::new(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("status", &self.status().as_u16())
            .field("message", &self.message())
            .finish()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
