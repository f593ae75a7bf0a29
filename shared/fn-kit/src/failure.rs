use crate::chain::chain;
use bytes::Bytes;
use http::StatusCode;
use std::error::Error;
use std::fmt;

/// Why a call failed.
///
/// The agent receives a failure as 502 "function failed" or 504 "timed out". It keeps the container, and callers that retry (Connector Hub,
/// Events) do so. The open-source agent replaces the body with its own.
///
/// `?` converts any error to a failure. For this reason `Failure` does not implement `Error`: Rust does not allow both.
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
    /// Creates a failure that the agent receives as 502.
    ///
    /// Accepts errors and text. The message is the [`chain`](crate::chain()) of the error and its causes.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Failure { kind: Kind::Failed, cause: Some(cause.into()), body: None }
    }

    /// Creates the failure of a call that ran out of time, which the agent receives as 504.
    pub fn timeout() -> Self {
        Failure { kind: Kind::TimedOut, cause: None, body: None }
    }

    /// Sets a JSON document to send instead of `{"message": …}`.
    #[must_use]
    pub fn with_body(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    /// Returns whether this failure is a 504.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::TimedOut
    }

    /// Returns the message of the failure, including all causes.
    pub fn message(&self) -> String {
        match &self.cause {
            Some(cause) => chain(cause.as_ref()),
            None => "the function ran out of time".to_owned(),
        }
    }

    /// Returns the error that caused the failure, if there is one.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Failed => StatusCode::BAD_GATEWAY,
            Kind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Returns the given body, or `{"message": …}`.
    ///
    /// (fdk-python also declares JSON, but sends the bare message.)
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
