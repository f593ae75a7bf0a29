//! A consumer group: the assignment of partitions to instances, and how far each partition has been processed.
//!
//! The clock is a parameter and there is no I/O, so tests can try every interleaving. Partitions change owners as follows. Every instance
//! has a quota: the number of partitions divided by the number of instances, with the remainder going to the older ones. An instance
//! above its quota gives up the surplus when it next reads or commits; one below its quota takes free partitions when it next reads. The
//! partitions of an instance that has been silent for its timeout become free immediately.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cursor::CursorPosition;

/// A consumer group of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    progress: Progress,
    /// Members by name. They do not survive a restart: instances return with their next call.
    members: BTreeMap<String, Member>,
    reservations: Vec<Option<Reservation>>,
    /// Number of the last reservation, and of the last instance that joined.
    last: u64,
}

/// The part of a group that survives a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) name: String,
    /// Time of the last commit, or of the group's creation, in milliseconds since 1970.
    pub(crate) used: i64,
    /// The offset in each partition at which the next owner starts.
    pub(crate) next: Vec<u64>,
    /// The last committed offset in each partition.
    pub(crate) committed: Vec<Option<u64>>,
}

#[derive(Debug, Clone)]
struct Member {
    joined: u64,
    timeout: i64,
    deadline: i64,
    /// The partition whose turn it is to be read first, so that a partition that is always full does not starve the others.
    turn: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Reservation {
    instance: String,
    number: u64,
}

/// The progress of a consumer group in a partition, and the instance that owns the partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupPartition {
    /// The last committed offset.
    pub committed_offset: Option<u64>,
    /// Name of the instance that owns the partition.
    pub instance: Option<String>,
    /// When the instance loses the partition unless it makes another call, in milliseconds since 1970.
    pub reserved_until: Option<i64>,
}

/// The error for a commit of a partition that the instance no longer owns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unreserved(pub(crate) usize);

impl Group {
    /// Creates a group that starts at these offsets: a new one, or one restored after a restart.
    pub(crate) fn new(progress: Progress, now: i64) -> Self {
        let partitions = progress.next.len();
        Self {
            progress,
            members: BTreeMap::new(),
            reservations: vec![None; partitions],
            // Higher than every reservation of an earlier process, so that cursors of that process match no new reservation.
            last: now.max(0).unsigned_abs() << 20,
        }
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Adds an instance and returns its partitions. An instance that already was a member starts again at the committed offsets.
    pub(crate) fn join(&mut self, instance: &str, timeout: i64, now: i64) -> Vec<CursorPosition> {
        self.expire(now);
        self.see(instance, timeout, now);
        for partition in 0..self.reservations.len() {
            if self.owns(instance, partition) {
                self.reserve(instance, partition);
            }
        }
        self.give_up_surplus(instance, &[]);
        self.take_free(instance);
        self.positions(instance, &[])
    }

    /// Returns the partitions and offsets that an instance reads next: those in its cursor, except for partitions that it has lost in the
    /// meantime. If requested, commits what was read up to the cursor; the second value tells whether that changed anything.
    pub(crate) fn get(
        &mut self,
        instance: &str,
        timeout: i64,
        read: &[CursorPosition],
        commit: bool,
        now: i64,
    ) -> (Vec<CursorPosition>, bool) {
        self.expire(now);
        self.see(instance, timeout, now);
        let mut changed = false;
        if commit {
            for position in
                read.iter().filter(|position| self.holds(instance, position)).copied().collect::<Vec<_>>()
            {
                changed |= self.advance(position, now);
            }
        }
        self.give_up_surplus(instance, read);
        self.take_free(instance);
        let mut positions = self.positions(instance, read);
        if let (false, Some(member)) = (positions.is_empty(), self.members.get_mut(instance)) {
            let first = member.turn % positions.len();
            member.turn = first + 1;
            positions.rotate_left(first);
        }
        (positions, changed)
    }

    /// Commits everything that was read up to a cursor, or nothing if a partition has been lost.
    pub(crate) fn commit(
        &mut self,
        instance: &str,
        timeout: i64,
        read: &[CursorPosition],
        now: i64,
    ) -> Result<(Vec<CursorPosition>, bool), Unreserved> {
        self.expire(now);
        if let Some(lost) = read.iter().find(|position| !self.holds(instance, position)) {
            return Err(Unreserved(lost.partition));
        }
        self.see(instance, timeout, now);
        let mut changed = false;
        for position in read {
            changed |= self.advance(*position, now);
        }
        self.give_up_surplus(instance, read);
        Ok((self.positions(instance, read), changed))
    }

    /// Extends the reservations of an instance by another timeout; returns `None` if it has already timed out.
    pub(crate) fn heartbeat(
        &mut self,
        instance: &str,
        timeout: i64,
        read: &[CursorPosition],
        now: i64,
    ) -> Option<Vec<CursorPosition>> {
        self.expire(now);
        if !self.members.contains_key(instance) {
            return None;
        }
        self.see(instance, timeout, now);
        Some(self.positions(instance, read))
    }

    /// Moves the group to other offsets, forward or back. All outstanding cursors follow.
    pub(crate) fn reset(&mut self, next: Vec<u64>, now: i64) {
        self.progress.committed = next.iter().map(|next| next.checked_sub(1)).collect();
        self.progress.next = next;
        self.progress.used = now;
        for partition in 0..self.reservations.len() {
            if let Some(owner) = self.reservations[partition].clone() {
                self.reserve(&owner.instance, partition);
            }
        }
    }

    /// Returns all partitions in order.
    pub(crate) fn shown(&mut self, now: i64) -> Vec<GroupPartition> {
        self.expire(now);
        let shown = |(committed, reservation): (&Option<u64>, &Option<Reservation>)| {
            let instance = reservation.as_ref().map(|reservation| reservation.instance.clone());
            let member = instance.as_ref().and_then(|instance| self.members.get(instance));
            let reserved_until = member.map(|member| member.deadline);
            GroupPartition { committed_offset: *committed, instance, reserved_until }
        };
        self.progress.committed.iter().zip(&self.reservations).map(shown).collect()
    }

    /// Returns whether the group has not been used since a time.
    pub(crate) fn unused_since(&self, time: i64) -> bool {
        self.progress.used < time && self.members.values().all(|member| member.deadline < time)
    }

    fn see(&mut self, instance: &str, timeout: i64, now: i64) {
        self.last += 1;
        let joined = self.last;
        let member = Member { joined, timeout, deadline: 0, turn: 0 };
        let member = self.members.entry(instance.to_owned()).or_insert(member);
        (member.timeout, member.deadline) = (timeout, now.saturating_add(timeout));
    }

    /// Removes instances that have been silent for longer than their timeout.
    fn expire(&mut self, now: i64) {
        self.members.retain(|_, member| member.deadline >= now);
        for reservation in &mut self.reservations {
            reservation.take_if(|owner| !self.members.contains_key(&owner.instance));
        }
    }

    fn quota(&self, instance: &str) -> usize {
        let Some(member) = self.members.get(instance) else { return 0 };
        let elders = self.members.values().filter(|other| other.joined < member.joined).count();
        let (each, over) =
            (self.reservations.len() / self.members.len(), self.reservations.len() % self.members.len());
        each + usize::from(elders < over)
    }

    fn take_free(&mut self, instance: &str) {
        let mut missing = self.quota(instance).saturating_sub(self.owned(instance).count());
        for partition in 0..self.reservations.len() {
            if missing > 0 && self.reservations[partition].is_none() {
                self.reserve(instance, partition);
                missing -= 1;
            }
        }
    }

    /// Gives up partitions above the quota, starting with those without uncommitted reads, so that as little as possible is read twice.
    fn give_up_surplus(&mut self, instance: &str, read: &[CursorPosition]) {
        let owned: Vec<usize> = self.owned(instance).collect();
        let surplus = owned.len().saturating_sub(self.quota(instance));
        let clean = |partition: &usize| {
            read.iter().all(|position| {
                position.partition != *partition || position.next <= self.progress.next[*partition]
            })
        };
        let (clean, dirty): (Vec<usize>, Vec<usize>) = owned.into_iter().rev().partition(clean);
        for partition in clean.into_iter().chain(dirty).take(surplus) {
            self.reservations[partition] = None;
        }
    }

    fn reserve(&mut self, instance: &str, partition: usize) {
        self.last += 1;
        self.reservations[partition] = Some(Reservation { instance: instance.to_owned(), number: self.last });
    }

    fn owns(&self, instance: &str, partition: usize) -> bool {
        self.reservations
            .get(partition)
            .is_some_and(|owner| owner.as_ref().is_some_and(|owner| owner.instance == instance))
    }

    fn owned<'a>(&'a self, instance: &'a str) -> impl Iterator<Item = usize> + 'a {
        (0..self.reservations.len()).filter(move |partition| self.owns(instance, *partition))
    }

    /// Returns whether an entry of a cursor belongs to the current reservation of its partition.
    fn holds(&self, instance: &str, position: &CursorPosition) -> bool {
        let owner = self.reservations.get(position.partition).and_then(Option::as_ref);
        owner.is_some_and(|owner| owner.instance == instance && owner.number == position.reservation)
    }

    /// Moves the commit of a partition forward, never back. Returns whether it moved.
    fn advance(&mut self, position: CursorPosition, now: i64) -> bool {
        let next = &mut self.progress.next[position.partition];
        let advances = position.next > *next;
        if advances {
            *next = position.next;
            self.progress.committed[position.partition] = position.next.checked_sub(1);
            self.progress.used = now;
        }
        advances
    }

    fn positions(&self, instance: &str, read: &[CursorPosition]) -> Vec<CursorPosition> {
        let position = |partition: usize| {
            let reservation = self.reservations[partition].as_ref()?.number;
            let known = read
                .iter()
                .find(|position| position.partition == partition && position.reservation == reservation);
            let next = known.map_or(self.progress.next[partition], |position| position.next);
            Some(CursorPosition { partition, next, reservation })
        };
        self.owned(instance).filter_map(position).collect()
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
