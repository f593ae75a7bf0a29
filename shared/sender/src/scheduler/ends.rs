//! Finishes records and batches.

use super::batches::Stage;
use super::ids::EntryId;
use super::{Finished, Scheduler};
use crate::outcome::{Failure, Outcome};
use crate::send_options::Order;
use crate::stream::Stored;
use std::time::Instant;

const NO_ROOM: &str = "the stream had no room for the record in time";
const EARLIER_FAILED: &str = "an earlier record with the same key failed";
pub(super) const NO_TURN: &str = "earlier records with the same key used up the time";
const NO_RESPONSE: &str = "the record was sent, but no response arrived in time";

impl<T> Scheduler<T> {
    /// Finishes a record and makes the next one with its key ready.
    pub(super) fn finish(&mut self, id: EntryId, stored: Option<Stored>, now: Instant) {
        if let Some(next) = self.end(id, stored) {
            self.make_ready(next, now);
        }
    }

    /// Finishes a record. If it is not stored, its provisional outcome becomes final and the later records with its key in its batch fail
    /// with it. Returns the record whose turn it is now.
    pub(super) fn end(&mut self, id: EntryId, stored: Option<Stored>) -> Option<EntryId> {
        let mut next = None;
        if self.options.order == Order::Key {
            if stored.is_none() {
                self.fail_later(id);
            }
            next = self.chains.remove(&mut self.batches, id);
        }
        if let Some(stored) = stored
            && let Some(outcome) = self.batches[id.batch].outcomes.get_mut(id.index as usize)
        {
            *outcome = Outcome::Stored(stored);
        }
        self.done(id);
        next
    }

    fn fail_later(&mut self, id: EntryId) {
        let mut later = self.batches.entry(id).next;
        while let Some(next) = later
            && self.batches[id.batch].left > 1
        {
            later = self.batches.entry(next).next;
            if next.batch == id.batch {
                self.batches[next.batch].judge(next.index, Failure::NotSent, EARLIER_FAILED);
                // This is never the first of its chain, so removing it gives no other record its turn.
                self.chains.remove(&mut self.batches, next);
                self.done(next);
            }
        }
    }

    fn done(&mut self, id: EntryId) {
        let size = self.batches.record(id).size() as u64;
        (self.counts.held_bytes, self.counts.held_records) =
            (self.counts.held_bytes - size, self.counts.held_records - 1);
        let batch = &mut self.batches[id.batch];
        batch.entries[id.index as usize].stage = Stage::Done;
        batch.left -= 1;
        if batch.left == 0 {
            self.hand_out(id.batch);
        }
    }

    /// Returns a batch's outcomes, unless they have been returned already, and drops the batch once none of its records is in flight.
    pub(super) fn hand_out(&mut self, slot: u32) {
        let batch = &mut self.batches[slot];
        if let Some(token) = batch.token.take() {
            self.finished.push_back(Finished { token, outcomes: std::mem::take(&mut batch.outcomes) });
        }
        self.ends.remove(&(batch.end(), slot));
        if batch.left == 0 {
            self.batches.remove(slot);
        }
    }

    /// Stops sending records of a batch.
    pub(super) fn close(&mut self, slot: u32, now: Instant) {
        let batch = &mut self.batches[slot];
        self.ends.remove(&(batch.end(), slot));
        batch.is_closed = true;
        if !batch.is_over() {
            self.ends.insert((batch.end(), slot));
        }
        let (id, count) = (self.batches.id(slot), self.batches[slot].entries.len() as u32);
        for entry in (0..count).map(|index| EntryId { batch: slot, index }) {
            if !self.batches.contains(id) {
                break;
            }
            let state = self.batches.entry(entry);
            match state.stage {
                Stage::Done | Stage::InFlight => continue,
                Stage::Behind => {}
                Stage::Ready(lane) => {
                    self.lanes.remove(lane, state.turn, entry, self.batches.record(entry).size());
                }
                Stage::Resting(at) => {
                    self.resting.remove(&(at, entry));
                }
            }
            self.judge_unsent(entry);
            self.finish(entry, None, now);
        }
    }

    /// Sets the reason why a record was not sent in time.
    fn judge_unsent(&mut self, id: EntryId) {
        if let Some(message) = self.excess(id) {
            self.batches[id.batch].judge(id.index, Failure::Refused, &message);
        } else if self.batches.entry(id).previous.is_some() {
            self.batches[id.batch].judge(id.index, Failure::NotSent, NO_TURN);
        } else if self.batches[id.batch].is_unjudged(id.index) {
            let trouble = self.trouble.as_ref();
            let (failure, message) = trouble
                .map_or((Failure::Throttled, NO_ROOM), |trouble| (trouble.failure(), &trouble.message));
            self.batches[id.batch].judge(id.index, failure, message);
        }
    }

    /// Gives up waiting for the records of a batch that are in flight.
    pub(super) fn abandon(&mut self, slot: u32) {
        let batch = &mut self.batches[slot];
        for index in 0..batch.entries.len() as u32 {
            if batch.entries[index as usize].stage == Stage::InFlight {
                batch.judge(index, Failure::Unknown, NO_RESPONSE);
            }
        }
        self.hand_out(slot);
    }
}
