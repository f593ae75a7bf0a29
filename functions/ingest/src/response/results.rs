use super::compact::Compact;
use super::counts::Counts;
use super::offset::Offset;
use super::record_result::{RecordResult, Status};
use crate::request::Refusal;
use bytes::Bytes;
use sender::{Failure, Outcome};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The results of all records of a request, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Results<'a> {
    refused: &'a [(usize, Refusal)],
    /// Number of records that were to be sent.
    sent: usize,
    outcomes: &'a [Outcome],
}

/// Maximum bytes of a response. OCI Functions allows 6 MB; the rest is for headers.
const MAX_RESPONSE: usize = 5_900_000;

/// The result of a record without an outcome.
const NO_OUTCOME: RecordResult<'static> =
    RecordResult::Failed(Failure::Unknown, "no outcome was reported for this record");

/// A response with an object for each record.
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
    offset: Offset<'a>,
    timestamp: Option<&'a str>,
}

#[derive(Serialize)]
struct NotStored<'a> {
    index: usize,
    status: Status,
    code: &'static str,
    message: &'a str,
}

impl<'a> Results<'a> {
    /// Combines the outcomes of `sent` records with the refused records at their indexes.
    pub(crate) fn new(refused: &'a [(usize, Refusal)], sent: usize, outcomes: &'a [Outcome]) -> Self {
        Results { refused, sent, outcomes }
    }

    /// Returns one result for each record. A record without an outcome is unknown.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RecordResult<'a>> + use<'a> {
        let mut refused = self.refused.iter().peekable();
        let mut outcomes = self.outcomes.iter();
        (0..self.refused.len() + self.sent).map(move |index| match refused.next_if(|(at, _)| *at == index) {
            Some((_, refusal)) => RecordResult::Refused(refusal),
            None => outcomes.next().map_or(NO_OUTCOME, RecordResult::of),
        })
    }

    /// Returns the body of the response: an object for each record, or the compact form if that would be too long.
    pub(crate) fn to_json(self, counts: Counts) -> Bytes {
        let full = Full { counts, results: &self };
        let mut length = Length { left: MAX_RESPONSE };
        let body = match serde_json::to_writer(&mut length, &full) {
            Ok(()) => {
                // Allocated at its exact size, because growing by doubling would take up to twice as much memory.
                let mut body = Vec::with_capacity(MAX_RESPONSE - length.left);
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
            RecordResult::Stored(stored) => {
                let (partition, offset) =
                    (stored.position.partition.as_str(), Offset(&stored.position.sequence));
                let timestamp = stored.timestamp.as_deref();
                Stored { index, status, partition, offset, timestamp }.serialize(serializer)
            }
            _ => {
                let (code, message) = (result.code(), result.message());
                NotStored { index, status, code, message }.serialize(serializer)
            }
        }
    }
}

/// Counts the bytes written, and fails if there are too many.
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
