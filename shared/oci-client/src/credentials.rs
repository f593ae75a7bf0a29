use crate::error::ConfigError;
use crate::private_key::PrivateKey;
use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

/// What requests are signed with: a key and the name that the service knows it by.
pub struct Credentials {
    key_id: String,
    key: PrivateKey,
    expires: Option<SystemTime>,
}

impl Credentials {
    /// An API key: it has no end.
    pub fn api_key(tenancy: &str, user: &str, fingerprint: &str, key: PrivateKey) -> Self {
        Credentials { key_id: format!("{tenancy}/{user}/{fingerprint}"), key, expires: None }
    }

    /// A key with the token that vouches for it.
    pub(crate) fn token(token: &str, key: PrivateKey, expires: Option<SystemTime>) -> Self {
        Credentials { key_id: format!("ST${token}"), key, expires }
    }

    /// Any key, by the name that goes into `keyId`.
    pub(crate) fn named(key_id: String, key: PrivateKey) -> Self {
        Credentials { key_id, key, expires: None }
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// When the service will refuse them, if it is known.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token is as good as a password while it lasts; the name of an API key is public.
        let key_id = if self.key_id.starts_with("ST$") { "ST$.." } else { &self.key_id };
        f.debug_struct("Credentials")
            .field("key_id", &key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

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
        /// Why not.
        source: std::io::Error,
    },
    /// A private key is none, or locked.
    #[error("the private key is not usable: {0}")]
    Key(String),
    /// A key, with the file it is from.
    #[error("the private key {} is not usable: {problem}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A token is none.
    #[error("the security token is not usable: {0}")]
    Token(String),
    /// The service that gives out certificates or tokens could not be asked, or said no.
    #[error("cannot get {what}")]
    Federation {
        /// What was wanted.
        what: &'static str,
        /// Why it did not come.
        source: Box<crate::Error>,
    },
}

impl From<ConfigError> for CredentialsError {
    fn from(error: ConfigError) -> Self {
        CredentialsError::Setting(error.to_string())
    }
}

impl CredentialsError {
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            CredentialsError::Federation { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    /// The same about a key from a file.
    pub(crate) fn of_file(self, path: &std::path::Path) -> Self {
        match self {
            CredentialsError::Key(problem) => CredentialsError::KeyFile { path: path.into(), problem },
            other => other,
        }
    }
}
