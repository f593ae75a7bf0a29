//! A consumer group: which of its instances has which partition, and how far each partition is done with.
//!
//! Time comes from outside and nothing is done but to count, so that every interleaving can be tried. Partitions change hands like
//! this: every instance has a quota, the partitions divided by the instances, with the elder ones taking what is over. An
//! instance that has more gives up the surplus when it next reads or commits; one that has less takes what is free when it
//! next reads. What an instance held that has not been heard of within its timeout is free at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cursor::CursorPosition;

/// One group of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    progress: Progress,
    /// By name. Not kept over a restart: instances come back with their next call.
    members: BTreeMap<String, Member>,
    reservations: Vec<Option<Reservation>>,
    /// The number of the last reservation, and of the last instance that joined.
    last: u64,
}

/// What outlives the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) name: String,
    /// Milliseconds since 1970, the last time that something was committed, or the group was made.
    pub(crate) used: i64,
    /// The offset of each partition at which the next owner begins.
    pub(crate) next: Vec<u64>,
    /// The latest offset of each partition that was committed.
    pub(crate) committed: Vec<Option<u64>>,
}

#[derive(Debug, Clone)]
struct Member {
    joined: u64,
    timeout: i64,
    deadline: i64,
    /// Which of its partitions' turn it is to be read first: one that is always full must not starve the others.
    turn: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Reservation {
    instance: String,
    number: u64,
}

/// How far a consumer group is with a partition, and which of its instances has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupPartition {
    /// The latest offset that was committed.
    pub committed_offset: Option<u64>,
    /// The instance that has the partition now.
    pub instance: Option<String>,
    /// When it loses it unless it is heard of, in milliseconds since 1970.
    pub reserved_until: Option<i64>,
}

/// A commit of a partition that the instance does not have any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unreserved(pub(crate) usize);

impl Group {
    /// A new group, which begins at these offsets, or one that a restart brings back.
    pub(crate) fn new(progress: Progress, now: i64) -> Self {
        let partitions = progress.next.len();
        Self {
            progress,
            members: BTreeMap::new(),
            reservations: vec![None; partitions],
            // Reservations of an earlier process have lower numbers, so that its cursors speak of none of these.
            last: now.max(0).unsigned_abs() << 20,
        }
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Lets an instance in. One that was in before begins again at what was committed.
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

    /// What an instance reads next, which its cursor says unless it lost the partition meanwhile. Commits what the cursor was
    /// read up to, if told to; the second value says whether that changed anything.
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

    /// Commits what a cursor was read up to, all of it or nothing.
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

    /// Keeps an instance's partitions for another timeout; `None` when it has timed out already.
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

    /// Puts the group at other offsets, back or forth. Every cursor that is about follows.
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

    /// Every partition in order.
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

    /// Whether nobody has used it since a time.
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

    /// Lets go of instances that have been silent for too long.
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

    /// First those partitions of which nothing was read that is not committed: nobody has to read it twice.
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

    /// Whether a cursor's position is of the reservation that holds now.
    fn holds(&self, instance: &str, position: &CursorPosition) -> bool {
        let owner = self.reservations.get(position.partition).and_then(Option::as_ref);
        owner.is_some_and(|owner| owner.instance == instance && owner.number == position.reservation)
    }

    /// A commit never goes back.
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
