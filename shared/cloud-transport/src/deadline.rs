use crate::error::Error;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The time until which to wait for a response, if it is limited.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    /// Creates a deadline this far from now, or none for `None` and for a time too large for the clock.
    pub fn within(limit: Option<Duration>) -> Self {
        let at = limit.and_then(|limit| Instant::now().checked_add(limit));
        Deadline { at, limit: limit.unwrap_or(Duration::MAX) }
    }

    /// Returns how far away the deadline was when it was set.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Waits for `future`, and fails with [`Error::Timeout`] at the deadline.
    pub async fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match self.at {
            None => Ok(future.await),
            Some(at) => timeout_at(at, future).await.map_err(|_| Error::Timeout(self.limit)),
        }
    }
}
