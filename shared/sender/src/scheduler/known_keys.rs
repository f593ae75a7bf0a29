use super::ids::LaneId;
use bytes::Bytes;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Remembers the partition that each key was last seen on.
///
/// The table has a fixed size, and a later key replaces an earlier one in its slot. It holds only hashes: two keys with the same hash count
/// as the same key, and at worst one waits for the other's partition. same key, and at worst one waits for the other's partition.
#[derive(Debug)]
pub(super) struct KnownKeys {
    hasher: FixedState,
    /// The upper half of a key's hash, and the key's lane. Allocated when the first key is stored.
    slots: Vec<(u32, Option<LaneId>)>,
}

/// Number of keys remembered: 64 Ki, which take 512 KB.
const SLOTS: usize = 1 << 16;

impl KnownKeys {
    pub(super) fn new(seed: u64) -> Self {
        KnownKeys { hasher: FixedState::with_seed(seed), slots: Vec::new() }
    }

    /// Returns the key's lane if the key is remembered.
    pub(super) fn find(&self, key: &Bytes) -> Option<LaneId> {
        let (slot, tag) = self.hash(key);
        self.slots.get(slot).filter(|known| known.0 == tag)?.1
    }

    /// Remembers the lane in which a record with the key was stored.
    pub(super) fn learn(&mut self, key: &Bytes, lane: LaneId) {
        if self.slots.is_empty() {
            self.slots = vec![(0, None); SLOTS];
        }
        let (slot, tag) = self.hash(key);
        self.slots[slot] = (tag, Some(lane));
    }

    fn hash(&self, key: &Bytes) -> (usize, u32) {
        let hash = self.hasher.hash_one(&key[..]);
        (hash as usize % SLOTS, (hash >> 32) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lane_of_a_key_is_known_and_memory_is_bounded() {
        let mut known = KnownKeys::new(1);
        let key = |number: usize| Bytes::from(format!("key-{number}"));
        assert_eq!(known.find(&key(0)), None);
        for number in 0..SLOTS {
            known.learn(&key(number), LaneId::new(number % 5));
        }
        let right = |number: usize| known.find(&key(number)) == Some(LaneId::new(number % 5));
        let remembered = (0..SLOTS).filter(|number| right(*number)).count();
        // Of n keys hashed into n slots, 1 - 1/e keep one.
        assert!(remembered > SLOTS * 6 / 10, "{remembered}");
        assert_eq!(known.find(&key(SLOTS + 1)), None);
        known.learn(&key(SLOTS - 1), LaneId::new(7));
        assert_eq!((known.find(&key(SLOTS - 1)), known.slots.len()), (Some(LaneId::new(7)), SLOTS));
    }
}
