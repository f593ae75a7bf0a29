use crate::error::Error;
use http::StatusCode;
use oci_client::{Cause, ServiceError};
use std::time::Duration;

/// Why PutMessages has no answer about its messages, by what its caller can do.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Nothing was sent: there were no credentials, no endpoint, no connection. None of the messages is on the stream.
    #[error("the messages were not sent")]
    NotSent(#[source] Error),
    /// The service refused the request (4xx), throttled it, say (429): none of the messages is on the stream.
    #[error("the service refused the messages")]
    Refused(#[source] Box<oci_client::Error>),
    /// The request was sent and no good answer came: the connection broke, the time was over, the service failed (5xx), or what it answered
    /// cannot be understood. Some, all or none of the messages may be on the stream; sent again, they may be there twice.
    #[error("nobody knows whether the messages were stored")]
    Unknown(#[source] Error),
}

impl PutError {
    pub(crate) fn of(error: oci_client::Error) -> Self {
        if error.effect_unknown {
            return PutError::Unknown(error.into());
        }
        match error.cause {
            Cause::Service(_) => PutError::Refused(Box::new(error)),
            _ => PutError::NotSent(error.into()),
        }
    }

    /// The service's account of it, if it answered: also of an error on its side (5xx), which leaves the effect unknown.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            PutError::Refused(error) => error.service(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.service(),
        }
    }

    /// The status that the service answered with, if it answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// The service's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// How long to wait, as asked by the service.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(|error| error.retry_after)
    }

    /// Whether the same request may succeed later. Of [`Unknown`](PutError::Unknown) it is for the caller to say what a double is worth.
    pub fn is_retryable(&self) -> bool {
        match self {
            PutError::Refused(error) => error.is_retryable(),
            PutError::NotSent(error) | PutError::Unknown(error) => error.is_retryable(),
        }
    }
}
