//! ListStreams and ListStreamPools.

use std::sync::Arc;

use super::stream::{PoolRecord, StreamRecord};
use crate::control_plane::listing::{Key, Limit, Listed, Listing, Sort, SortBy};

pub(crate) const LISTING: Listing = Listing {
    name: "name",
    states: &["CREATING", "ACTIVE", "DELETING", "DELETED", "FAILED", "UPDATING"],
    // "By default, TIMECREATED sorts results in descending order and NAME sorts results in ascending order."
    sorts: &[
        Sort { name: "TIMECREATED", by: SortBy::Created, descending: true },
        Sort { name: "NAME", by: SortBy::Name, descending: false },
    ],
    // "The value must be between 1 and 50. The default is 10."
    limit: Limit { default: 10, most: 50 },
};

impl Listed for Arc<StreamRecord> {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}

impl Listed for &PoolRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}
