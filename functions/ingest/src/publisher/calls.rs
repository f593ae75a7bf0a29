use super::lanes::LaneId;
use crate::outcome::{Failure, Outcome};
use crate::record::Record;
use slab::Slab;
use std::ops::{Index, IndexMut};
use std::time::Instant;

/// The records of one publish call, where each of them is, and what is to be said of it.
#[derive(Debug)]
pub(super) struct Call<T> {
    serial: u64,
    pub(super) records: Vec<Record>,
    pub(super) entries: Vec<Entry>,
    /// What would be said of each record if the call ended now.
    pub(super) outcomes: Vec<Outcome>,
    /// Whoever waits for the outcomes; `None` once they were handed out, or nobody wants them.
    pub(super) token: Option<T>,
    /// From here on nothing is sent.
    pub(super) closes: Instant,
    /// From here on nobody waits.
    pub(super) until: Instant,
    /// Whether nothing of it is sent any more.
    pub(super) is_closed: bool,
    /// Records that are not done.
    pub(super) left: usize,
}

/// A record's state.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its turn among all: the lowest goes first.
    pub(super) turn: u64,
    pub(super) place: Place,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// The record before it of the same key.
    pub(super) previous: Option<EntryId>,
    /// The record behind it of the same key.
    pub(super) next: Option<EntryId>,
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind another one of its key.
    Behind,
    /// In a lane, to be sent.
    Ready(LaneId),
    /// On its own until a time: the stream did not take it.
    Resting(Instant),
    /// In a request.
    InFlight,
    /// It has its outcome.
    Done,
}

/// Names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    pub(super) call: u32,
    pub(super) index: u32,
}

/// Names a call, also when its place was given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallId {
    pub(super) place: u32,
    serial: u64,
}

/// The calls that are under way.
#[derive(Debug)]
pub(super) struct Calls<T> {
    slots: Slab<Call<T>>,
    serial: u64,
}

impl<T> Call<T> {
    /// Whether nobody wants outcomes any more.
    pub(super) fn is_over(&self) -> bool {
        self.token.is_none()
    }

    /// Notes what would be said of a record. Once one may be on the stream, nothing but "stored" says more than that.
    pub(super) fn judge(&mut self, index: u32, failure: Failure, message: &str) {
        let Some(standing) = self.outcomes.get_mut(index as usize) else { return }; // handed out
        let is_unknown = matches!(standing, Outcome::Failed { failure: Failure::Unknown, .. });
        if !is_unknown || failure == Failure::Unknown {
            *standing = Outcome::Failed { failure, message: message.to_owned() };
        }
    }

    /// Whether nothing was said of a record yet.
    pub(super) fn is_unjudged(&self, index: u32) -> bool {
        matches!(self.outcomes.get(index as usize), Some(Outcome::Failed { message, .. }) if message.is_empty())
    }

    /// The end that comes next.
    pub(super) fn end(&self) -> Instant {
        if self.is_closed { self.until } else { self.closes }
    }
}

impl Entry {
    pub(super) fn new(turn: u64) -> Self {
        Entry { turn, place: Place::Behind, attempts: 0, previous: None, next: None }
    }
}

impl<T> Default for Calls<T> {
    fn default() -> Self {
        Calls { slots: Slab::new(), serial: 0 }
    }
}

impl<T> Calls<T> {
    /// Takes a call in; its records' turns begin at `turn`, each its size and [`TURN`] behind the one before.
    pub(super) fn insert(
        &mut self,
        records: Vec<Record>,
        token: T,
        (closes, until): (Instant, Instant),
        mut turn: u64,
    ) -> CallId {
        self.serial += 1;
        let entry = |record: &Record| {
            turn += record.size() as u64 + TURN;
            Entry::new(turn)
        };
        let entries: Vec<Entry> = records.iter().map(entry).collect();
        // Nobody is told this: what ends without having been sent gets its words then.
        let nothing = Outcome::Failed { failure: Failure::NotSent, message: String::new() };
        let (outcomes, left) = (vec![nothing; records.len()], records.len());
        let call = Call {
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
        CallId { place: self.slots.insert(call) as u32, serial: self.serial }
    }

    pub(super) fn is_there(&self, id: CallId) -> bool {
        self.slots.get(id.place as usize).is_some_and(|call| call.serial == id.serial)
    }

    pub(super) fn remove(&mut self, place: u32) {
        self.slots.remove(place as usize);
    }

    pub(super) fn id(&self, place: u32) -> CallId {
        CallId { place, serial: self[place].serial }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn entry(&self, id: EntryId) -> &Entry {
        &self[id.call].entries[id.index as usize]
    }

    pub(super) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self[id.call].entries[id.index as usize]
    }

    pub(super) fn record(&self, id: EntryId) -> &Record {
        &self[id.call].records[id.index as usize]
    }
}

/// What a record costs besides its bytes when calls take turns: a call of many tiny records is not cheap.
pub(super) const TURN: u64 = 64;

impl<T> Index<u32> for Calls<T> {
    type Output = Call<T>;

    fn index(&self, place: u32) -> &Call<T> {
        &self.slots[place as usize]
    }
}

impl<T> IndexMut<u32> for Calls<T> {
    fn index_mut(&mut self, place: u32) -> &mut Call<T> {
        &mut self.slots[place as usize]
    }
}
