//! ListServiceConnectors and the listings of work requests: filters, order, pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::connector::ConnectorRecord;
use crate::query::Query;
use crate::service_error::{ServiceError, invalid, missing};

/// Items of a page, and the token of the next one.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// The states of a connector, as the SDK has them.
const STATES: [&str; 8] =
    ["CREATING", "UPDATING", "ACTIVE", "INACTIVE", "NEEDS_ATTENTION", "DELETING", "DELETED", "FAILED"];

/// No document says what the service takes and does by default; these are what most services of its age do.
const LIMITS: std::ops::RangeInclusive<usize> = 1..=1000;
const DEFAULT_LIMIT: usize = 50;

/// The connectors of the compartment that a query asks for, in its order; `state` tells each one's.
pub(crate) fn connectors(
    query: &Query,
    mut records: Vec<ConnectorRecord>,
    state: impl Fn(&ConnectorRecord) -> &'static str,
) -> Result<Page<ConnectorRecord>, ServiceError> {
    let compartment = query.get("compartmentId").ok_or_else(|| missing("compartmentId"))?;
    let wanted = known(query, "lifecycleState", &STATES)?;
    let name = query.get("displayName");
    records.retain(|record| {
        record.compartment_id == compartment
            && name.is_none_or(|name| record.name == name)
            && wanted.is_none_or(|wanted| state(record) == wanted)
    });
    // "Default order for `timeCreated` is descending. Default order for `displayName` is ascending. If no value is specified
    // `timeCreated` is default."
    let by_name = known(query, "sortBy", &["timeCreated", "displayName"])? == Some("displayName");
    let descending = known(query, "sortOrder", &["ASC", "DESC"])?.map_or(!by_name, |order| order == "DESC");
    records.sort_by(|one, other| {
        let order =
            if by_name { one.name.cmp(&other.name) } else { one.life.created.cmp(&other.life.created) };
        let order = order.then_with(|| one.id.cmp(&other.id));
        if descending { order.reverse() } else { order }
    });
    page(query, records, |record| &record.id)
}

/// The page that a query asks for; `id` tells items apart.
pub(crate) fn page<T>(query: &Query, mut items: Vec<T>, id: fn(&T) -> &str) -> Result<Page<T>, ServiceError> {
    if let Some(page) = query.get("page") {
        let last = BASE64_URL_SAFE_NO_PAD.decode(page).unwrap_or_default();
        let place = items.iter().position(|item| id(item).as_bytes() == last);
        let place = place.ok_or_else(|| refused("page", page, "a page of this listing"))?;
        items.drain(..=place);
    }
    let limit = match query.get("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| LIMITS.contains(limit));
            limit.ok_or_else(|| refused("limit", text, "a number from 1 to 1000"))?
        }
    };
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| BASE64_URL_SAFE_NO_PAD.encode(id(item)));
    Ok((items, next))
}

/// A parameter that has one of a few values, in any case.
fn known<'a>(query: &Query, name: &str, values: &[&'a str]) -> Result<Option<&'a str>, ServiceError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let value = values.iter().find(|value| value.eq_ignore_ascii_case(text));
    value
        .map(|value| Some(*value))
        .ok_or_else(|| refused(name, text, &format!("one of {}", values.join(", "))))
}

fn refused(name: &str, value: &str, expected: &str) -> ServiceError {
    invalid(format!("The {name} '{value}' is not {expected}."))
}

#[cfg(test)]
mod tests {
    use super::{ConnectorRecord, Query, connectors};
    use crate::life::Life;

    fn listed(query: &str) -> Result<(Vec<String>, Option<String>), String> {
        let record = |id: &str, name: &str, created| ConnectorRecord {
            id: id.to_owned(),
            name: name.to_owned(),
            compartment_id: "c".to_owned(),
            life: Life::new(created, 0),
            enabled: id != "2",
            ..ConnectorRecord::default()
        };
        let records = vec![record("1", "b", 30), record("2", "a", 10), record("3", "c", 20)];
        let state = |record: &ConnectorRecord| record.state(100, false);
        let page = connectors(&Query::new(query), records, state).map_err(|error| error.message)?;
        Ok((page.0.into_iter().map(|record| record.id).collect(), page.1))
    }

    #[test]
    fn time_goes_down_and_names_go_up_unless_told_otherwise() {
        for (query, expected) in [
            ("", ["1", "3", "2"]),
            ("&sortBy=displayName", ["2", "1", "3"]),
            ("&sortBy=displayName&sortOrder=DESC", ["3", "1", "2"]),
            ("&sortBy=timeCreated&sortOrder=asc", ["2", "3", "1"]),
        ] {
            let (ids, next) = listed(&format!("compartmentId=c{query}")).unwrap();
            assert_eq!((ids, next), (expected.map(str::to_owned).to_vec(), None), "{query}");
        }
    }

    #[test]
    fn pages_follow_each_other_and_filters_hold() {
        let (first, next) = listed("compartmentId=c&limit=2").unwrap();
        assert_eq!(first, ["1", "3"]);
        let rest = listed(&format!("compartmentId=c&limit=2&page={}", next.unwrap())).unwrap();
        assert_eq!(rest, (vec!["2".to_owned()], None));
        assert_eq!(listed("compartmentId=c&displayName=c").unwrap().0, ["3"]);
        assert_eq!(listed("compartmentId=c&lifecycleState=INACTIVE").unwrap().0, ["2"]);
        assert!(listed("compartmentId=other").unwrap().0.is_empty());
    }

    #[test]
    fn a_query_that_means_nothing_is_refused_by_its_parameter() {
        assert!(listed("").err().unwrap().contains("compartmentId"));
        for bad in ["limit=0", "limit=1001", "page=x", "sortBy=SIZE", "sortOrder=up", "lifecycleState=ALIVE"]
        {
            let error = listed(&format!("compartmentId=c&{bad}")).err().unwrap();
            assert!(error.contains(bad.split('=').next().unwrap()), "{bad}: {error}");
        }
    }
}
