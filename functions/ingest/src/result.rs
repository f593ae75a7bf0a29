use crate::outcome::{Failure, Outcome};
use crate::refusal::{Refusal, RefusalCode};
use crate::stream::Placed;
use http::StatusCode;
use serde::Serialize;

/// What became of one record of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordResult<'a> {
    Stored(&'a Placed),
    /// Refused before anything was sent.
    Refused(&'a Refusal),
    Failed(Failure, &'a str),
}

/// What a producer has to know of a record first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It is on the stream.
    Stored,
    /// It never will be.
    Refused,
    /// It is not there, and can be sent again.
    Failed,
    /// It may be there. Sending it again may double it.
    Unknown,
}

/// What is in the way of a record, the one that a producer should hear of first being the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// What is in it.
    Content,
    /// Another record of its key, which decides where it is known.
    Other,
    /// That the stream has no room now.
    Throttling,
    /// That the stream is down.
    Outage,
}

impl<'a> RecordResult<'a> {
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Stored(placed) => RecordResult::Stored(placed),
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

    /// Why it is not stored, in a word; empty where it is.
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

    /// Why it is not stored, for a person: no longer than a line.
    pub(crate) fn message(self) -> &'a str {
        let message = match self {
            RecordResult::Stored(_) => "",
            RecordResult::Refused(refusal) => &refusal.message,
            RecordResult::Failed(_, message) => message,
        };
        message.char_indices().nth(LONGEST_MESSAGE).map_or(message, |(end, _)| &message[..end])
    }

    /// What is in its way; the least where nothing is, as it is stored.
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

/// Longest message about a record, in characters: those of a hundred thousand are in one answer.
const LONGEST_MESSAGE: usize = 300;

impl Obstacle {
    /// The status of an answer that has no record stored.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Obstacle::Content => StatusCode::UNPROCESSABLE_ENTITY,
            Obstacle::Throttling => StatusCode::TOO_MANY_REQUESTS,
            Obstacle::Other | Obstacle::Outage => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
