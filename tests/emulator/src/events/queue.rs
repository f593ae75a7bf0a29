//! The pending deliveries, and when each is due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use crate::object_storage::ObjectEvent;

/// The identity of a delivery: an event and an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Sequence number of the event.
    pub(crate) sequence: u64,
    /// OCID of the action.
    pub(crate) action: String,
}

/// The delivery of an event to an action of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) event: Arc<ObjectEvent>,
    pub(crate) rule: String,
    /// Number of failed attempts since the process started.
    pub(crate) failed: u32,
    /// How many more times to deliver it after the first delivery.
    pub(crate) copies: u64,
    /// Whether a fault has already been chosen for the next attempt.
    pub(crate) struck: bool,
}

impl Delivery {
    pub(crate) fn new(event: Arc<ObjectEvent>, rule: String) -> Self {
        Self { event, rule, failed: 0, copies: 0, struck: false }
    }
}

/// All deliveries that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: BTreeMap<Key, Waiting>,
    /// The order of attempts: by due time, then in the order of events.
    due: BTreeSet<(Instant, Key)>,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    /// `None` during an attempt.
    due: Option<Instant>,
}

impl Queue {
    /// Returns the number of deliveries, including those being attempted.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a delivery, or puts it back, to be attempted at a time.
    pub(crate) fn put(&mut self, key: Key, delivery: Delivery, due: Instant) {
        self.remove(&key);
        self.due.insert((due, key.clone()));
        self.waiting.insert(key, Waiting { delivery, due: Some(due) });
    }

    /// Takes the next delivery that is due. It stays in the queue, marked as being attempted.
    pub(crate) fn take(&mut self, now: Instant) -> Option<(Key, Delivery)> {
        self.due.first().filter(|(due, _)| *due <= now)?;
        let (_, key) = self.due.pop_first()?;
        let waiting = self.waiting.get_mut(&key)?;
        waiting.due = None;
        Some((key, waiting.delivery.clone()))
    }

    /// Returns when the next delivery is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Makes the deliveries of a rule due immediately, because the rule has changed.
    pub(crate) fn hasten(&mut self, rule: &str, now: Instant) {
        let of_rule = self.waiting.iter_mut().filter(|(_, waiting)| waiting.delivery.rule == rule);
        for (key, waiting) in of_rule {
            if let Some(due) = waiting.due.filter(|due| *due > now) {
                self.due.remove(&(due, key.clone()));
                self.due.insert((now, key.clone()));
                waiting.due = Some(now);
            }
        }
    }

    /// Removes a delivery that has ended.
    pub(crate) fn remove(&mut self, key: &Key) {
        if let Some(Waiting { due: Some(due), .. }) = self.waiting.remove(key) {
            self.due.remove(&(due, key.clone()));
        }
    }

    /// Returns all deliveries in the order of their events.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = (&Key, &Delivery)> {
        self.waiting.iter().map(|(key, waiting)| (key, &waiting.delivery))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::{Delivery, Key, Queue};
    use crate::object_storage::{EventKind, ObjectEvent};

    fn delivery(sequence: u64) -> (Key, Delivery) {
        let text = String::new;
        let event = ObjectEvent {
            sequence,
            id: text(),
            kind: EventKind::Created,
            time: 0,
            compartment_id: text(),
            bucket: text(),
            bucket_id: text(),
            object: text(),
            etag: text(),
            version_id: None,
            archived: false,
        };
        let key = Key { sequence, action: "one".to_owned() };
        (key, Delivery::new(Arc::new(event), String::new()))
    }

    fn taken(queue: &mut Queue, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| queue.take(now)).map(|(key, _)| key.sequence).collect()
    }

    #[test]
    fn deliveries_due_at_once_follow_the_order_of_events() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for sequence in [3, 1, 2] {
            let (key, delivery) = delivery(sequence);
            queue.put(key, delivery, now);
        }
        assert_eq!(taken(&mut queue, now), [1, 2, 3]);
        assert_eq!((queue.len(), queue.next_due()), (3, None), "they are under way");
    }

    #[test]
    fn a_deferred_delivery_is_overtaken() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let late = now + Duration::from_secs(5);
        for (sequence, due) in [(1, late), (2, now)] {
            let (key, delivery) = delivery(sequence);
            queue.put(key, delivery, due);
        }
        assert_eq!(taken(&mut queue, now), [2]);
        assert_eq!(queue.next_due(), Some(late));
        assert_eq!(taken(&mut queue, late), [1]);
    }

    #[test]
    fn pending_deliveries_can_be_made_due_and_removed() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let late = now + Duration::from_secs(5);
        for sequence in 1..=3 {
            let (key, delivery) = delivery(sequence);
            let rule = if sequence == 3 { "other" } else { "rule" }.to_owned();
            queue.put(key, Delivery { rule, ..delivery }, late);
        }
        queue.hasten("rule", now);
        assert_eq!(taken(&mut queue, now), [1, 2]);
        queue.remove(&delivery(3).0);
        assert_eq!((queue.next_due(), queue.len()), (None, 2));
        queue.remove(&delivery(1).0);
        assert_eq!(queue.deliveries().map(|(key, _)| key.sequence).collect::<Vec<_>>(), [2]);
    }

    proptest! {
        #[test]
        fn every_delivery_is_taken_until_it_is_removed_and_not_afterward(
            steps in prop::collection::vec((0_u8..4, 0_u64..20, 0_u64..5), 1..200)
        ) {
            let start = Instant::now();
            let (mut queue, mut now) = (Queue::default(), start);
            let (mut waiting, mut under_way) = (Vec::new(), Vec::new());
            let mut next = 0;
            for (step, pick, seconds) in steps {
                match step {
                    0 => {
                        let (key, delivery) = delivery(next);
                        next += 1;
                        queue.put(key.clone(), delivery, now + Duration::from_secs(seconds));
                        waiting.push(key);
                    }
                    1 => now += Duration::from_secs(seconds),
                    2 => while let Some((key, delivery)) = queue.take(now) {
                        prop_assert_eq!(key.sequence, delivery.event.sequence);
                        let place = waiting.iter().position(|one| *one == key);
                        prop_assert!(place.is_some(), "{key:?} was not waiting");
                        waiting.remove(place.unwrap());
                        under_way.push((key, delivery));
                    },
                    _ if under_way.is_empty() => {}
                    _ => {
                        let (key, delivery) = under_way.remove(pick as usize % under_way.len());
                        if pick % 2 == 0 {
                            queue.remove(&key);
                        } else {
                            queue.put(key.clone(), delivery, now + Duration::from_secs(seconds));
                            waiting.push(key);
                        }
                    }
                }
                prop_assert_eq!(queue.len(), waiting.len() + under_way.len());
            }
            let mut rest = taken(&mut queue, now + Duration::from_secs(10));
            rest.sort_unstable();
            let mut expected: Vec<u64> = waiting.iter().map(|key| key.sequence).collect();
            expected.sort_unstable();
            prop_assert_eq!(rest, expected);
        }
    }
}
