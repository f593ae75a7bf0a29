use crate::error::Error;
use http::StatusCode;
use oci_requests::{Cause, ServiceError};
use std::time::Duration;

/// Why there is no result of PutMessages, by what its caller can do.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Nothing was sent, because there were no credentials, no endpoint or no connection. None of the messages is on the stream.
    #[error("the messages were not sent")]
    NotSent(#[source] Error),
    /// The service refused the request (4xx, for example 429). None of the messages is on the stream.
    #[error("the service refused the messages")]
    Refused(#[source] Box<oci_requests::Error>),
    /// The request was sent and there is no valid response: the connection broke, the time was over, the service failed (5xx), or its response
    /// is not understood. Some, all or none of the messages may be on the stream. If they are sent again, they may be there twice.
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

    /// The service's own error, if it responded with one. After a 5xx the effect is unknown nevertheless.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            PutError::Refused(error) => error.service(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.service(),
        }
    }

    /// The status of the service's error, if it responded with one.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// The service's error code, if there is one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// How long the service asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(|error| error.retry_after)
    }

    /// Whether the same request may succeed later. After [`Unknown`](PutError::Unknown) the caller decides whether duplicates are acceptable.
    pub fn is_retryable(&self) -> bool {
        match self {
            PutError::Refused(error) => error.is_retryable(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.is_retryable(),
        }
    }
}
