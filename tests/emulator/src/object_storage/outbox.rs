//! Emitted events that the Events service has not taken over yet.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use super::object_event::ObjectEvent;

/// Events in the order of emission. On disk they are part of the changes that they are about; here they wait for the Events service to
/// journal them.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The sequence of the last emitted event.
    last: u64,
    /// The sequence up to which events were taken over.
    taken: u64,
    waiting: VecDeque<Arc<ObjectEvent>>,
    arrived: Arc<Notify>,
}

/// The maximum number of waiting events. Taking them over is quick unless the delivery queue is full or the disk is. Then writes of
/// objects are rejected, so that no event is lost.
const CEILING: usize = 10_000;

impl Outbox {
    /// An empty outbox; events up to this sequence were taken over before.
    pub(crate) fn new(taken: u64) -> Self {
        Self { last: taken, taken, ..Self::default() }
    }

    /// Numbers events, if there is room for them.
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

    /// Continues after a sequence that earlier events had.
    pub(crate) fn resume(&mut self, last: u64) {
        self.last = self.last.max(last);
    }

    /// Drops events that the Events service has taken over.
    pub(crate) fn take(&mut self, taken: u64) {
        self.taken = self.taken.max(taken);
        while self.waiting.front().is_some_and(|event| event.sequence <= self.taken) {
            self.waiting.pop_front();
        }
    }

    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// The waiting events, the oldest first.
    pub(crate) fn waiting(&self) -> impl ExactSizeIterator<Item = &Arc<ObjectEvent>> {
        self.waiting.iter()
    }

    /// Is notified of every event.
    pub(crate) fn arrived(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }
}
