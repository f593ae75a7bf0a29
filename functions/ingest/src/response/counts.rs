use super::record_result::Status;
use serde::Serialize;

/// Numbers of a request's records by result. `records` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// All records of the request.
    pub records: u64,
    /// Records that the stream has confirmed.
    pub stored: u64,
    /// Records that are not on the stream, and that would be refused again.
    pub refused: u64,
    /// Records that are not on the stream, but can be sent again.
    pub failed: u64,
    /// Records that may or may not be on the stream.
    pub unknown: u64,
}

impl Counts {
    /// Adds the counts of another request.
    pub(crate) fn add(&mut self, other: Counts) {
        self.records += other.records;
        self.stored += other.stored;
        self.refused += other.refused;
        self.failed += other.failed;
        self.unknown += other.unknown;
    }

    /// Counts a record.
    pub(crate) fn count(&mut self, status: Status) {
        self.records += 1;
        match status {
            Status::Stored => self.stored += 1,
            Status::Refused => self.refused += 1,
            Status::Failed => self.failed += 1,
            Status::Unknown => self.unknown += 1,
        }
    }
}
