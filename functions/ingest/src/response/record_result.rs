use crate::request::{Refusal, RefusalCode};
use http::StatusCode;
use sender::{Failure, Outcome, Stored};
use serde::Serialize;

/// The result of one record of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordResult<'a> {
    Stored(&'a Stored),
    /// Refused before anything was sent.
    Refused(&'a Refusal),
    Failed(Failure, &'a str),
}

/// What a producer needs to know about a record first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The record is on the stream.
    Stored,
    /// The record will never be on the stream.
    Refused,
    /// The record is not on the stream, but can be sent again.
    Failed,
    /// The record may be on the stream. Sending it again may store it twice.
    Unknown,
}

/// What keeps a record off the stream. The maximum over a request's records is what a producer should know of first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// The record's own content.
    Content,
    /// Another record with the same key. If that one is in the response, it decides.
    Other,
    /// The stream has no room right now.
    Throttling,
    /// The stream is down.
    Outage,
}

impl<'a> RecordResult<'a> {
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Stored(stored) => RecordResult::Stored(stored),
            Outcome::Failed { failure, message } => RecordResult::Failed(*failure, message),
        }
    }

    pub(crate) fn status(self) -> Status {
        match self {
            RecordResult::Stored(_) => Status::Stored,
            RecordResult::Refused(_) | RecordResult::Failed(Failure::Refused, _) => Status::Refused,
            RecordResult::Failed(Failure::Throttled | Failure::Unavailable | Failure::NotSent, _) => {
                Status::Failed
            }
            RecordResult::Failed(Failure::Unknown, _) => Status::Unknown,
        }
    }

    /// Returns why the record is not stored, as a code that is empty if it is stored.
    pub(crate) fn code(self) -> &'static str {
        match self {
            RecordResult::Stored(_) => "",
            RecordResult::Refused(refusal) => refusal.code.code(),
            RecordResult::Failed(Failure::Refused, _) => RefusalCode::RefusedByStream.code(),
            RecordResult::Failed(Failure::Throttled, _) => "throttled",
            RecordResult::Failed(Failure::Unavailable, _) => "unavailable",
            RecordResult::Failed(Failure::NotSent, _) => "not_sent",
            RecordResult::Failed(Failure::Unknown, _) => "unknown",
        }
    }

    /// Returns why the record is not stored, as a line of text for people.
    pub(crate) fn message(self) -> &'a str {
        let message = match self {
            RecordResult::Stored(_) => "",
            RecordResult::Refused(refusal) => &refusal.message,
            RecordResult::Failed(_, message) => message,
        };
        message.char_indices().nth(MAX_MESSAGE).map_or(message, |(end, _)| &message[..end])
    }

    /// Returns what keeps the record off the stream, or the minimum if nothing does.
    pub(crate) fn obstacle(self) -> Obstacle {
        match self {
            RecordResult::Stored(_) | RecordResult::Refused(_) => Obstacle::Content,
            RecordResult::Failed(failure, _) => match failure {
                Failure::Refused => Obstacle::Content,
                Failure::NotSent => Obstacle::Other,
                Failure::Throttled => Obstacle::Throttling,
                Failure::Unavailable | Failure::Unknown => Obstacle::Outage,
            },
        }
    }
}

/// Maximum number of characters of a message about a record. One response may have a hundred thousand messages.
const MAX_MESSAGE: usize = 300;

impl Obstacle {
    /// Returns the status of a response without a stored record.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Obstacle::Content => StatusCode::UNPROCESSABLE_ENTITY,
            Obstacle::Throttling => StatusCode::TOO_MANY_REQUESTS,
            Obstacle::Other | Obstacle::Outage => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
