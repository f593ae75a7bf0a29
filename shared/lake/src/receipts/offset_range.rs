use serde::{Deserialize, Serialize};

/// Maximum number of stream partitions whose offsets a receipt lists. An object written by the connector holds one.
pub(crate) const MAX_OFFSETS: usize = 1000;

/// The offsets of one stream partition that a run saw: those of rows, and of quarantined records whose position could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffsetRange {
    /// The stream's name. For a source without envelopes, this is its URL.
    pub stream: String,
    /// The stream partition's name, or `None` if the source doesn't have any.
    pub partition: Option<String>,
    /// The lowest offset.
    pub first: i64,
    /// The highest offset.
    pub last: i64,
    /// Number of records. It is less than the width of the range if the stream has gaps, and more if records were read twice.
    pub records: u64,
}

impl OffsetRange {
    /// Returns whether both ranges belong to the same stream partition.
    pub(crate) fn is_same_partition(&self, other: &OffsetRange) -> bool {
        self.stream == other.stream && self.partition == other.partition
    }

    /// Extends the range to cover these offsets and adds the number of records.
    pub(crate) fn add(&mut self, first: i64, last: i64, records: u64) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.records += records;
    }
}
