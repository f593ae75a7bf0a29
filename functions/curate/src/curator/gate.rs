use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps the rows of all objects under one ceiling, without affecting how any single object is written.
///
/// The object that came first may hold as much as its own budget allows. All others together may hold `shared` bytes. When they hold more,
/// they wait until there is room, or until they are first themselves. The first never waits, so there is always progress. they wait until
/// there is room or they are first themselves. The first never waits, so there is always progress.
#[derive(Debug)]
pub(crate) struct Gate {
    shared: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// Bytes held, by ticket number. The first never waits.
    held: BTreeMap<u64, usize>,
}

/// How often a waiting object checks whether it has to stop. The gate is not notified of that.
const LOOK: Duration = Duration::from_millis(100);

/// An object's place in the gate's order, which is freed when the ticket is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    gate: Arc<Gate>,
    number: u64,
}

impl Gate {
    pub(crate) fn new(shared: usize) -> Arc<Self> {
        Arc::new(Gate { shared, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Returns a ticket behind all others.
    pub(crate) fn enter(self: &Arc<Self>) -> Ticket {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.held.insert(number, 0);
        Ticket { gate: Arc::clone(self), number }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Records how much the object holds now. Waits while all objects except the first hold too much together, unless it has to stop.
    pub(crate) fn hold(&self, bytes: usize, is_stopped: impl Fn() -> bool) {
        let mut state = self.gate.lock();
        let before = state.held.insert(self.number, bytes);
        if before.is_some_and(|before| bytes < before) {
            self.gate.changed.notify_all();
        }
        while state.must_wait(self.number, self.gate.shared) && !is_stopped() {
            let waited = self.gate.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
        }
    }
}

impl State {
    fn must_wait(&self, number: u64, shared: usize) -> bool {
        let mut others = self.held.iter();
        let first = others.next().map(|(first, _)| *first);
        let sum: usize = others.map(|(_, bytes)| bytes).sum();
        // An object that holds nothing would not make room by waiting.
        first != Some(number) && self.held.get(&number).is_some_and(|bytes| *bytes > 0) && sum > shared
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.gate.lock().held.remove(&self.number);
        self.gate.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_never_waits_and_the_others_wait_for_room() {
        let gate = Gate::new(100);
        let (first, second, third) = (gate.enter(), gate.enter(), gate.enter());
        first.hold(1_000_000, || false);
        second.hold(60, || false);
        third.hold(40, || false);
        assert!(!gate.lock().must_wait(third.number, 100));
        gate.lock().held.insert(third.number, 41);
        assert!(gate.lock().must_wait(third.number, 100));
        assert!(!gate.lock().must_wait(first.number, 100));
        drop(first);
        assert!(!gate.lock().must_wait(second.number, 100), "the second is the first now");
        assert!(!gate.lock().must_wait(third.number, 100), "and its bytes no longer count among the others'");
    }

    #[test]
    fn a_waiting_object_continues_when_it_becomes_first() {
        let gate = Gate::new(10);
        let (first, second) = (gate.enter(), gate.enter());
        let waiting = std::thread::spawn(move || second.hold(1000, || false));
        drop(first);
        waiting.join().unwrap();
    }

    #[test]
    fn a_waiting_object_ends_when_it_has_to_stop() {
        let gate = Gate::new(10);
        let (_first, second) = (gate.enter(), gate.enter());
        second.hold(1000, || true);
    }
}
