use super::record_result::Status;
use serde::Serialize;

/// What became of a request's records: `records` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// All records.
    pub records: u64,
    /// On the stream, by the stream's own word.
    pub stored: u64,
    /// Not on the stream, and sending them again would not change that.
    pub refused: u64,
    /// Not on the stream, but they can be sent again.
    pub failed: u64,
    /// Nobody knows.
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
