use crate::scope::Scope;
use http::StatusCode;
use oci_requests::{ConfigError, ServiceError};
use std::time::Duration;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request failed, after all the attempts that this kind of failure warrants.
    #[error(transparent)]
    Client(Box<oci_requests::Error>),
    /// The service's response does not match its API.
    #[error("invalid response to {operation}: {problem} (opc-request-id {})", opc_request_id.as_deref().unwrap_or("unknown"))]
    Unexpected {
        /// The operation's name in the service's API.
        operation: &'static str,
        /// What is wrong with the response.
        problem: String,
        /// The service's id of the request, which Oracle's support asks for.
        opc_request_id: Option<String>,
    },
    /// There is no active stream with this name.
    #[error("there is no active stream '{name}' in the {scope}")]
    NoSuchStream {
        /// The stream's name.
        name: String,
        /// Where the search took place.
        scope: Scope,
    },
    /// Several pools of the compartment have an active stream with this name.
    #[error(
        "there are {count} active streams '{name}' in the {scope}: name the pool, or the stream by its OCID"
    )]
    SeveralStreams {
        /// The stream's name.
        name: String,
        /// Where the search took place.
        scope: Scope,
        /// Number of streams found.
        count: usize,
    },
    /// The region is unknown, and therefore the service's address.
    #[error("the region is not known: set OCI_CLI_REGION, or region in the profile")]
    NoRegion,
    /// The service's address is not valid.
    #[error("the service's endpoint is invalid")]
    Endpoint(#[source] ConfigError),
    /// The stream's messages endpoint was not found in time.
    #[error("the stream's messages endpoint was not found within {0:?}")]
    LookUp(Duration),
}

impl From<oci_requests::Error> for Error {
    fn from(error: oci_requests::Error) -> Self {
        Error::Client(Box::new(error))
    }
}

impl Error {
    /// Returns the service's own error, if it responded with one.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Error::Client(error) => error.service(),
            _ => None,
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

    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Client(error) => error.is_retryable(),
            Error::Unexpected { .. } | Error::LookUp(_) => true,
            Error::NoSuchStream { .. }
            | Error::SeveralStreams { .. }
            | Error::NoRegion
            | Error::Endpoint(_) => false,
        }
    }
}
