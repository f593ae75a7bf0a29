use crate::record::Record;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A stream that records are put on: OCI Streaming now, others behind the same few words.
pub trait Stream: Send + Sync + 'static {
    /// What the stream takes at most.
    fn limits(&self) -> Limits;

    /// Sends one request with these records, once, and says what became of each, in their order.
    ///
    /// `within` is the time after which no answer is waited for. What is not the stream's word about a record is no success: an answer
    /// that is short, long or garbled is [`PutError::Unknown`].
    fn put(
        &self,
        records: &[Record],
        within: Duration,
    ) -> impl Future<Output = Result<Vec<Result<Placed, Refused>>, PutError>> + Send;
}

/// What a stream takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a key.
    pub key: usize,
    /// Bytes of a record, key and value.
    pub record: usize,
    /// Bytes of a request's records, keys and values, unless it has only one.
    pub request: usize,
    /// Records of a request.
    pub request_records: usize,
    /// Bytes a second that a partition takes; `None` is not known.
    pub partition_bytes_per_second: Option<u64>,
    /// Records a second that a partition takes; `None` is not known.
    pub partition_records_per_second: Option<u64>,
}

/// Where a record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The partition's name. Shared, as is the time: of a hundred thousand records most have the same.
    pub partition: Arc<str>,
    /// The record's place in it: grows, with gaps.
    pub offset: u64,
    /// When the stream stored it, in its own words.
    pub timestamp: Arc<str>,
}

/// The stream did not take a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What can be done.
    pub why: Why,
    /// The stream's words.
    pub message: String,
    /// How long to wait, if the stream says so.
    pub wait: Option<Duration>,
}

/// What can be done about a record that the stream did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its partition has no room now.
    Throttled,
    /// The stream failed; it may do better.
    Failed,
    /// It will never be taken.
    Never,
}

/// A request that has no answer about its records.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// None of the records was taken; the request may be sent again.
    #[error("the stream took nothing: {message}")]
    NotTaken {
        /// What can be done: about all of the records alike.
        why: Why,
        /// What happened.
        message: String,
        /// How long to wait, if the stream says so.
        wait: Option<Duration>,
    },
    /// Some, all or none of the records may have been taken.
    #[error("nobody knows whether the stream took the records: {message}")]
    Unknown {
        /// What happened.
        message: String,
        /// How long to wait, if the stream says so.
        wait: Option<Duration>,
    },
}
