use crate::credentials::Credentials;
use crate::credentials_error::CredentialsError;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Credentials that expire, with the time of the last attempt to renew them.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    current: Option<Arc<Credentials>>,
    tried: Option<Instant>,
}

/// How long before expiry credentials are renewed. It is the same as in Oracle's Go SDK (`bufferTimeBeforeTokenExpiration`), so that a
/// request that is retried for minutes does not outlive its credentials.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

impl Renewal {
    /// Returns the current credentials, unless they are about to expire and the last attempt to renew them is at least `pause` ago.
    pub(crate) fn current(&self, pause: Duration) -> Option<Arc<Credentials>> {
        let credentials = self.current.as_ref()?;
        let soon = SystemTime::now() + RENEW_BEFORE;
        let expires = credentials.expires().is_some_and(|end| end <= soon);
        let asked = self.tried.is_some_and(|tried| tried.elapsed() < pause);
        (!expires || asked && !has_expired(credentials)).then(|| Arc::clone(credentials))
    }

    /// Stores the result of a renewal. If it failed, the current credentials remain in use until they expire.
    pub(crate) fn renewed(
        &mut self,
        result: Result<Credentials, CredentialsError>,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        self.tried = Some(Instant::now());
        match (result, &self.current) {
            (Ok(credentials), _) => Ok(Arc::clone(self.current.insert(Arc::new(credentials)))),
            (Err(error), Some(credentials)) if !has_expired(credentials) => {
                let error = &error as &dyn Error;
                tracing::warn!(
                    error,
                    "cannot renew the security token; using the current one until it expires"
                );
                Ok(Arc::clone(credentials))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Forgets these credentials if they are the current ones, because the service refused them.
    pub(crate) fn refused(&mut self, credentials: &Arc<Credentials>) {
        if self.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, credentials)) {
            *self = Self::default();
        }
    }
}

fn has_expired(credentials: &Credentials) -> bool {
    credentials.expires().is_some_and(|end| end <= SystemTime::now())
}
