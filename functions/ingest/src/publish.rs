use crate::outcome::Outcome;
use crate::record::Record;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// Puts records on a stream and says what became of each.
pub trait Publish: Send + Sync + 'static {
    /// Puts records on the stream, in this order for those of one key, and gives their outcomes, one a record, in the same order.
    ///
    /// It has given up by `until`: what is not confirmed by then is throttled, unavailable, unknown or not sent, as the case is.
    ///
    /// # Errors
    ///
    /// [`Full`] where there is no room for the records; then none of them was sent.
    fn publish(
        &self,
        records: Vec<Record>,
        until: Instant,
    ) -> impl Future<Output = Result<Vec<Outcome>, Full>> + Send;
}

/// There is no room for more records now, and none of these was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for more records now")]
pub struct Full {
    /// When there may be room again, if that is known.
    pub wait: Option<Duration>,
}
