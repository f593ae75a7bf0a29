use super::ids::{ANYWHERE, EntryId, LaneId};
use super::lane::Lane;
use super::load::Load;
use super::pace::QUANTUM;
use crate::limits::Limits;
use crate::position::PartitionId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant};

/// The records that may be sent, in lanes: one per partition, and one for records whose partition is unknown.
///
/// A partition without room holds up only its own lane.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    by_partition: HashMap<PartitionId, LaneId>,
    limits: Limits,
    paced: bool,
    /// Records in flight whose partition stays unknown until the response arrives.
    adrift: Load,
}

/// The room of all partitions together.
#[derive(Debug, Clone, Copy)]
struct Total {
    /// The room now.
    level: Load,
    /// The most room that there can be.
    capacity: Load,
}

/// Where a record turned out to be stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Landed {
    On(LaneId),
    Nowhere,
    /// Unknown, or throttled. In the latter case the room that was set aside for the record did not exist.
    Unknown,
}

/// When the next request is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Due {
    Now,
    At(Instant),
    Never,
}

/// More partitions than any stream has: a tenancy gets 200. Beyond this number new names are not remembered, in case a server makes them
/// up.
const MAX_LANES: usize = 2048;

/// The part of each partition's room that is set aside for records whose partition is unknown.
///
/// Those are spread by chance, so a partition can get more than its share for a while. At 99 % of the limit, a partition gets 400 records
/// of 1 KB too many about once in 4000 requests.
const RESERVED: f64 = 0.5;

impl Lanes {
    pub(super) fn new(limits: Limits, paced: bool, now: Instant) -> Self {
        let limited =
            limits.partition_bytes_per_second.is_some() || limits.partition_records_per_second.is_some();
        let mut lanes = Lanes {
            lanes: Vec::new(),
            by_partition: HashMap::new(),
            limits,
            paced: paced && limited,
            adrift: Load::default(),
        };
        lanes.open(now);
        lanes
    }

    /// Returns the lane of a partition, and opens one if there is none.
    pub(super) fn of(&mut self, partition: &PartitionId, now: Instant) -> LaneId {
        if let Some(lane) = self.by_partition.get(partition) {
            return *lane;
        }
        if self.lanes.len() >= MAX_LANES {
            return ANYWHERE;
        }
        let lane = self.open(now);
        self.by_partition.insert(partition.clone(), lane);
        lane
    }

    /// Returns whether partitions are paced and none is known yet. Then one request at a time is enough to find out.
    pub(super) fn are_unexplored(&self) -> bool {
        self.paced && self.by_partition.is_empty()
    }

    pub(super) fn push(&mut self, lane: LaneId, turn: u64, id: EntryId, size: usize, now: Instant) {
        self.lanes[lane.index()].push(turn, id, size, now);
    }

    pub(super) fn remove(&mut self, lane: LaneId, turn: u64, id: EntryId, size: usize) {
        self.lanes[lane.index()].remove(turn, id, size);
    }

    /// Blocks a partition's lane at the first refusal in a response, for the time that `wait` returns for this many refusals in a row.
    pub(super) fn block(
        &mut self,
        lane: LaneId,
        now: Instant,
        wait: impl FnOnce(u32) -> Duration,
    ) -> Instant {
        self.lanes[lane.index()].block(now, wait)
    }

    /// Updates a lane's share of its limits from how many of its records in a response were throttled.
    pub(super) fn learn(&mut self, lane: LaneId, sent: u32, refused: u32, sent_at: Instant, now: Instant) {
        if self.lanes[lane.index()].learn(sent, refused, sent_at, now) {
            self.limit(lane, now);
            if refused > 0 {
                self.lanes[lane.index()].empty(now);
            }
        }
    }

    /// Corrects the room of the lanes once it is known where a sent record was stored.
    pub(super) fn settle(&mut self, sent: LaneId, landed: Landed, size: usize, now: Instant) {
        let load = Load::of(size);
        if sent == ANYWHERE {
            self.adrift.subtract(load);
        }
        if let Landed::On(lane) = landed {
            self.lanes[lane.index()].confirm();
            if lane != sent {
                self.lanes[lane.index()].take(load, now);
            }
        }
        let is_elsewhere = match landed {
            // A record that was sent to any partition has used up room of the partition that stored it, and of the total.
            Landed::On(lane) => lane != sent && sent != ANYWHERE,
            Landed::Nowhere => true,
            Landed::Unknown => false,
        };
        if is_elsewhere {
            self.lanes[sent.index()].put_back(load, now);
        }
    }

    /// Returns when the next request is due: at once if it would be full, otherwise when a lane has waited long enough for more records.
    pub(super) fn due(&self, linger: Duration, now: Instant) -> Due {
        let total = self.total(now);
        let waiting = || self.lanes.iter().filter(|lane| lane.is_waiting());
        let (mut all, mut passing) = (Load::default(), Load::default());
        for lane in waiting().filter(|lane| lane.is_open(now)) {
            all.add(lane.load());
            passing.add(lane.load().min(lane.level(now)));
        }
        let passing = passing.min(total.level);
        let is_full = passing.bytes >= self.limits.request as f64
            || passing.records >= self.limits.request_records as f64;
        let due = |lane: &Lane| {
            lane.due_at(linger, now).max(self.total_room_at(all.max(lane.first_load()), total, now))
        };
        match waiting().map(due).min() {
            Some(at) if at <= now || is_full => Due::Now,
            Some(at) => Due::At(at),
            None => Due::Never,
        }
    }

    /// Removes the records for one request, as many as fit, in order of turn.
    pub(super) fn take(&mut self, now: Instant) -> Vec<(EntryId, LaneId)> {
        let mut total = self.total(now);
        let open = self.lanes.iter().enumerate().filter(|(_, lane)| lane.is_open(now));
        let first = |(index, lane): (usize, &Lane)| Some(Reverse((lane.first()?, index)));
        let mut turns: BinaryHeap<_> = open.filter_map(first).collect();
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(Reverse(((_, id, size), index))) = turns.pop() {
            let (lane, load) = (&mut self.lanes[index], Load::of(size as usize));
            if taken.len() == self.limits.request_records
                || (bytes + size as usize > self.limits.request && !taken.is_empty())
                || !total.has_room(load)
            {
                break;
            }
            if !lane.has_room(load, now) {
                continue; // this lane has to wait, the others do not
            }
            lane.pop(now);
            total.level.subtract(load);
            if index == ANYWHERE.index() {
                self.adrift.add(load);
            }
            bytes += size as usize;
            taken.push((id, LaneId::new(index)));
            turns.extend(first((index, &self.lanes[index])));
        }
        taken
    }

    /// Returns the partition that most probably throttled a record whose partition is unknown: the one with the least room.
    pub(super) fn fullest(&self, now: Instant) -> LaneId {
        let partitions = self.lanes.iter().enumerate().skip(1).filter(|_| self.paced);
        // Without a limit on bytes the room is NaN, and any lane will do.
        let fullest = partitions.min_by(|one, other| one.1.room(now).total_cmp(&other.1.room(now)));
        fullest.map_or(ANYWHERE, |(index, _)| LaneId::new(index))
    }

    /// Returns the room of all partitions together, less what is in flight to unknown partitions. A record whose partition is unknown is
    /// assumed to go where there is room.
    fn total(&self, now: Instant) -> Total {
        if !self.paced || self.by_partition.is_empty() {
            return Total { level: Load::INFINITE, capacity: Load::INFINITE };
        }
        let mut total = Total { level: Load::default(), capacity: Load::default() };
        for lane in &self.lanes[1..] {
            let reserved = lane.capacity().times(RESERVED);
            let mut level = lane.level(now).max(reserved);
            // Nothing can be set aside from an infinite capacity.
            level.subtract(reserved.min(Load::FINITE));
            total.level.add(level);
            total.capacity.add(lane.capacity().times(1.0 - RESERVED));
        }
        total.level.subtract(self.adrift);
        total
    }

    /// Returns when all partitions together have room for a request made of the waiting records.
    fn total_room_at(&self, waiting: Load, total: Total, now: Instant) -> Instant {
        let mut second = Load::default();
        for lane in self.lanes.iter().skip(1) {
            second.add(lane.rate());
        }
        let needed = waiting.min(second.times(QUANTUM.as_secs_f64())).min(total.capacity);
        let bytes = (needed.bytes - total.level.bytes) / second.bytes;
        let records = (needed.records - total.level.records) / second.records;
        // Without a limit or a partition this is NaN, and there is nothing to wait for.
        let seconds = bytes.max(records);
        if seconds > 0.0 { now + Duration::from_secs_f64(seconds.min(1.0)) } else { now }
    }

    fn open(&mut self, now: Instant) -> LaneId {
        self.lanes.push(Lane::new(now));
        let lane = LaneId::new(self.lanes.len() - 1);
        self.limit(lane, now);
        if lane != ANYWHERE {
            self.limit(ANYWHERE, now);
        }
        lane
    }

    /// Sets the limits of a lane: those of one partition, or of all partitions together.
    fn limit(&mut self, id: LaneId, now: Instant) {
        let partitions = if id == ANYWHERE { self.lanes.len() - 1 } else { 1 };
        // There is no total until a partition is known.
        let is_limited = self.paced && partitions > 0;
        let limit =
            |limit: Option<u64>| limit.filter(|_| is_limited).map(|limit| limit as f64 * partitions as f64);
        let bytes = limit(self.limits.partition_bytes_per_second);
        let records = limit(self.limits.partition_records_per_second);
        self.lanes[id.index()].limit(bytes, records, now);
    }
}

impl Total {
    fn has_room(&self, load: Load) -> bool {
        self.level.covers(load.min(self.capacity))
    }
}
