//! The facts about a segment that are known without reading its data.

use serde::{Deserialize, Serialize};

/// The end of a segment, and the places where to start searching in it. The index file of a sealed segment contains this as JSON.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) length: u64,
    /// The offset after the last record; without records, the lowest offset that the next one can have.
    pub(crate) end: u64,
    pub(crate) last_time: i64,
    pub(crate) marks: Vec<Mark>,
}

/// A place in a segment where a record begins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) offset: u64,
    pub(crate) timestamp: i64,
    pub(crate) position: u64,
}

/// Minimum distance between marks in bytes, which bounds how much is read in vain to find a record. A gigabyte needs 768 KiB of marks, 24
/// bytes each.
const MARK_DISTANCE: u64 = 32 << 10;

impl Extent {
    /// Adds a record that begins at `position`.
    pub(crate) fn add(&mut self, offset: u64, timestamp: i64, position: u64) {
        if self.marks.last().is_none_or(|mark| position >= mark.position + MARK_DISTANCE) {
            self.marks.push(Mark { offset, timestamp, position });
        }
        self.end = offset + 1;
        self.last_time = timestamp;
    }
}
