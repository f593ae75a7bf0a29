//! ListGateways and ListDeployments.

use super::record::{DeploymentRecord, GatewayRecord};
use crate::control_plane::listing::{Key, Limit, Listed, Listing, Sort, SortBy};

pub(crate) const LISTING: Listing = Listing {
    name: "displayName",
    states: &["CREATING", "ACTIVE", "UPDATING", "DELETING", "DELETED", "FAILED"],
    // "Default order for timeCreated is descending. Default order for displayName is ascending."
    sorts: &[
        Sort { name: "timeCreated", by: SortBy::Created, descending: true },
        Sort { name: "displayName", by: SortBy::Name, descending: false },
    ],
    // The default page size is not documented.
    limit: Limit { default: 100, most: 1000 },
};

impl Listed for GatewayRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}

impl Listed for DeploymentRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.name, created: self.life.created }
    }
}
