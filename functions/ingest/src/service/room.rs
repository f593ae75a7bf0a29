use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory for bodies: all that are held at once.
#[derive(Debug, Clone)]
pub(super) struct Room {
    most: usize,
    held: Arc<AtomicUsize>,
}

/// A part of the room, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    room: Room,
    bytes: usize,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Room { most, held: Arc::default() }
    }

    /// Takes a part, if there is so much left.
    pub(super) fn take(&self, bytes: usize) -> Option<Held> {
        let mut held = Held { room: self.clone(), bytes: 0 };
        held.grow(bytes).then_some(held)
    }

    /// What is taken.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Held {
    /// Takes more; says whether there was so much left.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.room.most);
        let grown = self.room.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.bytes += if grown { bytes } else { 0 };
        grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is_and_all_comes_back() {
        let room = Room::new(100);
        let mut first = room.take(60).unwrap();
        assert!(room.take(41).is_none());
        let second = room.take(40).unwrap();
        assert!(!first.grow(1));
        drop(second);
        assert!(first.grow(40) && !first.grow(usize::MAX));
        assert_eq!(room.held(), 100);
        drop(first);
        assert_eq!(room.held(), 0);
    }
}
