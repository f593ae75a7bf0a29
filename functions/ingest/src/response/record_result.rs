use crate::request::{Refusal, RefusalCode};
use http::StatusCode;
use sender::{Failure, Outcome, Stored};
use serde::Serialize;

/// What became of one record of a request.
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
    /// It is on the stream.
    Stored,
    /// It will never be.
    Refused,
    /// It is not, but it can be sent again.
    Failed,
    /// It may be. Sending it again may store it twice.
    Unknown,
}

/// What keeps a record off the stream. The one that a producer should hear about first is the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// Its own content.
    Content,
    /// Another record of its key. Where that one is in the response, it decides.
    Other,
    /// The stream has no room now.
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

    /// Why it is not stored, as a code; empty if it is.
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

    /// Why it is not stored, for a person, in one line.
    pub(crate) fn message(self) -> &'a str {
        let message = match self {
            RecordResult::Stored(_) => "",
            RecordResult::Refused(refusal) => &refusal.message,
            RecordResult::Failed(_, message) => message,
        };
        message.char_indices().nth(MAX_MESSAGE).map_or(message, |(end, _)| &message[..end])
    }

    /// What keeps it off the stream; the minimum if nothing does.
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

/// Maximum characters of a message about a record. One response may have a hundred thousand messages.
const MAX_MESSAGE: usize = 300;

impl Obstacle {
    /// The status of a response without a stored record.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Obstacle::Content => StatusCode::UNPROCESSABLE_ENTITY,
            Obstacle::Throttling => StatusCode::TOO_MANY_REQUESTS,
            Obstacle::Other | Obstacle::Outage => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
