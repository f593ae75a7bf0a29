//! ListServiceConnectors.

use super::connector::ConnectorRecord;
use crate::control_plane::listing::{Key, Limit, Listed, Listing, Sort, SortBy};

pub(crate) const LISTING: Listing = Listing {
    name: "displayName",
    // The states as the SDK defines them.
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
    // The service's defaults are not documented; these are those of most services of its age.
    limit: Limit { default: 50, most: 1000 },
};

impl Listed for ConnectorRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}
