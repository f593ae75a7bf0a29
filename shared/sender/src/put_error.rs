use std::time::Duration;

/// Why a request failed as a whole, or why its outcome is unknown.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The stream rejected the request. None of its records was stored, and it may be sent again.
    #[error("the stream rejected the request: {message}")]
    Rejected {
        /// What can be done. It applies to all records of the request.
        cause: Cause,
        /// The stream's or the client's explanation.
        message: String,
        /// How long to wait before the next attempt, if the stream says so.
        wait: Option<Duration>,
    },
    /// The outcome is unknown: all, some or none of the records may be stored.
    #[error("the stream may have stored the records: {message}")]
    Unknown {
        /// The stream's or the client's explanation.
        message: String,
        /// How long to wait before the next attempt, if the stream says so.
        wait: Option<Duration>,
    },
}

/// The stream's statement that it did not store a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStored {
    /// What can be done about it.
    pub cause: Cause,
    /// The stream's explanation.
    pub message: String,
    /// How long to wait before the next attempt, if the stream says so.
    pub wait: Option<Duration>,
}

/// Why a record was not stored, classified by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The record's partition has no room right now.
    Throttled,
    /// The stream failed and may recover.
    Failed,
    /// The stream will never accept the record.
    Permanent,
}
