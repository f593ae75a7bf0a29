//! ListRules.

use serde_json::Value;

use super::event_rule::{EventRule, RuleRecord};
use super::service::Events;
use crate::control_plane::listing::{Key, Limit, Listed, Listing, Sort, SortBy};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

const LISTING: Listing = Listing {
    name: "displayName",
    states: &["CREATING", "ACTIVE", "INACTIVE", "UPDATING", "DELETING", "DELETED", "FAILED"],
    // The default order is not documented.
    sorts: &[
        Sort { name: "TIME_CREATED", by: SortBy::Created, descending: false },
        Sort { name: "ID", by: SortBy::Id, descending: false },
        Sort { name: "DISPLAY_NAME", by: SortBy::Name, descending: false },
    ],
    // "1 is the minimum, 50 is the maximum. Default: 10"
    limit: Limit { default: 10, most: 50 },
};

impl Events {
    pub(crate) fn list_rules(&self, request: &Request) -> Result<Response, ServiceError> {
        let compartment = request.query.required("compartmentId")?;
        let of = |rule: &&EventRule| rule.record.compartment_id == compartment;
        let records = self.state().rules.values().filter(of).map(|rule| rule.record.clone()).collect();
        let (page, next) = LISTING.page(&request.query, records, RuleRecord::state)?;
        let summaries: Vec<Value> = page.iter().map(RuleRecord::summary).collect();
        Ok(Response::json(&summaries).header_if("opc-next-page", next.as_deref()))
    }
}

impl Listed for RuleRecord {
    fn key(&self) -> Key<'_> {
        Key { id: &self.id, name: &self.display_name, created: self.time_created }
    }
}
