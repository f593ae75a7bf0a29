//! Decides which record goes into which request and when, and determines each record's outcome.
//!
//! Modules, lowest first: `ids`, `load`, `pace` (how much may be sent per second), `share` (how much of that other senders leave),
//! `backoff` (how long to wait), `trouble` (the stream is down), `batches` (records and their states), `chains` (the order of a key),
//! `lane` and `lanes` (what may be sent), `known_keys` and `routes` (which lane a key belongs to). Parts of the scheduler itself:
//! `readiness` puts records into lanes, `responses` interprets the stream's responses, and `ends` finishes records and batches.

mod backoff;
mod batches;
mod chains;
mod ends;
mod ids;
mod known_keys;
mod lane;
mod lanes;
mod load;
#[cfg(test)]
mod model;
mod pace;
mod readiness;
mod responses;
mod routes;
mod share;
#[cfg(test)]
mod tests;
mod trouble;

pub(crate) use ids::{BatchId, RequestId};

use crate::limits::Limits;
use crate::outcome::Outcome;
use crate::record::Record;
use crate::send_counts::SendCounts;
use crate::send_options::{Order, SendOptions};
use crate::send_records::Full;
use backoff::Backoff;
use batches::{Batches, Entry, Stage};
use chains::Chains;
use ids::{EntryId, LaneId};
use lanes::{Due, Lanes};
use routes::{PartitionOf, Routes};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};
use trouble::Trouble;

/// Turns batches of records and responses into requests and outcomes.
///
/// It reads no clock and sends nothing. `T` is the caller's token for a batch.
///
/// At most one record of a key is in flight, so no later one can overtake it, however often it must be sent. A request whose outcome is
/// unknown counts as in flight until its records have been sent again or abandoned. When a record of a batch fails, the later records with
/// its key in that batch fail as well.
#[derive(Debug)]
pub(crate) struct Scheduler<T> {
    limits: Limits,
    options: SendOptions,
    batches: Batches<T>,
    chains: Chains,
    lanes: Lanes,
    routes: Routes,
    backoff: Backoff,
    /// When batches close or expire, with their slots.
    ends: BTreeSet<(Instant, u32)>,
    /// Records that wait on their own, outside a lane, and until when.
    resting: BTreeSet<(Instant, EntryId)>,
    in_flight: HashMap<RequestId, InFlight>,
    next_request: u64,
    /// The turn of the record sent last.
    turn: u64,
    trouble: Option<Trouble>,
    finished: VecDeque<Finished<T>>,
    counts: SendCounts,
}

/// A request to send now.
#[derive(Debug)]
pub(crate) struct PutRequest {
    pub(crate) id: RequestId,
    pub(crate) records: Vec<Record>,
    /// How long to wait for the response.
    pub(crate) within: Duration,
}

/// A batch with an outcome for every record.
#[derive(Debug)]
pub(crate) struct Finished<T> {
    pub(crate) token: T,
    pub(crate) outcomes: Vec<Outcome>,
}

/// A request that has no response yet.
#[derive(Debug)]
struct InFlight {
    sent_at: Instant,
    /// The request's records, each with the lane it was taken from.
    entries: Vec<(EntryId, LaneId)>,
}

/// Longest wait for a response. Responses take milliseconds; one that takes longer than this may never come.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// The last part of a batch's time, which is reserved for responses. The outcome of a request sent later would stay unknown.
const CLOSING: Duration = Duration::from_millis(250);

/// The same for a short batch: at most one part in this many of its time is reserved for responses.
const CLOSING_PART: u32 = 4;

/// How soon to check again when a lane has room but the partitions together have none.
const LOOK: Duration = Duration::from_millis(1);

impl<T> Scheduler<T> {
    /// Creates a scheduler for a stream with these limits. It asks `partition_of` for the partition of each key.
    pub(crate) fn new(
        limits: Limits,
        options: SendOptions,
        partition_of: PartitionOf,
        seed: u64,
        now: Instant,
    ) -> Self {
        Scheduler {
            limits,
            options,
            batches: Batches::default(),
            chains: Chains::new(seed),
            lanes: Lanes::new(limits, options.paced, now),
            routes: Routes::new(partition_of, seed),
            backoff: Backoff::new(seed),
            ends: BTreeSet::new(),
            resting: BTreeSet::new(),
            in_flight: HashMap::new(),
            next_request: 0,
            turn: 0,
            trouble: None,
            finished: VecDeque::new(),
            counts: SendCounts::default(),
        }
    }

    /// Accepts a batch of records. Its outcomes come from [`finished`](Self::finished).
    pub(crate) fn submit(
        &mut self,
        records: Vec<Record>,
        until: Instant,
        token: T,
        now: Instant,
    ) -> Result<BatchId, Full> {
        let bytes = records.iter().map(Record::size).sum::<usize>() as u64;
        let SendCounts { held_bytes, held_records, .. } = self.counts;
        let all = (held_bytes + bytes, held_records + records.len() as u64);
        let max = (self.options.bytes as u64, self.options.records as u64);
        if held_records > 0 && (all.0 > max.0 || all.1 > max.1) {
            return Err(Full { wait: None });
        }
        (self.counts.held_bytes, self.counts.held_records) = all;
        let time = until.saturating_duration_since(now);
        let closes = until.checked_sub(CLOSING.min(time / CLOSING_PART)).unwrap_or(now);
        let id = self.batches.insert(records, token, (closes, until), self.turn);
        self.ends.insert((closes, id.slot));
        let count = self.batches[id.slot].entries.len() as u32;
        let entries = (0..count).map(|index| EntryId { batch: id.slot, index });
        if self.options.order == Order::Key {
            // Link all records before making any ready, because a record that cannot be sent fails the others with its key.
            entries.clone().for_each(|entry| self.chains.push(&mut self.batches, entry));
        }
        for entry in entries {
            let is_first = |entry: &Entry| entry.stage == Stage::Behind && entry.previous.is_none();
            if self.batches.contains(id) && is_first(self.batches.entry(entry)) {
                self.make_ready(entry, now);
            }
        }
        if self.batches.contains(id) && self.batches[id.slot].left == 0 {
            self.hand_out(id.slot);
        }
        Ok(id)
    }

    /// Withdraws a batch whose caller no longer waits. Its unsent records will not be sent.
    pub(crate) fn withdraw(&mut self, id: BatchId, now: Instant) {
        if self.batches.contains(id) && self.batches[id.slot].token.take().is_some() {
            self.close(id.slot, now);
        }
    }

    /// Returns the next request, if one is due now.
    pub(crate) fn next_request(&mut self, now: Instant) -> Option<PutRequest> {
        self.pass_time(now);
        if self.is_held_up(now) || self.due(now) != Due::Now {
            return None;
        }
        let entries = self.lanes.take(now);
        let last = entries.iter().map(|(id, _)| self.batches[id.batch].until).max()?;
        let mut records = Vec::with_capacity(entries.len());
        for (id, _) in &entries {
            let record = self.batches.record(*id).clone();
            let entry = self.batches.entry_mut(*id);
            self.turn = self.turn.max(entry.turn);
            self.counts.bytes += record.size() as u64;
            self.counts.retries += u64::from(entry.attempts > 0);
            entry.attempts += 1;
            entry.stage = Stage::InFlight;
            records.push(record);
        }
        self.counts.records += records.len() as u64;
        self.counts.requests += 1;
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.in_flight.insert(id, InFlight { sent_at: now, entries });
        self.counts.in_flight = self.in_flight.len() as u64;
        Some(PutRequest { id, records, within: LONGEST_REQUEST.min(last.saturating_duration_since(now)) })
    }

    /// Returns when to ask for the [next request](Self::next_request) again, unless something else happens first.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let end = self.ends.first().map(|(at, _)| *at);
        let rested = self.resting.first().map(|(at, _)| *at);
        let due = match self.due(now) {
            _ if self.in_flight.len() >= self.max_in_flight() => None,
            Due::Never => None,
            Due::Now => Some(now + LOOK),
            Due::At(at) => Some(at),
        };
        let trouble = self.trouble.as_ref().map_or(now, |trouble| trouble.until);
        [end, rested.map(|at| at.max(now)), due.map(|at| at.max(trouble))].into_iter().flatten().min()
    }

    /// Returns the next batch that has all its outcomes.
    pub(crate) fn finished(&mut self) -> Option<Finished<T>> {
        self.finished.pop_front()
    }

    pub(crate) fn counts(&self) -> SendCounts {
        self.counts
    }

    /// Returns whether no batch is left.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.batches.is_empty()
    }

    /// Handles every deadline that has passed.
    fn pass_time(&mut self, now: Instant) {
        while let Some((at, slot)) = self.ends.first().copied()
            && at <= now
        {
            if self.batches[slot].is_closed { self.abandon(slot) } else { self.close(slot, now) }
        }
        while let Some((at, id)) = self.resting.first().copied()
            && at <= now
        {
            self.resting.pop_first();
            self.make_ready(id, now);
        }
    }

    fn due(&self, now: Instant) -> Due {
        // With nothing in flight, waiting for more records gains nothing.
        let linger = if self.in_flight.is_empty() { Duration::ZERO } else { self.options.linger };
        self.lanes.due(linger, now)
    }

    fn is_held_up(&self, now: Instant) -> bool {
        let is_troubled = self.trouble.as_ref().is_some_and(|trouble| trouble.until > now);
        is_troubled || self.in_flight.len() >= self.max_in_flight()
    }

    /// While the stream is in trouble or its partitions are unknown, one request is enough to find out more.
    fn max_in_flight(&self) -> usize {
        let is_trial = self.trouble.is_some() || self.lanes.are_unexplored();
        if is_trial { 1 } else { self.options.in_flight }
    }
}
