use super::ids::{BatchId, EntryId, LaneId};
use crate::outcome::{Failure, Outcome};
use crate::record::Record;
use slab::Slab;
use std::ops::{Index, IndexMut};
use std::time::Instant;

/// The records that one call submitted, with the state of each and its outcome so far.
#[derive(Debug)]
pub(super) struct Batch<T> {
    serial: u64,
    pub(super) records: Vec<Record>,
    pub(super) entries: Vec<Entry>,
    /// The outcome that each record would have if the batch ended now.
    pub(super) outcomes: Vec<Outcome>,
    /// The caller that waits for the outcomes. `None` after they have been returned, or if the batch was withdrawn.
    pub(super) token: Option<T>,
    /// After this time nothing more is sent.
    pub(super) closes: Instant,
    /// After this time the caller no longer waits.
    pub(super) until: Instant,
    /// Whether sending has stopped for this batch.
    pub(super) is_closed: bool,
    /// Number of records that are not done.
    pub(super) left: usize,
}

/// The state of a record.
#[derive(Debug)]
pub(super) struct Entry {
    /// The record's turn among all records. The lowest is sent first.
    pub(super) turn: u64,
    pub(super) stage: Stage,
    /// How often the record has been sent.
    pub(super) attempts: u32,
    /// The previous record with the same key.
    pub(super) previous: Option<EntryId>,
    /// The next record with the same key.
    pub(super) next: Option<EntryId>,
}

/// How far a record has progressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waiting behind another record with its key.
    Behind,
    /// In a lane, ready to be sent.
    Ready(LaneId),
    /// Waiting until this time, because the stream did not store it.
    Resting(Instant),
    /// Part of a request in flight.
    InFlight,
    /// Finished, with its outcome decided.
    Done,
}

#[derive(Debug)]
pub(super) struct Batches<T> {
    slots: Slab<Batch<T>>,
    serial: u64,
}

/// What a record costs in addition to its bytes when batches take turns. It keeps a batch of many tiny records from being too cheap.
const TURN: u64 = 64;

impl<T> Batch<T> {
    /// Returns whether the caller no longer waits for outcomes.
    pub(super) fn is_over(&self) -> bool {
        self.token.is_none()
    }

    /// Sets the outcome that a record would have now. Once a record may be on the stream, its outcome stays "unknown" unless it is stored.
    pub(super) fn judge(&mut self, index: u32, failure: Failure, message: &str) {
        let Some(standing) = self.outcomes.get_mut(index as usize) else { return }; // already returned
        let is_unknown = matches!(standing, Outcome::Failed { failure: Failure::Unknown, .. });
        if !is_unknown || failure == Failure::Unknown {
            *standing = Outcome::Failed { failure, message: message.to_owned() };
        }
    }

    /// Returns whether a record has no outcome yet, not even a provisional one.
    pub(super) fn is_unjudged(&self, index: u32) -> bool {
        matches!(self.outcomes.get(index as usize), Some(Outcome::Failed { message, .. }) if message.is_empty())
    }

    /// Returns the batch's next deadline: first it closes, then it expires.
    pub(super) fn end(&self) -> Instant {
        if self.is_closed { self.until } else { self.closes }
    }
}

impl Entry {
    fn new(turn: u64) -> Self {
        Entry { turn, stage: Stage::Behind, attempts: 0, previous: None, next: None }
    }
}

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Batches { slots: Slab::new(), serial: 0 }
    }
}

impl<T> Batches<T> {
    /// Adds a batch. Its records' turns start at `turn`; each is later than the previous one by that record's size plus [`TURN`].
    pub(super) fn insert(
        &mut self,
        records: Vec<Record>,
        token: T,
        (closes, until): (Instant, Instant),
        mut turn: u64,
    ) -> BatchId {
        self.serial += 1;
        let entry = |record: &Record| {
            turn += record.size() as u64 + TURN;
            Entry::new(turn)
        };
        let entries: Vec<Entry> = records.iter().map(entry).collect();
        // Never returned: a record that ends without having been sent is given its message at that point.
        let nothing = Outcome::Failed { failure: Failure::NotSent, message: String::new() };
        let (outcomes, left) = (vec![nothing; records.len()], records.len());
        let batch = Batch {
            serial: self.serial,
            records,
            entries,
            outcomes,
            token: Some(token),
            closes,
            until,
            is_closed: false,
            left,
        };
        BatchId { slot: self.slots.insert(batch) as u32, serial: self.serial }
    }

    pub(super) fn contains(&self, id: BatchId) -> bool {
        self.slots.get(id.slot as usize).is_some_and(|batch| batch.serial == id.serial)
    }

    pub(super) fn remove(&mut self, slot: u32) {
        self.slots.remove(slot as usize);
    }

    pub(super) fn id(&self, slot: u32) -> BatchId {
        BatchId { slot, serial: self[slot].serial }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn entry(&self, id: EntryId) -> &Entry {
        &self[id.batch].entries[id.index as usize]
    }

    pub(super) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self[id.batch].entries[id.index as usize]
    }

    pub(super) fn record(&self, id: EntryId) -> &Record {
        &self[id.batch].records[id.index as usize]
    }
}

impl<T> Index<u32> for Batches<T> {
    type Output = Batch<T>;

    fn index(&self, slot: u32) -> &Batch<T> {
        &self.slots[slot as usize]
    }
}

impl<T> IndexMut<u32> for Batches<T> {
    fn index_mut(&mut self, slot: u32) -> &mut Batch<T> {
        &mut self.slots[slot as usize]
    }
}
