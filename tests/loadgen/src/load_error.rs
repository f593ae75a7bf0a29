use oci_requests::CredentialsError;
use thiserror::Error;

/// The reason why a load cannot be run, or its result cannot be determined.
#[derive(Debug, Error)]
pub enum LoadError {
    /// An argument or the file of records is invalid. Nothing was sent.
    #[error("{0}")]
    Usage(String),
    /// The environment does not contain valid credentials for the stream. Nothing was sent.
    #[error("cannot read the credentials for --topic")]
    Credentials(#[source] CredentialsError),
    /// Something could not be created, written or read, before or during the load.
    #[error("{0}")]
    Failed(String),
}
