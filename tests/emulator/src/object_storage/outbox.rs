//! Events that were emitted and not yet taken over by the Events service.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::object_event::ObjectEvent;

/// Events in the order in which they were emitted. They are on disk as parts of the changes that they tell of; here they wait for
/// whoever journals them next.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The sequence of the last event that was emitted.
    last: u64,
    /// The sequence up to which events were taken over.
    taken: u64,
    waiting: VecDeque<Arc<ObjectEvent>>,
    arrived: Arc<Notify>,
}

/// Events that may wait here. Taking them over is quick, unless the queue of deliveries is at its own ceiling or the disk is full:
/// then objects are refused rather than events lost.
const CEILING: usize = 10_000;

impl Outbox {
    /// An empty one, when events up to this sequence were taken over before.
    pub(crate) fn new(taken: u64) -> Self {
        Self { last: taken, taken, ..Self::default() }
    }

    /// Gives events their places, if there is room for them.
    pub(crate) fn admit(&self, events: Vec<ObjectEvent>) -> Option<impl Iterator<Item = ObjectEvent>> {
        let last = self.last;
        let numbered = move |(number, event)| ObjectEvent { sequence: last + number, ..event };
        (self.waiting.len() + events.len() <= CEILING).then(|| (1..).zip(events).map(numbered))
    }

    pub(crate) fn push(&mut self, event: ObjectEvent) {
        self.last = self.last.max(event.sequence);
        if event.sequence > self.taken {
            self.waiting.push_back(Arc::new(event));
            self.arrived.notify_one();
        }
    }

    /// Goes on after a sequence, which the events that are gone had.
    pub(crate) fn resume(&mut self, last: u64) {
        self.last = self.last.max(last);
    }

    /// Forgets events that somebody else has now.
    pub(crate) fn take(&mut self, taken: u64) {
        self.taken = self.taken.max(taken);
        while self.waiting.front().is_some_and(|event| event.sequence <= self.taken) {
            self.waiting.pop_front();
        }
    }

    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Those that wait, the oldest first.
    pub(crate) fn waiting(&self) -> impl ExactSizeIterator<Item = &Arc<ObjectEvent>> {
        self.waiting.iter()
    }

    /// What is notified of every event.
    pub(crate) fn arrived(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }
}
