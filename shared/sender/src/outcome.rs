use crate::stream::Stored;

/// The outcome of sending a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The stream confirmed the record.
    Stored(Stored),
    /// The record is not on the stream, or it is unknown whether it is.
    Failed {
        /// What the producer can do about it.
        failure: Failure,
        /// The stream's explanation, or the sender's if the stream gave none.
        message: String,
    },
}

/// Why a record is not known to be on the stream, classified by what its producer can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The stream had no room for the record in time, so it was not stored. Send it again later.
    Throttled,
    /// The stream was unreachable or failed, so the record was not stored. Send it again later.
    Unavailable,
    /// The record was sent, but no response came in time. It may have been stored, and sending it again may store it twice.
    Unknown,
    /// The stream will never accept the record.
    Refused,
    /// The record was not sent, because an earlier record with its key failed or used up the time. Send it again after that one.
    NotSent,
}
