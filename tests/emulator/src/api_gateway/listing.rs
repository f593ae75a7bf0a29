//! ListGateways and ListDeployments: filters, order, pages.

use super::record::{DeploymentRecord, GatewayRecord};
use crate::query::Query;
use crate::service_error::{ServiceError, invalid, missing};

/// What listings filter and sort by.
pub(crate) trait Listed {
    fn id(&self) -> &str;
    fn name(&self) -> &str;
    fn compartment_id(&self) -> &str;
    fn created(&self) -> i64;
    fn state(&self, now: i64) -> &'static str;
}

/// What a page holds unless the query says so. The API does not document it.
const DEFAULT_LIMIT: usize = 100;
const LIMITS: std::ops::RangeInclusive<usize> = 1..=1000;

const STATES: [&str; 6] = ["CREATING", "ACTIVE", "UPDATING", "DELETING", "DELETED", "FAILED"];

/// The page that a query asks for, and the token of the next one: the last item's OCID.
pub(crate) fn page<T: Listed>(
    query: &Query,
    mut items: Vec<T>,
    now: i64,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let compartment = query.get("compartmentId").ok_or_else(|| missing("compartmentId"))?;
    let state = known(query, "lifecycleState", &STATES)?;
    items.retain(|item| {
        item.compartment_id() == compartment
            && query.get("displayName").is_none_or(|name| item.name() == name)
            && state.as_deref().is_none_or(|state| item.state(now) == state)
    });
    // "Default order for timeCreated is descending. Default order for displayName is ascending."
    let by_name = known(query, "sortBy", &["TIMECREATED", "DISPLAYNAME"])?.as_deref() == Some("DISPLAYNAME");
    let descending = known(query, "sortOrder", &["ASC", "DESC"])?.map_or(!by_name, |order| order == "DESC");
    items.sort_by(|one, other| {
        let order = if by_name { one.name().cmp(other.name()) } else { one.created().cmp(&other.created()) };
        let order = order.then_with(|| one.id().cmp(other.id()));
        if descending { order.reverse() } else { order }
    });
    if let Some(page) = query.get("page") {
        let place = items.iter().position(|item| item.id() == page);
        items.drain(..=place.ok_or_else(|| invalid(format!("The page '{page}' is none of this listing.")))?);
    }
    let limit = query.get("limit").map_or(Some(DEFAULT_LIMIT), |limit| limit.parse().ok());
    let limit = limit.filter(|limit| LIMITS.contains(limit));
    let limit = limit.ok_or_else(|| invalid("The limit is not a number from 1 to 1000."))?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| item.id().to_owned());
    Ok((items, next))
}

/// A parameter in capitals, which the service takes in any case.
fn known(query: &Query, name: &str, values: &[&str]) -> Result<Option<String>, ServiceError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let value = text.to_ascii_uppercase();
    match values.contains(&value.as_str()) {
        true => Ok(Some(value)),
        false => Err(invalid(format!("The {name} '{text}' is not one of {}.", values.join(", ")))),
    }
}

impl Listed for GatewayRecord {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn compartment_id(&self) -> &str {
        &self.compartment_id
    }

    fn created(&self) -> i64 {
        self.life.created
    }

    fn state(&self, now: i64) -> &'static str {
        Self::state(self, now)
    }
}

impl Listed for DeploymentRecord {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn compartment_id(&self) -> &str {
        &self.compartment_id
    }

    fn created(&self) -> i64 {
        self.life.created
    }

    fn state(&self, now: i64) -> &'static str {
        Self::state(self, now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::GatewayRecord;
    use super::page;
    use crate::life::Life;
    use crate::query::Query;

    fn listed(query: &str) -> Result<(Vec<String>, Option<String>), String> {
        let gateway = |id: &str, name: &str, created| GatewayRecord {
            id: id.to_owned(),
            name: name.to_owned(),
            compartment_id: "c".to_owned(),
            life: Life::new(created, 0),
            ..GatewayRecord::default()
        };
        let items = vec![gateway("1", "b", 30), gateway("2", "a", 10), gateway("3", "c", 20)];
        let page = page(&Query::new(query), items, 25).map_err(|error| error.to_string())?;
        Ok((page.0.into_iter().map(|item| item.id).collect(), page.1))
    }

    #[test]
    fn lists_are_sorted_filtered_and_cut_into_pages() {
        for (query, expected, next) in [
            ("compartmentId=c", &["1", "3", "2"] as &[_], None),
            ("compartmentId=c&sortOrder=ASC", &["2", "3", "1"], None),
            ("compartmentId=c&sortBy=displayName", &["2", "1", "3"], None),
            ("compartmentId=c&limit=2", &["1", "3"], Some("3")),
            ("compartmentId=c&limit=2&page=3", &["2"], None),
            ("compartmentId=c&displayName=a", &["2"], None),
            ("compartmentId=c&lifecycleState=CREATING", &["1"], None),
            ("compartmentId=other", &[], None),
        ] {
            let expected = expected.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(listed(query), Ok((expected, next.map(str::to_owned))), "{query}");
        }
        for bad in ["", "limit=0", "limit=x", "page=9", "sortBy=size", "sortOrder=up", "lifecycleState=ALIVE"]
        {
            let query = if bad.is_empty() { String::new() } else { format!("compartmentId=c&{bad}") };
            listed(&query).unwrap_err();
        }
    }
}
