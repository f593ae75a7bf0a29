use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on the memory for everything held at once: bodies, records and responses.
#[derive(Debug, Clone)]
pub(super) struct Room {
    max: usize,
    held: Arc<AtomicUsize>,
}

/// A part of the room, which is freed when dropped.
#[derive(Debug)]
pub(super) struct Held {
    room: Room,
    bytes: usize,
}

impl Room {
    pub(super) fn new(max: usize) -> Self {
        Room { max, held: Arc::default() }
    }

    /// Takes a part of the room, if that much is left.
    pub(super) fn take(&self, bytes: usize) -> Option<Held> {
        let mut held = Held { room: self.clone(), bytes: 0 };
        held.grow(bytes).then_some(held)
    }

    /// Returns the bytes taken.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Held {
    /// Takes more room. Returns whether that much was left.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        self.grow_where(bytes, false)
    }

    /// Takes more room if that much is left, or if nothing else is held. So a request too large for the room passes when it is alone.
    pub(super) fn grow_or_be_alone(&mut self, bytes: usize) -> bool {
        self.grow_where(bytes, true)
    }

    fn grow_where(&mut self, bytes: usize, may_be_alone: bool) -> bool {
        let (own, max) = (self.bytes, self.room.max);
        let fits = |held, sum| sum <= max || (may_be_alone && held == own);
        let more = |held: usize| held.checked_add(bytes).filter(|sum| fits(held, *sum));
        let grown = self.room.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.bytes += if grown { bytes } else { 0 };
        grown
    }

    /// Holds a response until it is written, in place of the request that it answers. It takes its room even if none is left.
    pub(super) fn keep(mut self, response: Bytes) -> Bytes {
        let (before, after) = (self.bytes, response.len());
        match after.checked_sub(before) {
            Some(more) => self.room.held.fetch_add(more, Ordering::Relaxed),
            None => self.room.held.fetch_sub(before - after, Ordering::Relaxed),
        };
        self.bytes = after;
        Bytes::from_owner(Kept { response, _held: self })
    }
}

/// A response together with its room.
struct Kept {
    response: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.response
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
    fn no_more_is_taken_than_there_is_and_all_of_it_is_given_back() {
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

    #[test]
    fn a_part_too_large_for_the_room_passes_alone() {
        let room = Room::new(100);
        let mut one = room.take(10).unwrap();
        let mut other = room.take(10).unwrap();
        assert!(!one.grow_or_be_alone(81) && one.grow_or_be_alone(80));
        drop(one);
        assert!(other.grow_or_be_alone(1000));
        assert!(room.take(1).is_none());
        drop(other);
        assert_eq!(room.held(), 0);
    }

    #[test]
    fn a_response_takes_its_own_length_until_all_of_it_is_written() {
        let room = Room::new(100);
        for length in [7, 300] {
            let mut response = room.take(60).unwrap().keep(Bytes::from(vec![7; length]));
            assert_eq!(room.held(), length);
            let written = response.split_to(5);
            drop(response);
            assert_eq!((written.len(), room.held()), (5, length));
            drop(written);
            assert_eq!(room.held(), 0);
        }
    }
}
