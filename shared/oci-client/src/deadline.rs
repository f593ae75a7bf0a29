use crate::error::Cause;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// When the answer to a request is no longer waited for, if there is such a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    /// So long from now on.
    pub(crate) fn within(limit: Option<Duration>) -> Self {
        let at = limit.and_then(|limit| Instant::now().checked_add(limit));
        Deadline { at, limit: limit.unwrap_or(Duration::MAX) }
    }

    /// How long it was from the beginning.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// What the future gives, unless it takes too long.
    pub(crate) async fn wait<F: Future>(&self, future: F) -> Result<F::Output, Cause> {
        match self.at {
            None => Ok(future.await),
            Some(at) => timeout_at(at, future).await.map_err(|_| Cause::Timeout(self.limit)),
        }
    }
}
