//! Applies the stream's response to the records of a request.

use super::batches::Stage;
use super::ids::{ANYWHERE, EntryId, LaneId, RequestId};
use super::lanes::Landed;
use super::trouble::Trouble;
use super::{InFlight, Scheduler};
use crate::outcome::Failure;
use crate::put_error::{Cause, NotStored, PutError};
use crate::stream::{PutResponse, Stored};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

impl<T> Scheduler<T> {
    /// Handles the response to a request.
    pub(crate) fn respond(
        &mut self,
        request: RequestId,
        response: Result<PutResponse, PutError>,
        now: Instant,
    ) {
        let Some(InFlight { sent_at, entries: sent }) = self.in_flight.remove(&request) else { return };
        self.counts.in_flight = self.in_flight.len() as u64;
        match response {
            Ok(entries) if entries.len() == sent.len() => {
                self.trouble = None;
                self.learn(&sent, &entries, sent_at, now);
                for ((id, lane), entry) in sent.into_iter().zip(entries) {
                    match entry {
                        Ok(stored) => self.stored(id, lane, stored, now),
                        Err(not_stored) => self.not_stored(id, lane, not_stored, now),
                    }
                }
            }
            Ok(entries) => {
                let message =
                    format!("the response reports {} records instead of {}", entries.len(), sent.len());
                self.unanswered(sent, Landed::Unknown, (Failure::Unknown, &message), None, now);
            }
            Err(PutError::Unknown { message, wait }) => {
                self.unanswered(sent, Landed::Unknown, (Failure::Unknown, &message), wait, now);
            }
            Err(PutError::Rejected { cause: cause @ Cause::Permanent, message, .. }) => {
                for (id, lane) in sent {
                    let not_stored = NotStored { cause, message: message.clone(), wait: None };
                    self.not_stored(id, lane, not_stored, now);
                }
            }
            Err(PutError::Rejected { cause, message, wait }) => {
                self.unanswered(sent, Landed::Nowhere, (failure(cause), &message), wait, now);
            }
        }
    }

    /// Updates the share of each lane from how many of its records were throttled.
    fn learn(
        &mut self,
        sent: &[(EntryId, LaneId)],
        entries: &[Result<Stored, NotStored>],
        sent_at: Instant,
        now: Instant,
    ) {
        let mut tally: BTreeMap<LaneId, (u32, u32)> = BTreeMap::new();
        for ((_, lane), entry) in sent.iter().zip(entries) {
            let (sent, throttled) = tally.entry(*lane).or_default();
            *sent += 1;
            *throttled += u32::from(matches!(entry, Err(NotStored { cause: Cause::Throttled, .. })));
        }
        for (lane, (sent, throttled)) in tally {
            self.lanes.learn(lane, sent, throttled, sent_at, now);
        }
    }

    fn stored(&mut self, id: EntryId, sent: LaneId, stored: Stored, now: Instant) {
        let lane = self.lanes.of(&stored.position.partition, now);
        let record = self.batches.record(id);
        self.lanes.settle(sent, Landed::On(lane), record.size(), now);
        if let Some(key) = &record.key {
            self.routes.learn(key, lane);
        }
        self.finish(id, Some(stored), now);
    }

    fn not_stored(&mut self, id: EntryId, sent: LaneId, not_stored: NotStored, now: Instant) {
        let NotStored { cause, message, wait } = not_stored;
        let landed = if cause == Cause::Throttled { Landed::Unknown } else { Landed::Nowhere };
        self.lanes.settle(sent, landed, self.batches.record(id).size(), now);
        self.counts.throttled += u64::from(cause == Cause::Throttled);
        self.batches[id.batch].judge(id.index, failure(cause), &message);
        if cause == Cause::Permanent {
            return self.finish(id, None, now);
        }
        let (attempts, lane) = (self.batches.entry(id).attempts, self.lane(id, now));
        if cause == Cause::Throttled && lane != ANYWHERE {
            let backoff = &mut self.backoff;
            let until = self.lanes.block(lane, now, |refusals| backoff.after(refusals, wait));
            return self.retry(id, until, now, |scheduler| scheduler.make_ready(id, now));
        }
        if cause == Cause::Throttled {
            self.guess(id, now);
        }
        let until = now + self.backoff.after(attempts, wait);
        self.retry(id, until, now, |scheduler| {
            scheduler.batches.entry_mut(id).stage = Stage::Resting(until);
            scheduler.resting.insert((until, id));
        });
    }

    /// Makes a throttled record wait for room on the partition that most probably throttled it. No other record waits because of this
    /// guess.
    fn guess(&mut self, id: EntryId, now: Instant) {
        let fullest = self.lanes.fullest(now);
        if fullest != ANYWHERE
            && let Some(key) = &self.batches.record(id).key
        {
            self.routes.learn(key, fullest);
        }
    }

    /// Handles the records of a request that got no response about them.
    fn unanswered(
        &mut self,
        sent: Vec<(EntryId, LaneId)>,
        landed: Landed,
        (failure, message): (Failure, &str),
        wait: Option<Duration>,
        now: Instant,
    ) {
        self.counts.unanswered += 1;
        let pause = |failures| self.backoff.after(failures, wait);
        let trouble = Trouble::after(self.trouble.take(), (failure, message), wait, now, pause);
        let until = trouble.until;
        self.trouble = Some(trouble);
        for (id, lane) in sent {
            self.lanes.settle(lane, landed, self.batches.record(id).size(), now);
            self.batches[id.batch].judge(id.index, failure, message);
            self.retry(id, until, now, |scheduler| scheduler.make_ready(id, now));
        }
    }

    /// Sends a record again at a given time, unless its batch closes first.
    fn retry(&mut self, id: EntryId, at: Instant, now: Instant, again: impl FnOnce(&mut Self)) {
        if self.batches[id.batch].is_over() || at >= self.batches[id.batch].closes {
            self.finish(id, None, now);
        } else {
            again(self);
        }
    }
}

fn failure(cause: Cause) -> Failure {
    match cause {
        Cause::Throttled => Failure::Throttled,
        Cause::Failed => Failure::Unavailable,
        Cause::Permanent => Failure::Refused,
    }
}
