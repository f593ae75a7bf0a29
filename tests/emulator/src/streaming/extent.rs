//! What is known of a segment without looking at its bytes.

use serde::{Deserialize, Serialize};

/// How far a segment goes, and where to look in it. The index file of a sealed segment is this as JSON.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) length: u64,
    /// The offset after the last record's; the first possible one while there is none.
    pub(crate) end: u64,
    pub(crate) last_time: i64,
    pub(crate) marks: Vec<Mark>,
}

/// Where a record begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) offset: u64,
    pub(crate) timestamp: i64,
    pub(crate) position: u64,
}

/// Bytes between marks: the most that is read in vain to find a record. 24 bytes for each stand for a gigabyte in 768 KiB.
const MARK_DISTANCE: u64 = 32 << 10;

impl Extent {
    /// Takes in a record that begins at `position`.
    pub(crate) fn add(&mut self, offset: u64, timestamp: i64, position: u64) {
        if self.marks.last().is_none_or(|mark| position >= mark.position + MARK_DISTANCE) {
            self.marks.push(Mark { offset, timestamp, position });
        }
        self.end = offset + 1;
        self.last_time = timestamp;
    }
}
