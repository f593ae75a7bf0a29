use std::time::Duration;

/// What happened to a record that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The target has confirmed it.
    Stored {
        /// Name of the stream partition.
        partition: String,
        /// Offset in that partition.
        offset: u64,
    },
    /// The target had no capacity for it at that moment.
    Throttled {
        /// How long to wait, if the target said so.
        retry_after: Option<Duration>,
    },
    /// It is not stored, for this reason; a retry may succeed.
    Failed(String),
    /// It is not stored, for this reason; a retry would have the same result.
    Refused(String),
    /// It may or may not be stored, for this reason: the response was lost or unusable.
    Unknown(String),
}
