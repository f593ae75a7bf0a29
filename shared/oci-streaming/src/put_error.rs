use crate::error::Error;
use http::StatusCode;
use oci_requests::{Cause, ServiceError};
use std::time::Duration;

/// Why there is no result of PutMessages, classified by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Nothing was sent, because there were no credentials, no endpoint or no connection. None of the messages is on the stream.
    #[error("the messages were not sent")]
    NotSent(#[source] Error),
    /// The service refused the request (4xx, for example 429). None of the messages is on the stream.
    #[error("the service refused the messages")]
    Refused(#[source] Box<oci_requests::Error>),
    /// The request was sent, but there is no valid response: the connection broke, the time ran out, the service failed (5xx), or its
    /// response cannot be understood. Some, all or none of the messages may be on the stream. Sending them again may store them twice.
    #[error("it is unknown whether the messages were stored")]
    Unknown(#[source] Error),
}

impl PutError {
    pub(crate) fn of(error: oci_requests::Error) -> Self {
        if error.effect_unknown {
            return PutError::Unknown(error.into());
        }
        match error.cause {
            Cause::Service(_) => PutError::Refused(Box::new(error)),
            _ => PutError::NotSent(error.into()),
        }
    }

    /// Returns the service's own error, if it responded with one. Note that after a 5xx the effect is unknown.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            PutError::Refused(error) => error.service(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.service(),
        }
    }

    /// Returns the status of the service's error, if it responded with one.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// Returns the service's error code, if there is one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Returns how long the service asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(|error| error.retry_after)
    }

    /// Returns whether the same request may succeed later. After [`Unknown`](PutError::Unknown) the caller has to decide whether duplicates
    /// are acceptable.
    pub fn is_retryable(&self) -> bool {
        match self {
            PutError::Refused(error) => error.is_retryable(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.is_retryable(),
        }
    }
}
