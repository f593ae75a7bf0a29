use super::calls::EntryId;
use super::pace::Pace;
use crate::stream::Limits;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::time::{Duration, Instant};

/// The records that may be sent, in lanes: one a partition, and one for those of which nobody knows where they will go.
///
/// A partition that has no room keeps its own lane waiting, and no other.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    by_name: HashMap<String, LaneId>,
    limits: Limits,
    paced: bool,
    /// On their way to nobody knows where, until answered.
    adrift: Load,
}

/// Names a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(u16);

#[derive(Debug)]
struct Lane {
    /// By turn, with sizes.
    ready: BTreeSet<(u64, EntryId, u32)>,
    load: Load,
    bytes: Pace,
    records: Pace,
    blocked_until: Instant,
    /// How often in a row it was refused.
    refusals: u32,
    /// Since when it has anything that is waiting for company.
    since: Instant,
}

/// An amount of records.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Load {
    pub(super) bytes: f64,
    pub(super) records: f64,
}

/// What all partitions together have room for.
#[derive(Debug, Clone, Copy)]
struct Common {
    /// Now.
    level: Load,
    /// Ever.
    most: Load,
}

/// Where a record came down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Landed {
    On(LaneId),
    Nowhere,
    /// Perhaps nowhere; or there was no room, so that what was set aside for it was not there.
    NobodyKnows,
}

/// When a request is to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Due {
    Now,
    At(Instant),
    Never,
}

/// The lane of records of which nobody knows where they will go.
pub(super) const ANYWHERE: LaneId = LaneId(0);

/// More partitions than a stream has (a tenancy gets 200): beyond it names are not remembered, whoever makes them up.
const MOST_LANES: usize = 2048;

/// A partition at its limit has room for a record all the time. So much of a second's worth is awaited, so that requests do not
/// become small: each costs a signature.
const QUANTUM: Duration = Duration::from_millis(20);

/// What is not known to go elsewhere is spread by chance: a partition gets more than its share for a while. This part of what each holds is
/// left for that. (At 99 % of the limit, 400 records of 1 KB too many on one partition come about once in 4000 requests.)
const RESERVED: f64 = 0.5;

impl Lanes {
    pub(super) fn new(limits: Limits, paced: bool, now: Instant) -> Self {
        let limited =
            limits.partition_bytes_per_second.is_some() || limits.partition_records_per_second.is_some();
        let mut lanes = Lanes {
            lanes: Vec::new(),
            by_name: HashMap::new(),
            limits,
            paced: paced && limited,
            adrift: Load::default(),
        };
        lanes.open(now);
        lanes
    }

    /// The lane of a partition.
    pub(super) fn named(&mut self, partition: &str, now: Instant) -> LaneId {
        if let Some(lane) = self.by_name.get(partition) {
            return *lane;
        }
        if self.lanes.len() >= MOST_LANES {
            return ANYWHERE;
        }
        let lane = self.open(now);
        self.by_name.insert(partition.to_owned(), lane);
        lane
    }

    /// Whether partitions are paced and none is known yet: then a request at a time is enough to find out.
    pub(super) fn are_unexplored(&self) -> bool {
        self.paced && self.by_name.is_empty()
    }

    pub(super) fn push(&mut self, lane: LaneId, turn: u64, id: EntryId, size: usize, now: Instant) {
        let lane = &mut self.lanes[lane.index()];
        if lane.ready.is_empty() {
            lane.since = now;
        }
        lane.ready.insert((turn, id, size as u32));
        lane.load.add(Load::of(size));
    }

    pub(super) fn remove(&mut self, lane: LaneId, turn: u64, id: EntryId, size: usize) {
        let lane = &mut self.lanes[lane.index()];
        if lane.ready.remove(&(turn, id, size as u32)) {
            lane.load.subtract(Load::of(size));
        }
    }

    /// Keeps a partition's lane waiting, from the first of an answer's refusals on; `wait` is asked for the time after so many in a row.
    pub(super) fn block(
        &mut self,
        lane: LaneId,
        now: Instant,
        wait: impl FnOnce(u32) -> Duration,
    ) -> Instant {
        let lane = &mut self.lanes[lane.index()];
        if lane.blocked_until <= now {
            lane.refusals += 1;
            lane.blocked_until = now + wait(lane.refusals);
            lane.bytes.empty(now);
            lane.records.empty(now);
        }
        lane.blocked_until
    }

    /// Settles what was sent in a lane, now that it is known where it came down.
    pub(super) fn settle(&mut self, sent: LaneId, landed: Landed, size: usize, now: Instant) {
        let load = Load::of(size);
        if sent == ANYWHERE {
            self.adrift.subtract(load);
        }
        match landed {
            Landed::On(lane) => {
                self.lanes[lane.index()].refusals = 0;
                if lane != sent {
                    self.lanes[lane.index()].take(load, now);
                }
            }
            Landed::Nowhere | Landed::NobodyKnows => {}
        }
        if sent != ANYWHERE && landed != Landed::On(sent) && landed != Landed::NobodyKnows {
            self.lanes[sent.index()].put_back(load, now);
        }
    }

    /// When a request is to be made: at once where one would be full, else when a lane has waited for company, unless it need not.
    pub(super) fn due(&self, linger: Duration, now: Instant) -> Due {
        let common = self.common(now);
        let waiting = || self.lanes.iter().enumerate().filter(|(_, lane)| !lane.ready.is_empty());
        let (mut all, mut passing) = (Load::default(), Load::default());
        for (index, lane) in waiting().filter(|(_, lane)| lane.blocked_until <= now) {
            all.add(lane.load);
            passing.add(if index == 0 { lane.load } else { lane.load.least(lane.level(now)) });
        }
        let passing = passing.least(common.level);
        let is_full = passing.bytes >= self.limits.request as f64
            || passing.records >= self.limits.request_records as f64;
        let due = |(index, lane): (usize, &Lane)| {
            let own = if index == 0 { now } else { lane.room_at(now) };
            let room = own.max(self.common_room_at(all.most(lane.first()), common, now));
            room.max(lane.since + linger).max(lane.blocked_until)
        };
        match waiting().map(due).min() {
            Some(at) if at <= now || is_full => Due::Now,
            Some(at) => Due::At(at),
            None => Due::Never,
        }
    }

    /// Takes records for one request, as many as may go and fit, in the order of their turns.
    pub(super) fn take(&mut self, now: Instant) -> Vec<(EntryId, LaneId)> {
        let mut common = self.common(now);
        let open = self.lanes.iter().enumerate().filter(|(_, lane)| lane.blocked_until <= now);
        let first = |(index, lane): (usize, &Lane)| Some(Reverse((*lane.ready.first()?, index)));
        let mut turns: BinaryHeap<_> = open.filter_map(first).collect();
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(Reverse(((turn, id, size), index))) = turns.pop() {
            let (lane, load) = (&mut self.lanes[index], Load::of(size as usize));
            if taken.len() == self.limits.request_records
                || (bytes + size as usize > self.limits.request && !taken.is_empty())
                || !common.has_room(load)
            {
                break;
            }
            if index != 0 && !lane.has_room(load, now) {
                continue; // the lane has to wait, the others need not
            }
            lane.ready.remove(&(turn, id, size));
            lane.load.subtract(load);
            lane.since = now;
            common.level.subtract(load);
            if index == 0 {
                self.adrift.add(load);
            } else {
                lane.take(load, now);
            }
            bytes += size as usize;
            taken.push((id, LaneId::new(index)));
            turns.extend(first((index, &self.lanes[index])));
        }
        taken
    }

    /// The partition that most probably refused a record of which nobody knew where it would go: the one with the least room.
    pub(super) fn fullest(&self, now: Instant) -> LaneId {
        let room = |lane: &Lane| lane.bytes.level(now) / lane.bytes.capacity();
        let partitions = self.lanes.iter().enumerate().skip(1).filter(|_| self.paced);
        // Without a limit on bytes this is no number, and which one it is does not matter.
        let fullest = partitions.min_by(|one, other| room(one.1).total_cmp(&room(other.1)));
        fullest.map_or(ANYWHERE, |(index, _)| LaneId::new(index))
    }

    /// What all partitions together may take, less what is on its way to any of them. A record of which nobody knows where it goes is
    /// taken to go where there is room.
    fn common(&self, now: Instant) -> Common {
        if !self.paced || self.by_name.is_empty() {
            return Common { level: Load::INFINITE, most: Load::INFINITE };
        }
        let mut common = Common { level: Load::default(), most: Load::default() };
        for lane in &self.lanes[1..] {
            let reserved = lane.capacity().times(RESERVED);
            let mut level = lane.level(now).most(reserved);
            // Of what is without a limit, nothing can be left.
            level.subtract(reserved.least(Load::FINITE));
            common.level.add(level);
            common.most.add(lane.capacity().times(1.0 - RESERVED));
        }
        common.level.subtract(self.adrift);
        common
    }

    /// When all partitions together have room for what makes a request of what there is.
    fn common_room_at(&self, there_is: Load, common: Common, now: Instant) -> Instant {
        let partitions = self.by_name.len().max(1) as u32;
        let needed = there_is.least(self.lanes[0].within(QUANTUM * partitions)).least(common.most);
        let second = self.lanes[0].within(Duration::from_secs(partitions.into()));
        let bytes = (needed.bytes - common.level.bytes) / second.bytes;
        let records = (needed.records - common.level.records) / second.records;
        // Without a limit all are infinite, and this is no number: no wait.
        let seconds = bytes.max(records);
        if seconds > 0.0 { now + Duration::from_secs_f64(seconds.min(1.0)) } else { now }
    }

    fn open(&mut self, now: Instant) -> LaneId {
        let limit = |limit: Option<u64>| limit.filter(|_| self.paced);
        let lane = Lane {
            ready: BTreeSet::new(),
            load: Load::default(),
            bytes: Pace::new(limit(self.limits.partition_bytes_per_second), now),
            records: Pace::new(limit(self.limits.partition_records_per_second), now),
            blocked_until: now,
            refusals: 0,
            since: now,
        };
        self.lanes.push(lane);
        LaneId::new(self.lanes.len() - 1)
    }
}

impl Lane {
    fn level(&self, now: Instant) -> Load {
        Load { bytes: self.bytes.level(now), records: self.records.level(now) }
    }

    fn within(&self, time: Duration) -> Load {
        Load { bytes: self.bytes.within(time), records: self.records.within(time) }
    }

    fn first(&self) -> Load {
        self.ready.first().map_or(Load::default(), |(_, _, size)| Load::of(*size as usize))
    }

    /// When the partition has room for what makes a request, or all there is.
    fn room_at(&self, now: Instant) -> Instant {
        let needed = self.load.least(self.within(QUANTUM)).most(self.first());
        self.bytes.when(needed.bytes, now).max(self.records.when(needed.records, now))
    }

    fn capacity(&self) -> Load {
        Load { bytes: self.bytes.capacity(), records: self.records.capacity() }
    }

    fn has_room(&self, load: Load, now: Instant) -> bool {
        self.level(now).covers(load.least(self.capacity()))
    }

    fn take(&mut self, load: Load, now: Instant) {
        self.bytes.take(load.bytes, now);
        self.records.take(load.records, now);
    }

    fn put_back(&mut self, load: Load, now: Instant) {
        self.bytes.put_back(load.bytes, now);
        self.records.put_back(load.records, now);
    }
}

impl Common {
    fn has_room(&self, load: Load) -> bool {
        self.level.covers(load.least(self.most))
    }
}

impl Load {
    const INFINITE: Load = Load { bytes: f64::INFINITY, records: f64::INFINITY };
    const FINITE: Load = Load { bytes: f64::MAX, records: f64::MAX };

    fn of(size: usize) -> Self {
        Load { bytes: size as f64, records: 1.0 }
    }

    fn add(&mut self, other: Load) {
        self.bytes += other.bytes;
        self.records += other.records;
    }

    fn subtract(&mut self, other: Load) {
        self.bytes -= other.bytes;
        self.records -= other.records;
    }

    fn times(self, factor: f64) -> Self {
        Load { bytes: self.bytes * factor, records: self.records * factor }
    }

    fn covers(self, other: Load) -> bool {
        self.bytes >= other.bytes && self.records >= other.records
    }

    fn least(self, other: Load) -> Self {
        Load { bytes: self.bytes.min(other.bytes), records: self.records.min(other.records) }
    }

    fn most(self, other: Load) -> Self {
        Load { bytes: self.bytes.max(other.bytes), records: self.records.max(other.records) }
    }
}

impl LaneId {
    pub(super) const fn new(index: usize) -> Self {
        LaneId(index as u16)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}
