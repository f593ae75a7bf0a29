use super::ids::{BatchId, EntryId, LaneId};
use crate::outcome::{Failure, Outcome};
use crate::record::Record;
use slab::Slab;
use std::ops::{Index, IndexMut};
use std::time::Instant;

/// The records that one call submitted, the state of each, and what to say about it.
#[derive(Debug)]
pub(super) struct Batch<T> {
    serial: u64,
    pub(super) records: Vec<Record>,
    pub(super) entries: Vec<Entry>,
    /// What would be said of each record if the batch ended now.
    pub(super) outcomes: Vec<Outcome>,
    /// Who waits for the outcomes; `None` once they were returned, or if nobody wants them.
    pub(super) token: Option<T>,
    /// From then on nothing is sent.
    pub(super) closes: Instant,
    /// From then on nobody waits.
    pub(super) until: Instant,
    /// Whether nothing of it is sent any more.
    pub(super) is_closed: bool,
    /// Records that are not done.
    pub(super) left: usize,
}

/// A record's state.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its turn among all records: the lowest goes first.
    pub(super) turn: u64,
    pub(super) stage: Stage,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// The record before it with the same key.
    pub(super) previous: Option<EntryId>,
    /// The record after it with the same key.
    pub(super) next: Option<EntryId>,
}

/// How far a record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Behind another record with its key.
    Behind,
    /// In a lane, to be sent.
    Ready(LaneId),
    /// Waiting until a time, because the stream did not store it.
    Resting(Instant),
    /// In a request.
    InFlight,
    /// It has its outcome.
    Done,
}

/// The batches in progress.
#[derive(Debug)]
pub(super) struct Batches<T> {
    slots: Slab<Batch<T>>,
    serial: u64,
}

/// What a record costs in addition to its bytes when batches take turns, so that a batch of many tiny records is not cheap.
const TURN: u64 = 64;

impl<T> Batch<T> {
    /// Whether nobody wants outcomes any more.
    pub(super) fn is_over(&self) -> bool {
        self.token.is_none()
    }

    /// Notes what would be said of a record. Once it may be on the stream, only "stored" says more than "unknown".
    pub(super) fn judge(&mut self, index: u32, failure: Failure, message: &str) {
        let Some(standing) = self.outcomes.get_mut(index as usize) else { return }; // already returned
        let is_unknown = matches!(standing, Outcome::Failed { failure: Failure::Unknown, .. });
        if !is_unknown || failure == Failure::Unknown {
            *standing = Outcome::Failed { failure, message: message.to_owned() };
        }
    }

    /// Whether nothing was said of a record yet.
    pub(super) fn is_unjudged(&self, index: u32) -> bool {
        matches!(self.outcomes.get(index as usize), Some(Outcome::Failed { message, .. }) if message.is_empty())
    }

    /// Its next deadline: first it closes, then it is over.
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
    /// Adds a batch. Its records' turns start at `turn`, each behind the previous one by its size and [`TURN`].
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
        // Nobody sees this: a record that ends without having been sent gets its message then.
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
