use crate::error::Error;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The time after which nobody waits for a response any more, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    /// A deadline this far from now; none for `None`, or for a time that no clock can hold.
    pub fn within(limit: Option<Duration>) -> Self {
        let at = limit.and_then(|limit| Instant::now().checked_add(limit));
        Deadline { at, limit: limit.unwrap_or(Duration::MAX) }
    }

    /// How far away it was when it was set.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Waits for `future`; [`Error::Timeout`] at the deadline.
    pub async fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match self.at {
            None => Ok(future.await),
            Some(at) => timeout_at(at, future).await.map_err(|_| Error::Timeout(self.limit)),
        }
    }
}
