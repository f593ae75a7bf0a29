use std::time::Duration;

/// A request that came to nothing, or to nothing known.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The stream rejected the request. None of its records was stored, and it may be sent again.
    #[error("the stream rejected the request: {message}")]
    Rejected {
        /// What can be done, for all of its records alike.
        cause: Cause,
        /// What happened.
        message: String,
        /// How long to wait, if the stream says so.
        wait: Option<Duration>,
    },
    /// All, some or none of the records may be stored.
    #[error("the stream may have stored the records: {message}")]
    Unknown {
        /// What happened.
        message: String,
        /// How long to wait, if the stream says so.
        wait: Option<Duration>,
    },
}

/// A record that the stream did not store, by the stream's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStored {
    /// What can be done.
    pub cause: Cause,
    /// The stream's explanation.
    pub message: String,
    /// How long to wait, if the stream says so.
    pub wait: Option<Duration>,
}

/// Why a record was not stored, by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Its partition has no room now.
    Throttled,
    /// The stream failed and may recover.
    Failed,
    /// The stream will never accept it.
    Permanent,
}
