use std::time::Duration;

/// The result of an attempt to send a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target has confirmed that it is stored.
    Stored {
        /// Name of the stream partition.
        partition: String,
        /// Offset in that partition.
        offset: u64,
    },
    /// The target had no capacity for it at that moment.
    Throttled {
        /// The wait that the target asked for, if it did.
        retry_after: Option<Duration>,
    },
    /// It is not stored, for the given reason; a retry may succeed.
    Failed(String),
    /// It is not stored, for the given reason; a retry would have the same result.
    Refused(String),
    /// It may or may not be stored, because the response was lost or unusable, for the given reason.
    Unknown(String),
}
