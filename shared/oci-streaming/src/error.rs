use crate::scope::Scope;
use http::StatusCode;
use oci_client::{ConfigError, ServiceError};
use std::time::Duration;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request failed, after all attempts that its kind of trouble is worth.
    #[error(transparent)]
    Client(Box<oci_client::Error>),
    /// The service's answer is none that its API has.
    #[error("the answer to {operation} is not understood: {problem} (opc-request-id {})", opc_request_id.as_deref().unwrap_or("unknown"))]
    Answer {
        /// The operation by its name in the service's API.
        operation: &'static str,
        /// What is wrong with the answer.
        problem: String,
        /// The service's name of the request.
        opc_request_id: Option<String>,
    },
    /// There is no active stream of that name.
    #[error("there is no active stream '{name}' in the {scope}")]
    NoSuchStream {
        /// The name.
        name: String,
        /// Where it was looked for.
        scope: Scope,
    },
    /// There are several streams of that name, in the pools of a compartment.
    #[error(
        "there are {count} active streams '{name}' in the {scope}: name the pool, or the stream by its OCID"
    )]
    SeveralStreams {
        /// The name.
        name: String,
        /// Where it was looked for.
        scope: Scope,
        /// How many there are.
        count: usize,
    },
    /// Where the service is cannot be told.
    #[error("the region is not known: set OCI_CLI_REGION, or region in the profile")]
    NoRegion,
    /// Where the service is, is no URL.
    #[error("the service's endpoint is not usable")]
    Endpoint(#[source] ConfigError),
    /// The stream's messages endpoint was not found in the time given.
    #[error("the stream's messages endpoint was not found within {0:?}")]
    LookUp(Duration),
}

impl From<oci_client::Error> for Error {
    fn from(error: oci_client::Error) -> Self {
        Error::Client(Box::new(error))
    }
}

impl Error {
    /// The service's account of the error, if it answered with one.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Error::Client(error) => error.service(),
            _ => None,
        }
    }

    /// The status that the service answered with, if it answered with an error.
    pub fn status(&self) -> Option<StatusCode> {
        self.service().map(|error| error.status)
    }

    /// The service's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.service().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Client(error) => error.is_retryable(),
            Error::Answer { .. } | Error::LookUp(_) => true,
            Error::NoSuchStream { .. }
            | Error::SeveralStreams { .. }
            | Error::NoRegion
            | Error::Endpoint(_) => false,
        }
    }
}
