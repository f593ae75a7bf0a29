//! Emitted events that the Events service has not taken over yet.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::object_event::ObjectEvent;

/// Emitted events in order. On disk, they are part of the changes that they describe; here they wait until the Events service has written
/// them to its journal.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Sequence number of the last emitted event.
    last: u64,
    /// Sequence number up to which events have been taken over.
    taken: u64,
    waiting: VecDeque<Arc<ObjectEvent>>,
    arrived: Arc<Notify>,
}

/// Maximum number of waiting events. They are taken over quickly unless the delivery queue or the disk is full. In that case, writes of
/// objects are rejected, so that no event is lost.
const CEILING: usize = 10_000;

impl Outbox {
    /// Creates an empty outbox. Events up to the sequence number `taken` have already been taken over.
    pub(crate) fn new(taken: u64) -> Self {
        Self { last: taken, taken, ..Self::default() }
    }

    /// Assigns sequence numbers to events; returns `None` if there is no room for them.
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

    /// Continues numbering after a sequence number that an earlier event had.
    pub(crate) fn resume(&mut self, last: u64) {
        self.last = self.last.max(last);
    }

    /// Drops the events that the Events service has taken over.
    pub(crate) fn take(&mut self, taken: u64) {
        self.taken = self.taken.max(taken);
        while self.waiting.front().is_some_and(|event| event.sequence <= self.taken) {
            self.waiting.pop_front();
        }
    }

    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Returns the waiting events, oldest first.
    pub(crate) fn waiting(&self) -> impl ExactSizeIterator<Item = &Arc<ObjectEvent>> {
        self.waiting.iter()
    }

    /// Returns the handle that is notified of every event.
    pub(crate) fn arrived(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }
}
