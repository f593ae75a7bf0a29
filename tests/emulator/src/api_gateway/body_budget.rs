//! Limits the bytes of bodies that are held at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of bytes held, and its limit.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    ceiling: usize,
    held: AtomicUsize,
}

/// The bytes that one request holds. Dropping the share returns them to the budget.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<BodyBudget>,
    bytes: usize,
}

impl BodyBudget {
    pub(crate) fn new(ceiling: usize) -> Arc<Self> {
        Arc::new(Self { ceiling, held: AtomicUsize::new(0) })
    }

    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share { budget: Arc::clone(self), bytes: 0 }
    }

    /// Returns the number of bytes held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Share {
    /// Takes more bytes from the budget. Returns false, and takes none, if they would exceed the limit.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.budget.ceiling);
        let grown = self.budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if grown {
            self.bytes += bytes;
        }
        grown
    }

    /// Takes bytes that already exist, such as a response, even if they exceed the limit. Later requests are rejected instead.
    pub(crate) fn take_up(&mut self, bytes: usize) {
        self.budget.held.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::BodyBudget;

    #[test]
    fn the_bytes_held_are_limited_and_returned() {
        let budget = BodyBudget::new(100);
        let (mut one, mut other) = (budget.share(), budget.share());
        assert!(one.grow(60) && other.grow(40));
        assert!(!one.grow(1) && !other.grow(usize::MAX));
        one.take_up(50);
        assert_eq!(budget.held(), 150);
        drop(one);
        assert!(other.grow(60) && !other.grow(1));
        drop(other);
        assert_eq!(budget.held(), 0);
    }
}
