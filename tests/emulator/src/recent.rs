//! A list of the latest items.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use crate::lock::lock;

/// The latest `MOST` items, most recent last. Older ones are dropped, so that the memory of a running emulator is bounded.
#[derive(Debug)]
pub(crate) struct Recent<T, const MOST: usize> {
    items: Mutex<VecDeque<T>>,
}

impl<T, const MOST: usize> Recent<T, MOST> {
    pub(crate) fn add(&self, item: T) {
        let mut items = self.items();
        if items.len() == MOST {
            items.pop_front();
        }
        items.push_back(item);
    }

    /// Returns all items; the lock is held while they are read.
    pub(crate) fn items(&self) -> MutexGuard<'_, VecDeque<T>> {
        lock(&self.items)
    }
}

impl<T: Clone, const MOST: usize> Recent<T, MOST> {
    pub(crate) fn all(&self) -> Vec<T> {
        self.items().iter().cloned().collect()
    }
}

impl<T, const MOST: usize> Default for Recent<T, MOST> {
    fn default() -> Self {
        Self { items: Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_oldest_items_are_dropped() {
        let recent = Recent::<u8, 3>::default();
        (1..=5).for_each(|number| recent.add(number));
        assert_eq!(recent.all(), [3, 4, 5]);
    }
}
