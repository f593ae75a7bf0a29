//! ListStreams and ListStreamPools.

use std::sync::Arc;

use super::stream::{PoolRecord, StreamRecord};
use crate::listing::{Limit, Listed, Listing, Sort, SortBy};

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
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn created(&self) -> i64 {
        self.life.created
    }
}

impl Listed for &PoolRecord {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn created(&self) -> i64 {
        self.life.created
    }
}
