use cloud_transport::ConfigError;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};

/// Why there is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A setting is missing or wrong.
    #[error("{0}")]
    Setting(String),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A private key is not one, or is locked.
    #[error("the private key is not usable: {0}")]
    Key(String),
    /// A private key from a file is not one, or is locked.
    #[error("the private key {} is not usable: {problem}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with the key.
        problem: String,
    },
    /// A security token is not one.
    #[error("the security token is not usable: {0}")]
    Token(String),
    /// The service that issues certificates or tokens was not reached, or refused.
    #[error("cannot get {what}")]
    Federation {
        /// What was asked for.
        what: &'static str,
        /// Whether the same request may succeed later.
        retryable: bool,
        /// A [`crate::Error`].
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

    /// Adds the file to an error about a key.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        match self {
            CredentialsError::Key(problem) => CredentialsError::KeyFile { path: path.into(), problem },
            other => other,
        }
    }
}
