//! Puts records into lanes.

use super::Scheduler;
use super::batches::Stage;
use super::ids::{EntryId, LaneId};
use crate::limits::Limits;
use crate::outcome::Failure;
use std::time::Instant;

impl<T> Scheduler<T> {
    /// Puts a record into its lane. If the stream can never accept it, it fails, and the next record with its key gets its turn.
    pub(super) fn make_ready(&mut self, id: EntryId, now: Instant) {
        let mut next = Some(id);
        while let Some(id) = next.take() {
            let size = self.batches.record(id).size();
            if let Some(message) = self.excess(id) {
                self.batches[id.batch].judge(id.index, Failure::Refused, &message);
                next = self.end(id, None);
                continue;
            }
            let lane = self.lane(id, now);
            let entry = self.batches.entry_mut(id);
            entry.stage = Stage::Ready(lane);
            self.lanes.push(lane, entry.turn, id, size, now);
        }
    }

    /// Returns the lane of the partition that a record is expected to go to.
    pub(super) fn lane(&mut self, id: EntryId, now: Instant) -> LaneId {
        self.routes.lane(self.batches.record(id).key.as_ref(), &mut self.lanes, now)
    }

    /// Returns why a record can never be sent, or `None` if it can.
    pub(super) fn excess(&self, id: EntryId) -> Option<String> {
        let record = self.batches.record(id);
        let (size, key) = (record.size(), record.key.as_ref().map_or(0, |key| key.len()));
        let Limits { record: max, key: max_key, .. } = self.limits;
        if key > max_key {
            return Some(format!("the key is {key} bytes; the stream accepts {max_key}"));
        }
        (size > max).then(|| format!("the record is {size} bytes with its key; the stream accepts {max}"))
    }
}
