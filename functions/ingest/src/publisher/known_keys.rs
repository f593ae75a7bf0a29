use super::lanes::LaneId;
use bytes::Bytes;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Which partition keys were last seen on, as far as is remembered.
///
/// A table of a fixed size: a key that comes later to a place takes it over. It remembers hashes only; two keys that share one are taken
/// for the same, and the worst of it is that one of them waits for the other's partition.
#[derive(Debug)]
pub(super) struct KnownKeys {
    hasher: FixedState,
    /// The upper half of a key's hash, and its lane; made when the first key comes.
    places: Vec<(u32, Option<LaneId>)>,
}

/// 512 KB, for 64 Ki keys.
const PLACES: usize = 1 << 16;

impl KnownKeys {
    pub(super) fn new(seed: u64) -> Self {
        KnownKeys { hasher: FixedState::with_seed(seed), places: Vec::new() }
    }

    /// The key's lane.
    pub(super) fn find(&self, key: &Bytes) -> Option<LaneId> {
        let (place, tag) = self.hash(key);
        self.places.get(place).filter(|known| known.0 == tag)?.1
    }

    /// Notes where a record of the key was stored.
    pub(super) fn learn(&mut self, key: &Bytes, lane: LaneId) {
        if self.places.is_empty() {
            self.places = vec![(0, None); PLACES];
        }
        let (place, tag) = self.hash(key);
        self.places[place] = (tag, Some(lane));
    }

    fn hash(&self, key: &Bytes) -> (usize, u32) {
        let hash = self.hasher.hash_one(&key[..]);
        (hash as usize % PLACES, (hash >> 32) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_last_is_known_and_memory_has_an_end() {
        let mut known = KnownKeys::new(1);
        let key = |number: usize| Bytes::from(format!("key-{number}"));
        assert_eq!(known.find(&key(0)), None);
        for number in 0..PLACES {
            known.learn(&key(number), LaneId::new(number % 5));
        }
        let right = |number: usize| known.find(&key(number)) == Some(LaneId::new(number % 5));
        let remembered = (0..PLACES).filter(|number| right(*number)).count();
        // Of n keys thrown at n places, 1 - 1/e are in one.
        assert!(remembered > PLACES * 6 / 10, "{remembered}");
        assert_eq!(known.find(&key(PLACES + 1)), None);
        known.learn(&key(PLACES - 1), LaneId::new(7));
        assert_eq!((known.find(&key(PLACES - 1)), known.places.len()), (Some(LaneId::new(7)), PLACES));
    }
}
