use crate::answer::Counts;
use crate::compact::Compact;
use crate::outcome::{Failure, Outcome};
use crate::refusal::Refusal;
use crate::result::{RecordResult, Status};
use bytes::Bytes;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// What became of each record of a request, in its order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Results<'a> {
    refused: &'a [(usize, Refusal)],
    /// Records that were to be sent.
    sent: usize,
    outcomes: &'a [Outcome],
}

/// The most bytes of an answer: OCI Functions lets 6 MB through, of which some is left for headers.
const MAX_ANSWER: usize = 5_900_000;

/// What is told of a record whose outcome nobody gave.
const NO_OUTCOME: RecordResult<'static> =
    RecordResult::Failed(Failure::Unknown, "what became of it was not told");

/// An answer with an object a record.
#[derive(Serialize)]
struct Full<'a> {
    counts: Counts,
    results: &'a Results<'a>,
}

#[derive(Serialize)]
struct Stored<'a> {
    index: usize,
    status: Status,
    partition: &'a str,
    offset: u64,
    timestamp: &'a str,
}

#[derive(Serialize)]
struct NotStored<'a> {
    index: usize,
    status: Status,
    code: &'static str,
    message: &'a str,
}

impl<'a> Results<'a> {
    /// The results of `sent` records, by their outcomes, with those that were refused in their places between.
    pub(crate) fn new(refused: &'a [(usize, Refusal)], sent: usize, outcomes: &'a [Outcome]) -> Self {
        Results { refused, sent, outcomes }
    }

    /// One a record: what has no outcome is unknown, and no success.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RecordResult<'a>> + use<'a> {
        let mut refused = self.refused.iter().peekable();
        let mut outcomes = self.outcomes.iter();
        (0..self.refused.len() + self.sent).map(move |index| {
            match refused.next_if(|(place, _)| *place == index) {
                Some((_, refusal)) => RecordResult::Refused(refusal),
                None => outcomes.next().map_or(NO_OUTCOME, RecordResult::of),
            }
        })
    }

    /// The answer's body: an object a record, or all in less space where that would be too much.
    pub(crate) fn to_json(self, counts: Counts) -> Bytes {
        let full = Full { counts, results: &self };
        let mut length = Length { left: MAX_ANSWER };
        let body = match serde_json::to_writer(&mut length, &full) {
            Ok(()) => {
                // Of the exact size: grown by doubling it would take twice as much.
                let mut body = Vec::with_capacity(MAX_ANSWER - length.left);
                serde_json::to_writer(&mut body, &full).map(|()| body)
            }
            Err(_) => serde_json::to_vec(&Compact::new(counts, self.iter())),
        };
        body.expect("names, numbers and texts are JSON").into()
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().enumerate().map(|(index, result)| Numbered { index, result }))
    }
}

struct Numbered<'a> {
    index: usize,
    result: RecordResult<'a>,
}

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Numbered { index, result } = *self;
        let status = result.status();
        match result {
            RecordResult::Stored(placed) => {
                let (partition, timestamp) = (&placed.partition, &placed.timestamp);
                Stored { index, status, partition, offset: placed.offset, timestamp }.serialize(serializer)
            }
            _ => {
                let (code, message) = (result.code(), result.message());
                NotStored { index, status, code, message }.serialize(serializer)
            }
        }
    }
}

/// Counts what is written, and fails where that is too much.
struct Length {
    left: usize,
}

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
