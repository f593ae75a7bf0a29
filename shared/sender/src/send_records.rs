use crate::outcome::Outcome;
use crate::record::Record;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// Puts records on a stream and returns the outcome of each.
pub trait SendRecords: Send + Sync + 'static {
    /// Puts a batch of records on the stream and returns their outcomes in the same order. Records with the same key are stored in this
    /// order.
    ///
    /// It returns by `until`. A record that is not confirmed by then is reported as throttled, unavailable, unknown or not sent.
    ///
    /// # Errors
    ///
    /// [`Full`] if there is no room for the batch. None of its records was sent.
    fn send(
        &self,
        records: Vec<Record>,
        until: Instant,
    ) -> impl Future<Output = Result<Vec<Outcome>, Full>> + Send;
}

/// The error when there is no room for another batch. None of its records was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for more records now")]
pub struct Full {
    /// How long until there may be room again, if that is known.
    pub wait: Option<Duration>,
}
