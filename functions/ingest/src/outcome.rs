use crate::stream::Placed;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The stream confirmed it.
    Stored(Placed),
    /// It is not on the stream, or nobody knows.
    Failed {
        /// What a producer decides by.
        failure: Failure,
        /// The stream's words, or ours.
        message: String,
    },
}

/// Why a record is not known to be on the stream, by what its producer can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The stream had no room for it in time: it is not there. Send it again later.
    Throttled,
    /// The stream could not be reached, or failed, and the record is not there. Send it again later.
    Unavailable,
    /// It was sent and no answer came in time: it may be there. Sending it again may double it.
    Unknown,
    /// The stream will never take it.
    Refused,
    /// An earlier record of its key failed, or took all the time, so it was not sent. Send it again after that one.
    NotSent,
}
