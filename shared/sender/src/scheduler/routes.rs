use super::ids::{ANYWHERE, LaneId};
use super::known_keys::KnownKeys;
use super::lanes::Lanes;
use crate::position::PartitionId;
use bytes::Bytes;
use std::fmt;
use std::time::Instant;

/// Which partition a key goes to, as its stream says.
pub(crate) type PartitionOf = Box<dyn Fn(&[u8]) -> Option<PartitionId> + Send>;

/// The lane of each key: the stream knows its partition, or a record of it was stored there before.
pub(super) struct Routes {
    partition_of: PartitionOf,
    known: KnownKeys,
}

impl Routes {
    pub(super) fn new(partition_of: PartitionOf, seed: u64) -> Self {
        Routes { partition_of, known: KnownKeys::new(seed) }
    }

    /// The lane that a record with this key is expected to go to.
    pub(super) fn lane(&self, key: Option<&Bytes>, lanes: &mut Lanes, now: Instant) -> LaneId {
        let Some(key) = key else { return ANYWHERE };
        match (self.partition_of)(key) {
            Some(partition) => lanes.of(&partition, now),
            None => self.known.find(key).unwrap_or(ANYWHERE),
        }
    }

    /// Notes where a record of the key went.
    pub(super) fn learn(&mut self, key: &Bytes, lane: LaneId) {
        self.known.learn(key, lane);
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("known", &self.known).finish_non_exhaustive()
    }
}
