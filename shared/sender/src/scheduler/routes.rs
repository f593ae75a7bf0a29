use super::ids::{ANYWHERE, LaneId};
use super::known_keys::KnownKeys;
use super::lanes::Lanes;
use crate::position::PartitionId;
use bytes::Bytes;
use std::fmt;
use std::time::Instant;

/// Returns the partition of a key, if the stream's client knows it.
pub(crate) type PartitionOf = Box<dyn Fn(&[u8]) -> Option<PartitionId> + Send>;

/// Finds the lane of each key, either from the stream or from where an earlier record with the key was stored.
pub(super) struct Routes {
    partition_of: PartitionOf,
    known: KnownKeys,
}

impl Routes {
    pub(super) fn new(partition_of: PartitionOf, seed: u64) -> Self {
        Routes { partition_of, known: KnownKeys::new(seed) }
    }

    /// Returns the lane that a record with this key is expected to go to.
    pub(super) fn lane(&self, key: Option<&Bytes>, lanes: &mut Lanes, now: Instant) -> LaneId {
        let Some(key) = key else { return ANYWHERE };
        match (self.partition_of)(key) {
            Some(partition) => lanes.of(&partition, now),
            None => self.known.find(key).unwrap_or(ANYWHERE),
        }
    }

    /// Remembers where a record with the key went.
    pub(super) fn learn(&mut self, key: &Bytes, lane: LaneId) {
        self.known.learn(key, lane);
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("known", &self.known).finish_non_exhaustive()
    }
}
