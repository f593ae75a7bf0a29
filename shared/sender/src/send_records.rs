use crate::outcome::Outcome;
use crate::record::Record;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// Puts records on a stream and says what became of each.
pub trait SendRecords: Send + Sync + 'static {
    /// Puts a batch of records on the stream, those with the same key in this order, and returns their outcomes in the same order.
    ///
    /// It returns by `until`. A record that is not confirmed by then is throttled, unavailable, unknown or not sent, as the case may be.
    ///
    /// # Errors
    ///
    /// [`Full`] when there is no room for the batch. Then none of it was sent.
    fn send(
        &self,
        records: Vec<Record>,
        until: Instant,
    ) -> impl Future<Output = Result<Vec<Outcome>, Full>> + Send;
}

/// There is no room for another batch now, and none of it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for more records now")]
pub struct Full {
    /// When there may be room again, if that is known.
    pub wait: Option<Duration>,
}
