use oci_requests::CredentialsError;
use thiserror::Error;

/// Why a load could not be run, or its result not be established.
#[derive(Debug, Error)]
pub enum LoadError {
    /// An argument or the file of records is unusable. Nothing was sent.
    #[error("{0}")]
    Usage(String),
    /// The environment doesn't say who signs requests to the stream. Nothing was sent.
    #[error("the credentials for --topic cannot be read")]
    Credentials(#[source] CredentialsError),
    /// Something could not be created, written or read while the load ran.
    #[error("{0}")]
    Failed(String),
}
