use std::time::Duration;

/// What became of a record that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Stored {
        /// The partition's name.
        partition: String,
        /// Its place in the partition.
        offset: u64,
    },
    /// There was no room for it then.
    Throttled {
        /// How long to wait, if that was said.
        retry_after: Option<Duration>,
    },
    /// It is not there, for this reason; sent again, it may come to be.
    Failed(String),
    /// It is not there and never will be, for this reason.
    Refused(String),
    /// Nobody knows, for this reason: the answer was lost or made no sense.
    Unknown(String),
}
