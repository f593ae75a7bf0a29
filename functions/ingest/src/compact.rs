use crate::answer::Counts;
use crate::result::{RecordResult, Status};
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::hash::Hash;

/// An answer about more records than an object each has room for: each is a row of numbers, and texts are told once.
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
    /// In the request's order.
    results: Vec<Row>,
}

/// Why records are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
struct Reason<'a> {
    status: Status,
    code: &'static str,
    message: &'a str,
}

#[derive(Debug, Clone, Copy)]
enum Row {
    /// `[partition, offset, timestamp]`: positions in the tables, null where a table is full.
    Stored(Option<u32>, u64, Option<u32>),
    /// `[reason]`.
    NotStored(Option<u32>),
}

/// Bytes of each table: a hundred thousand rows of 36 bytes, which is the longest, leave 2.3 MB of an answer. The service's timestamps are
/// milliseconds, so that all those of a minute fit.
const PARTITIONS: usize = 100_000;
const TIMESTAMPS: usize = 1_600_000;
const REASONS: usize = 500_000;

impl<'a> Compact<'a> {
    pub(crate) fn new(counts: Counts, results: impl Iterator<Item = RecordResult<'a>>) -> Self {
        let mut partitions = Table::new(PARTITIONS);
        let mut timestamps = Table::new(TIMESTAMPS);
        let mut reasons = Table::new(REASONS);
        let rows = results.map(|result| match result {
            RecordResult::Stored(placed) => {
                let partition = partitions.position(&*placed.partition);
                let timestamp = timestamps.position(&*placed.timestamp);
                Row::Stored(partition, placed.offset, timestamp)
            }
            _ => {
                let reason =
                    Reason { status: result.status(), code: result.code(), message: result.message() };
                let position = reasons.position(reason);
                // The code is told in any case: there are some dozens.
                Row::NotStored(position.or_else(|| reasons.add(Reason { message: "", ..reason })))
            }
        });
        let results = rows.collect();
        let (partitions, timestamps, reasons) = (partitions.texts, timestamps.texts, reasons.texts);
        Compact { counts, compact: Tables { partitions, timestamps, reasons, results } }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Row::Stored(partition, offset, timestamp) => (partition, offset, timestamp).serialize(serializer),
            Row::NotStored(reason) => (reason,).serialize(serializer),
        }
    }
}

/// Texts, each once, within a number of bytes.
struct Table<T> {
    texts: Vec<T>,
    positions: HashMap<T, u32>,
    left: usize,
}

impl<T: Copy + Eq + Hash + Serialize> Table<T> {
    fn new(left: usize) -> Self {
        Table { texts: Vec::new(), positions: HashMap::new(), left }
    }

    /// The position of an entry; `None` where there is no room for it.
    fn position(&mut self, entry: T) -> Option<u32> {
        if let Some(position) = self.positions.get(&entry) {
            return Some(*position);
        }
        let comma = 1;
        let json = serde_json::to_vec(&entry).ok()?;
        self.left = self.left.checked_sub(json.len() + comma)?;
        self.add(entry)
    }

    /// The position of an entry, whatever the room.
    fn add(&mut self, entry: T) -> Option<u32> {
        let next = u32::try_from(self.texts.len()).ok()?;
        let position = *self.positions.entry(entry).or_insert(next);
        if position == next {
            self.texts.push(entry);
        }
        Some(position)
    }
}
