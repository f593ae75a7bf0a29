use crate::limits::Limits;
use crate::position::{PartitionId, Position};
use crate::promises::Promises;
use crate::put_error::{NotStored, PutError};
use crate::record::Record;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A stream that records are put on. Each kind of stream is one implementation.
pub trait Stream: Send + Sync + 'static {
    /// The most the stream accepts.
    fn limits(&self) -> Limits;

    /// What the stream promises about the records of one request.
    fn promises(&self) -> Promises {
        Promises::NONE
    }

    /// The partition that a record with this key will go to, where the stream's client chooses it; `None` where only the service knows.
    ///
    /// It must be cheap and must not do I/O: the scheduler asks for every record, each time it is about to be sent. A wrong reply, after
    /// partitions were split for example, costs pacing, not order: the response says where a record really went.
    fn partition_of(&self, key: &[u8]) -> Option<PartitionId> {
        let _ = key;
        None
    }

    /// Sends one request with these records, once, and says what became of each, in their order.
    ///
    /// `within` is the time after which no response is waited for. Only what the stream itself says about a record counts: a response that is
    /// too short, too long or unreadable is [`PutError::Unknown`].
    fn put(
        &self,
        records: &[Record],
        within: Duration,
    ) -> impl Future<Output = Result<PutResponse, PutError>> + Send;
}

/// What became of each record of a request, in its order.
pub type PutResponse = Vec<Result<Stored, NotStored>>;

/// A record that the stream confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it is.
    pub position: Position,
    /// When the stream stored it, as the stream wrote it; `None` where a stream does not say. Shared, as most records of a response have the
    /// same.
    pub timestamp: Option<Arc<str>>,
}
