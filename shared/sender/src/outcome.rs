use crate::stream::Stored;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The stream confirmed it.
    Stored(Stored),
    /// It is not on the stream, or nobody knows whether it is.
    Failed {
        /// What the producer can do.
        failure: Failure,
        /// The stream's explanation, or ours.
        message: String,
    },
}

/// Why a record is not known to be on the stream, by what its producer can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The stream had no room for it in time, and it is not there. Send it again later.
    Throttled,
    /// The stream was unreachable or failed, and the record is not there. Send it again later.
    Unavailable,
    /// It was sent, and no response came in time. It may be there; sending it again may store it twice.
    Unknown,
    /// The stream will never accept it.
    Refused,
    /// It was not sent, because an earlier record of its key failed or took all the time. Send it again after that one.
    NotSent,
}
