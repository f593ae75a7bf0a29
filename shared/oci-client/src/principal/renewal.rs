use super::RENEW_BEFORE;
use crate::credentials::{Credentials, CredentialsError};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Credentials that end, and the attempts to get their successors.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    at_hand: Option<Arc<Credentials>>,
    tried: Option<Instant>,
}

impl Renewal {
    /// The credentials at hand, unless they are about to end and it is `pause` ago that others were asked for.
    pub(crate) fn current(&self, pause: Duration) -> Option<Arc<Credentials>> {
        let credentials = self.at_hand.as_ref()?;
        let soon = SystemTime::now() + RENEW_BEFORE;
        let ends = credentials.expires().is_some_and(|end| end <= soon);
        let asked = self.tried.is_some_and(|tried| tried.elapsed() < pause);
        (!ends || asked && !has_ended(credentials)).then(|| Arc::clone(credentials))
    }

    /// Takes what came of asking for others. Where nothing did, those at hand are good until their end.
    pub(crate) fn renewed(
        &mut self,
        result: Result<Credentials, CredentialsError>,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        self.tried = Some(Instant::now());
        match (result, &self.at_hand) {
            (Ok(credentials), _) => Ok(Arc::clone(self.at_hand.insert(Arc::new(credentials)))),
            (Err(error), Some(credentials)) if !has_ended(credentials) => {
                tracing::warn!(%error, "cannot renew the security token; the one at hand is used until its end");
                Ok(Arc::clone(credentials))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Forgets these credentials, if they are the ones at hand: the service has refused them.
    pub(crate) fn refused(&mut self, credentials: &Arc<Credentials>) {
        if self.at_hand.as_ref().is_some_and(|current| Arc::ptr_eq(current, credentials)) {
            *self = Self::default();
        }
    }
}

fn has_ended(credentials: &Credentials) -> bool {
    credentials.expires().is_some_and(|end| end <= SystemTime::now())
}
