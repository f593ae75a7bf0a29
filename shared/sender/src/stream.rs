use crate::limits::Limits;
use crate::position::{PartitionId, Position};
use crate::promises::Promises;
use crate::put_error::{NotStored, PutError};
use crate::record::Record;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A stream that records can be put on. Each streaming service has its own implementation.
pub trait Stream: Send + Sync + 'static {
    /// Returns the largest keys, records, requests and rates that the stream accepts.
    fn limits(&self) -> Limits;

    /// Returns what the stream promises about the records of one request.
    fn promises(&self) -> Promises {
        Promises::NONE
    }

    /// Returns the partition that a record with this key will go to if the stream's client chooses it, or `None` if only the service knows.
    ///
    /// It must be cheap and must not do I/O: the scheduler calls it for every record each time the record is about to be sent. A wrong
    /// answer, for example after partitions have been split, costs pacing, not order: the response says where a record really went.
    fn partition_of(&self, key: &[u8]) -> Option<PartitionId> {
        let _ = key;
        None
    }

    /// Sends one request with these records, once, and returns the result for each, in the same order.
    ///
    /// `within` is how long to wait for a response. Only what the stream itself says about a record counts: a response that is too short,
    /// too long or unreadable is [`PutError::Unknown`].
    fn put(
        &self,
        records: &[Record],
        within: Duration,
    ) -> impl Future<Output = Result<PutResponse, PutError>> + Send;
}

/// The result for each record of a request, in the same order.
pub type PutResponse = Vec<Result<Stored, NotStored>>;

/// A record that the stream confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where the record is stored.
    pub position: Position,
    /// When the stream stored the record, in the stream's own notation; `None` if the stream does not say. Shared, because most records of
    /// a response have the same timestamp.
    pub timestamp: Option<Arc<str>>,
}
