use super::ids::EntryId;
use super::load::Load;
use super::pace::{Pace, QUANTUM};
use super::share::Share;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The records that may be sent to one partition, and the rate at which they may go.
#[derive(Debug)]
pub(super) struct Lane {
    /// The records in order of turn, with their sizes in bytes.
    ready: BTreeSet<(u64, EntryId, u32)>,
    load: Load,
    bytes: Pace,
    records: Pace,
    /// The part of the limits that other senders leave.
    share: Share,
    blocked_until: Instant,
    /// How many times in a row the partition has throttled.
    refusals: u32,
    /// Since when the records have been waiting for others to share their request.
    since: Instant,
}

impl Lane {
    /// Creates an empty lane without limits.
    pub(super) fn new(now: Instant) -> Self {
        Lane {
            ready: BTreeSet::new(),
            load: Load::default(),
            bytes: Pace::new(None, now),
            records: Pace::new(None, now),
            share: Share::new(now),
            blocked_until: now,
            refusals: 0,
            since: now,
        }
    }

    /// Sets the limits per second. The lane uses its share of them.
    pub(super) fn limit(&mut self, bytes: Option<f64>, records: Option<f64>, now: Instant) {
        let share = self.share.value();
        self.bytes.limit(bytes, share, now);
        self.records.limit(records, share, now);
    }

    pub(super) fn push(&mut self, turn: u64, id: EntryId, size: usize, now: Instant) {
        if self.ready.is_empty() {
            self.since = now;
        }
        self.ready.insert((turn, id, size as u32));
        self.load.add(Load::of(size));
    }

    /// Removes a record that will not be sent.
    pub(super) fn remove(&mut self, turn: u64, id: EntryId, size: usize) {
        if self.ready.remove(&(turn, id, size as u32)) {
            self.load.subtract(Load::of(size));
        }
    }

    /// Removes the first record in order to send it.
    pub(super) fn pop(&mut self, now: Instant) {
        if let Some((_, _, size)) = self.ready.pop_first() {
            let load = Load::of(size as usize);
            self.load.subtract(load);
            self.since = now;
            self.take(load, now);
        }
    }

    /// Returns the first record's turn, id and size.
    pub(super) fn first(&self) -> Option<(u64, EntryId, u32)> {
        self.ready.first().copied()
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.blocked_until <= now
    }

    /// Blocks the lane, unless it is blocked already, for the time that `wait` returns for this many refusals in a row. Returns when it
    /// reopens.
    pub(super) fn block(&mut self, now: Instant, wait: impl FnOnce(u32) -> Duration) -> Instant {
        if self.is_open(now) {
            self.refusals += 1;
            self.blocked_until = now + wait(self.refusals);
            self.empty(now);
        }
        self.blocked_until
    }

    /// Notes that the partition stored a record, which ends the row of refusals.
    pub(super) fn confirm(&mut self) {
        self.refusals = 0;
    }

    /// Updates the estimated share from a response. Returns whether the share changed.
    pub(super) fn learn(&mut self, sent: u32, refused: u32, sent_at: Instant, now: Instant) -> bool {
        self.share.learn(sent, refused, sent_at, now)
    }

    /// Empties both buckets, so that nothing is sent until they fill again.
    pub(super) fn empty(&mut self, now: Instant) {
        self.bytes.empty(now);
        self.records.empty(now);
    }

    pub(super) fn load(&self) -> Load {
        self.load
    }

    /// Returns how much may be sent now.
    pub(super) fn level(&self, now: Instant) -> Load {
        Load { bytes: self.bytes.level(now), records: self.records.level(now) }
    }

    /// Returns how much may be sent per second.
    pub(super) fn rate(&self) -> Load {
        Load { bytes: self.bytes.rate(), records: self.records.rate() }
    }

    /// Returns the most that may be sent at once.
    pub(super) fn capacity(&self) -> Load {
        Load { bytes: self.bytes.capacity(), records: self.records.capacity() }
    }

    /// Returns the room for bytes as a part of its maximum: 1 means that the bucket is full.
    pub(super) fn room(&self, now: Instant) -> f64 {
        self.bytes.level(now) / self.bytes.capacity()
    }

    /// Returns the load of the first record.
    pub(super) fn first_load(&self) -> Load {
        self.ready.first().map_or(Load::default(), |(_, _, size)| Load::of(*size as usize))
    }

    /// Returns when the lane needs a request: once there is room, the records have waited for others, and any block is over.
    pub(super) fn due_at(&self, linger: Duration, now: Instant) -> Instant {
        self.room_at(now).max(self.since + linger).max(self.blocked_until)
    }

    /// Returns when the lane has room for enough records to be worth a request, or for all it holds.
    fn room_at(&self, now: Instant) -> Instant {
        // The quantum is a part of the whole limit, whatever the share is: a small share makes fewer requests, not smaller ones.
        let quantum = self.rate().times(QUANTUM.as_secs_f64() / self.share.value());
        let needed = self.load.min(quantum).max(self.first_load());
        self.bytes.when(needed.bytes, now).max(self.records.when(needed.records, now))
    }

    pub(super) fn has_room(&self, load: Load, now: Instant) -> bool {
        self.level(now).covers(load.min(self.capacity()))
    }

    pub(super) fn take(&mut self, load: Load, now: Instant) {
        self.bytes.take(load.bytes, now);
        self.records.take(load.records, now);
    }

    pub(super) fn put_back(&mut self, load: Load, now: Instant) {
        self.bytes.put_back(load.bytes, now);
        self.records.put_back(load.records, now);
    }
}
