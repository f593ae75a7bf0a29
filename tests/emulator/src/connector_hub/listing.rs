//! ListServiceConnectors.

use super::connector::ConnectorRecord;
use crate::control_plane::listing::{Key, Limit, Listed, Listing, Sort, SortBy};

pub(crate) const LISTING: Listing = Listing {
    name: "displayName",
    // As the SDK has them.
    states: &[
        "CREATING",
        "UPDATING",
        "ACTIVE",
        "INACTIVE",
        "NEEDS_ATTENTION",
        "DELETING",
        "DELETED",
        "FAILED",
    ],
    // "Default order for `timeCreated` is descending. Default order for `displayName` is ascending. If no value is specified
    // `timeCreated` is default."
    sorts: &[
        Sort { name: "timeCreated", by: SortBy::Created, descending: true },
        Sort { name: "displayName", by: SortBy::Name, descending: false },
    ],
    // No document says what the service takes and does by default; these are what most services of its age do.
    limit: Limit { default: 50, most: 1000 },
};

impl Listed for ConnectorRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}
