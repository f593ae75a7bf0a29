use super::renewal::Renewal;
use crate::credentials::Credentials;
use crate::credentials_error::CredentialsError;
use crate::private_key::PrivateKey;
use crate::token::Token;
use cloud_transport::Environment;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A security token and the key that it vouches for, in files that the platform or a user renews: a resource principal, or a session.
#[derive(Debug)]
pub struct TokenFiles {
    token: Secret,
    key: Secret,
    pass_phrase: Option<Secret>,
    renewal: Mutex<Renewal>,
}

/// A secret, either in a file or given directly.
#[derive(Clone)]
pub(crate) enum Secret {
    File(PathBuf),
    Text(String),
}

/// How long to wait before reading files again if their token is about to expire and has not been renewed yet.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// How many times, and how far apart, files are read again if they cannot be read or do not belong together. The platform replaces two
/// files, and cannot replace both at once.
const PAIR_READS: u32 = 20;
const PAIR_PAUSE: Duration = Duration::from_millis(5);

impl TokenFiles {
    /// Returns the resource principal 2.2 of a function, from the variables `OCI_RESOURCE_PRINCIPAL_RPST`, `…_PRIVATE_PEM` and
    /// `…_PRIVATE_PEM_PASSPHRASE`. An absolute path names a file; anything else is the secret itself.
    pub fn resource_principal(environment: &Environment) -> Result<Self, CredentialsError> {
        match environment.get("OCI_RESOURCE_PRINCIPAL_VERSION") {
            Some("2.2") => {}
            Some(other) => {
                let problem = format!("OCI_RESOURCE_PRINCIPAL_VERSION is '{other}'; only 2.2 is supported");
                return Err(CredentialsError::Setting(problem));
            }
            None => {
                return Err(CredentialsError::Setting("OCI_RESOURCE_PRINCIPAL_VERSION is not set".into()));
            }
        }
        let secret = |name: &str| environment.get(name).map(Secret::of);
        let required =
            |name: &str| secret(name).ok_or_else(|| CredentialsError::Setting(format!("{name} is not set")));
        Ok(Self::new(
            required("OCI_RESOURCE_PRINCIPAL_RPST")?,
            required("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM")?,
            secret("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE"),
        ))
    }

    pub(crate) fn new(token: Secret, key: Secret, pass_phrase: Option<Secret>) -> Self {
        TokenFiles { token, key, pass_phrase, renewal: Mutex::default() }
    }

    /// Returns the current pair, read again if its token is about to expire.
    ///
    /// Reads small files on the caller's thread. They are in a memory file system, so this takes microseconds, once in a quarter of an
    /// hour.
    pub(crate) async fn credentials(&self) -> Result<Arc<Credentials>, CredentialsError> {
        // Locked while the files are read, so that one read serves all waiting requests.
        let mut renewal = self.renewal.lock().await;
        match renewal.current(READ_AGAIN) {
            Some(credentials) => Ok(credentials),
            None => renewal.renewed(self.read_pair().await),
        }
    }

    pub(crate) async fn refused(&self, credentials: &Arc<Credentials>) {
        self.renewal.lock().await.refused(credentials);
    }

    async fn read_pair(&self) -> Result<Credentials, CredentialsError> {
        for read in 1.. {
            match self.read_once() {
                // A file that is missing or incomplete may be in the middle of being replaced.
                Err(_) if read < PAIR_READS && self.renewable() => tokio::time::sleep(PAIR_PAUSE).await,
                result => return result,
            }
        }
        unreachable!("the loop returns at its last read")
    }

    fn read_once(&self) -> Result<Credentials, CredentialsError> {
        let text = self.token.read()?;
        let text = text.trim();
        let token = Token::parse(text).map_err(|error| self.token.blame(error))?;
        let pass_phrase = self.pass_phrase.as_ref().map(Secret::read).transpose()?;
        let key = PrivateKey::from_pem(&self.key.read()?, pass_phrase.as_deref().map(str::trim_end));
        let key = key.map_err(|error| self.key.blame(error))?;
        if token.is_for_another_key(&key) {
            let problem = "it was issued for a different key from the one given with it";
            return Err(self.token.blame(CredentialsError::Token(problem.into())));
        }
        Ok(Credentials::token(text, key, token.expires()))
    }

    fn renewable(&self) -> bool {
        matches!((&self.token, &self.key), (Secret::File(_), Secret::File(_)))
    }
}

impl Secret {
    /// Interprets an absolute path as a file, and anything else as the secret itself.
    fn of(text: &str) -> Self {
        if Path::new(text).is_absolute() { Secret::File(text.into()) } else { Secret::Text(text.into()) }
    }

    fn read(&self) -> Result<String, CredentialsError> {
        match self {
            Secret::Text(text) => Ok(text.clone()),
            Secret::File(path) => std::fs::read_to_string(path)
                .map_err(|source| CredentialsError::File { path: path.clone(), source }),
        }
    }

    /// Adds the file's path to an error about its contents.
    fn blame(&self, error: CredentialsError) -> CredentialsError {
        match (self, error) {
            (Secret::File(path), CredentialsError::Token(problem)) => {
                CredentialsError::Token(format!("{} ({})", problem, path.display()))
            }
            (Secret::File(path), error) => error.of_file(path),
            (Secret::Text(_), error) => error,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::File(path) => path.fmt(f),
            Secret::Text(_) => f.write_str(".."),
        }
    }
}
