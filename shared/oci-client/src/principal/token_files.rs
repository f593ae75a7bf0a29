use super::renewal::Renewal;
use crate::credentials::{Credentials, CredentialsError};
use crate::environment::Environment;
use crate::private_key::PrivateKey;
use crate::token::Token;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A security token and the key it vouches for, in files that somebody else renews: a resource principal, or a session.
#[derive(Debug)]
pub struct TokenFiles {
    token: Place,
    key: Place,
    pass_phrase: Option<Place>,
    renewal: Mutex<Renewal>,
}

/// Where a text is: in a file, or given.
#[derive(Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Given(String),
}

/// Between two looks at files whose token is about to end and was not renewed yet.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often, and how far apart, a pair is read again that cannot be read, or whose halves do not belong together: the platform
/// replaces two files, and nothing replaces two files at once.
const PAIR_READS: u32 = 20;
const PAIR_PAUSE: Duration = Duration::from_millis(5);

impl TokenFiles {
    /// The resource principal 2.2 of a function, by the variables `OCI_RESOURCE_PRINCIPAL_RPST`, `…_PRIVATE_PEM` and
    /// `…_PRIVATE_PEM_PASSPHRASE`: an absolute path is a file, anything else the text itself.
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
        let place = |name: &str| environment.get(name).map(Place::of);
        let required =
            |name: &str| place(name).ok_or_else(|| CredentialsError::Setting(format!("{name} is not set")));
        Ok(Self::new(
            required("OCI_RESOURCE_PRINCIPAL_RPST")?,
            required("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM")?,
            place("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE"),
        ))
    }

    pub(crate) fn new(token: Place, key: Place, pass_phrase: Option<Place>) -> Self {
        TokenFiles { token, key, pass_phrase, renewal: Mutex::default() }
    }

    /// The pair at hand, or read anew when its token is about to end.
    ///
    /// Reads small files of a memory file system on the caller's thread: microseconds, once in a quarter of an hour.
    pub(crate) async fn credentials(&self) -> Result<Arc<Credentials>, CredentialsError> {
        // Held while they are read: one reading serves all who wait.
        let mut renewal = self.renewal.lock().await;
        match renewal.current(LOOK_AGAIN) {
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
                // Half a file, or none, is one being written.
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
        let pass_phrase = self.pass_phrase.as_ref().map(Place::read).transpose()?;
        let key = PrivateKey::from_pem(&self.key.read()?, pass_phrase.as_deref().map(str::trim_end));
        let key = key.map_err(|error| self.key.blame(error))?;
        if token.is_for_another_key(&key) {
            let problem = "it vouches for another key than the one given with it";
            return Err(self.token.blame(CredentialsError::Token(problem.into())));
        }
        Ok(Credentials::token(text, key, token.expires()))
    }

    fn renewable(&self) -> bool {
        matches!((&self.token, &self.key), (Place::File(_), Place::File(_)))
    }
}

impl Place {
    /// An absolute path is a file; anything else is the text itself.
    fn of(text: &str) -> Self {
        if Path::new(text).is_absolute() { Place::File(text.into()) } else { Place::Given(text.into()) }
    }

    fn read(&self) -> Result<String, CredentialsError> {
        match self {
            Place::Given(text) => Ok(text.clone()),
            Place::File(path) => std::fs::read_to_string(path)
                .map_err(|source| CredentialsError::File { path: path.clone(), source }),
        }
    }

    /// Adds the file to an error about what is in it.
    fn blame(&self, error: CredentialsError) -> CredentialsError {
        match (self, error) {
            (Place::File(path), CredentialsError::Token(problem)) => {
                CredentialsError::Token(format!("{} ({})", problem, path.display()))
            }
            (Place::File(path), error) => error.of_file(path),
            (Place::Given(_), error) => error,
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => path.fmt(f),
            Place::Given(_) => f.write_str(".."),
        }
    }
}
