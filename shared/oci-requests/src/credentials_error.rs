use cloud_transport::ConfigError;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};

/// Why there are no credentials to sign with.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A setting is missing or invalid.
    #[error("{0}")]
    Setting(String),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A text is not a private key, or the key cannot be decrypted.
    #[error("cannot use the private key: {0}")]
    Key(String),
    /// A file does not contain a private key, or the key cannot be decrypted.
    #[error("cannot use the private key {}: {problem}", path.display())]
    KeyFile {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with the key.
        problem: String,
    },
    /// A text is not a security token.
    #[error("cannot use the security token: {0}")]
    Token(String),
    /// The service that issues certificates or tokens could not be reached, or refused the request.
    #[error("cannot get {what}")]
    Federation {
        /// What was asked for.
        what: &'static str,
        /// Whether the same request may succeed later.
        retryable: bool,
        /// The underlying [`crate::Error`].
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl From<ConfigError> for CredentialsError {
    fn from(error: ConfigError) -> Self {
        CredentialsError::Setting(error.to_string())
    }
}

impl CredentialsError {
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self, CredentialsError::Federation { retryable: true, .. })
    }

    /// Adds the file's path to an error about a key.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        match self {
            CredentialsError::Key(problem) => CredentialsError::KeyFile { path: path.into(), problem },
            other => other,
        }
    }
}
