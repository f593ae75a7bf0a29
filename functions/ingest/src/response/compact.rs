use super::counts::Counts;
use super::offset::Offset;
use super::record_result::{RecordResult, Status};
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::hash::Hash;

/// A response about so many records that an object for each would be too long. Each record is a row of numbers, and every text occurs once,
/// in a table.
#[derive(Debug, Serialize)]
pub(crate) struct Compact<'a> {
    counts: Counts,
    compact: Tables<'a>,
}

#[derive(Debug, Serialize)]
struct Tables<'a> {
    partitions: Vec<&'a str>,
    timestamps: Vec<&'a str>,
    reasons: Vec<Reason<'a>>,
    /// One row for each record, in the order of the request.
    results: Vec<Row<'a>>,
}

/// Why records are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
struct Reason<'a> {
    status: Status,
    code: &'static str,
    message: &'a str,
}

#[derive(Debug, Clone, Copy)]
enum Row<'a> {
    /// Written as `[partition, offset, timestamp]`. Partition and timestamp are indexes into the tables, or null if the table is full.
    Stored(Option<u32>, Offset<'a>, Option<u32>),
    /// Written as `[reason]`.
    NotStored(Option<u32>),
}

/// Maximum bytes of each table. A hundred thousand rows of 36 bytes, the maximum for a numeric offset, leave 2.3 MB of a response for them.
/// Timestamps have milliseconds, so those of a whole minute fit.
const PARTITIONS: usize = 100_000;
const TIMESTAMPS: usize = 1_600_000;
const REASONS: usize = 500_000;

impl<'a> Compact<'a> {
    pub(crate) fn new(counts: Counts, results: impl Iterator<Item = RecordResult<'a>>) -> Self {
        let mut partitions = Table::new(PARTITIONS);
        let mut timestamps = Table::new(TIMESTAMPS);
        let mut reasons = Table::new(REASONS);
        let rows = results.map(|result| match result {
            RecordResult::Stored(stored) => {
                let partition = partitions.index(stored.position.partition.as_str());
                let timestamp = stored.timestamp.as_deref().and_then(|timestamp| timestamps.index(timestamp));
                Row::Stored(partition, Offset(&stored.position.sequence), timestamp)
            }
            _ => {
                let reason =
                    Reason { status: result.status(), code: result.code(), message: result.message() };
                let index = reasons.index(reason);
                // The code is reported in any case, because there are only a few dozen codes.
                Row::NotStored(index.or_else(|| reasons.add(Reason { message: "", ..reason })))
            }
        });
        let results = rows.collect();
        let (partitions, timestamps, reasons) = (partitions.texts, timestamps.texts, reasons.texts);
        Compact { counts, compact: Tables { partitions, timestamps, reasons, results } }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Row::Stored(partition, offset, timestamp) => (partition, offset, timestamp).serialize(serializer),
            Row::NotStored(reason) => (reason,).serialize(serializer),
        }
    }
}

/// Entries that each occur once, limited to a number of bytes.
struct Table<T> {
    texts: Vec<T>,
    indexes: HashMap<T, u32>,
    /// Number of bytes left.
    left: usize,
}

impl<T: Copy + Eq + Hash + Serialize> Table<T> {
    fn new(left: usize) -> Self {
        Table { texts: Vec::new(), indexes: HashMap::new(), left }
    }

    /// Returns the index of an entry, which is added if necessary, or `None` if there is no room for it.
    fn index(&mut self, entry: T) -> Option<u32> {
        if let Some(index) = self.indexes.get(&entry) {
            return Some(*index);
        }
        let comma = 1;
        let json = serde_json::to_vec(&entry).ok()?;
        self.left = self.left.checked_sub(json.len() + comma)?;
        self.add(entry)
    }

    /// Returns the index of an entry, which is added if necessary, whether or not there is room.
    fn add(&mut self, entry: T) -> Option<u32> {
        let next = u32::try_from(self.texts.len()).ok()?;
        let index = *self.indexes.entry(entry).or_insert(next);
        if index == next {
            self.texts.push(entry);
        }
        Some(index)
    }
}
