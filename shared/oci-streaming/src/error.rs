use crate::scope::Scope;
use http::StatusCode;
use oci_requests::{ConfigError, ServiceError};
use std::time::Duration;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request failed, after all attempts that its kind of trouble is worth.
    #[error(transparent)]
    Client(Box<oci_requests::Error>),
    /// The service's API does not have such a response.
    #[error("the response to {operation} is not understood: {problem} (opc-request-id {})", opc_request_id.as_deref().unwrap_or("unknown"))]
    Unexpected {
        /// The operation by its name in the service's API.
        operation: &'static str,
        /// What is wrong with the response.
        problem: String,
        /// The service's id of the request.
        opc_request_id: Option<String>,
    },
    /// There is no active stream with that name.
    #[error("there is no active stream '{name}' in the {scope}")]
    NoSuchStream {
        /// The name.
        name: String,
        /// Where the stream was looked for.
        scope: Scope,
    },
    /// There are several streams with that name, in the pools of a compartment.
    #[error(
        "there are {count} active streams '{name}' in the {scope}: name the pool, or the stream by its OCID"
    )]
    SeveralStreams {
        /// The name.
        name: String,
        /// Where the stream was looked for.
        scope: Scope,
        /// How many there are.
        count: usize,
    },
    /// The region is not known, and therefore the address of the service.
    #[error("the region is not known: set OCI_CLI_REGION, or region in the profile")]
    NoRegion,
    /// The address of the service is not valid.
    #[error("the service's endpoint is not valid")]
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
    /// The service's own error, if it responded with one.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Error::Client(error) => error.service(),
            _ => None,
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

    /// Whether the same request may succeed later.
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
