//! Listings of resources: filters, order and pages. Object Storage has its own implementation.

use std::cmp::Ordering;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::wire::query::Query;
use crate::wire::service_error::{ServiceError, invalid};

/// The query parameters of a service's listings, and their values.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The parameter that filters by name.
    pub(crate) name: &'static str,
    /// The values of `lifecycleState`.
    pub(crate) states: &'static [&'static str],
    /// The values of `sortBy`; the first is the default.
    pub(crate) sorts: &'static [Sort],
    pub(crate) limit: Limit,
}

/// A resource that can be listed.
pub(crate) trait Listed {
    fn key(&self) -> Key<'_>;
}

/// The attributes that items are filtered and sorted by.
#[derive(Debug)]
pub(crate) struct Key<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
}

/// A sort order that `sortBy` can select.
#[derive(Debug)]
pub(crate) struct Sort {
    pub(crate) name: &'static str,
    pub(crate) by: SortBy,
    /// The default direction, used unless `sortOrder` is set.
    pub(crate) descending: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum SortBy {
    Created,
    Id,
    Name,
}

/// The page size in items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// The page size unless the query sets it.
    pub(crate) default: usize,
    pub(crate) most: usize,
}

/// The items of a page, and the token of the next page.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

impl Listing {
    /// Returns the page that a query asks for; `state` returns the state of an item.
    pub(crate) fn page<T: Listed>(
        &self,
        query: &Query,
        mut items: Vec<T>,
        state: impl Fn(&T) -> &'static str,
    ) -> Result<Page<T>, ServiceError> {
        let wanted = known(query, "lifecycleState", self.states, |state| state)?;
        let name = query.get(self.name);
        items.retain(|item| {
            name.is_none_or(|name| item.key().name == name)
                && wanted.is_none_or(|wanted| state(item) == *wanted)
        });
        let sort = known(query, "sortBy", self.sorts, |sort| sort.name)?.unwrap_or(&self.sorts[0]);
        let order = known(query, "sortOrder", &["ASC", "DESC"], |order| order)?;
        let descending = order.map_or(sort.descending, |order| *order == "DESC");
        items.sort_by(|one, other| {
            let (one, other) = (one.key(), other.key());
            let order = match sort.by {
                SortBy::Created => one.created.cmp(&other.created),
                SortBy::Id => Ordering::Equal,
                SortBy::Name => one.name.cmp(other.name),
            };
            let order = order.then_with(|| one.id.cmp(other.id));
            if descending { order.reverse() } else { order }
        });
        cut(query, items, |item| item.key().id, self.limit)
    }
}

/// Cuts the page that a query asks for out of all items in order; `id` identifies an item.
pub(crate) fn cut<T>(
    query: &Query,
    mut items: Vec<T>,
    id: impl Fn(&T) -> &str,
    limit: Limit,
) -> Result<Page<T>, ServiceError> {
    if let Some(page) = query.get("page") {
        let last = BASE64_URL_SAFE_NO_PAD.decode(page).unwrap_or_default();
        let place = items.iter().position(|item| id(item).as_bytes() == last);
        let place = place.ok_or_else(|| refused("page", page, "a page of this listing"))?;
        items.drain(..=place);
    }
    let limit = match query.get("limit") {
        None => limit.default,
        Some(text) => {
            let given = text.parse().ok().filter(|given| (1..=limit.most).contains(given));
            given.ok_or_else(|| refused("limit", text, &format!("a number from 1 to {}", limit.most)))?
        }
    };
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| BASE64_URL_SAFE_NO_PAD.encode(id(item)));
    Ok((items, next))
}

/// Returns the allowed value that a parameter names, ignoring case.
fn known<'a, T>(
    query: &Query,
    parameter: &str,
    values: &'a [T],
    name: fn(&T) -> &str,
) -> Result<Option<&'a T>, ServiceError> {
    let Some(text) = query.get(parameter) else { return Ok(None) };
    let value = values.iter().find(|value| name(value).eq_ignore_ascii_case(text));
    let names = || values.iter().map(name).collect::<Vec<_>>().join(", ");
    value.map(Some).ok_or_else(|| refused(parameter, text, &format!("one of {}", names())))
}

fn refused(name: &str, value: &str, expected: &str) -> ServiceError {
    invalid(format!("The {name} '{value}' is not {expected}."))
}

#[cfg(test)]
mod tests {
    use super::{Key, Limit, Listed, Listing, Query, Sort, SortBy};

    struct Item(&'static str, &'static str, i64);

    impl Listed for Item {
        fn key(&self) -> Key<'_> {
            Key { id: self.0, name: self.1, created: self.2 }
        }
    }

    const LISTING: Listing = Listing {
        name: "displayName",
        states: &["ACTIVE", "INACTIVE", "DELETED"],
        sorts: &[
            Sort { name: "timeCreated", by: SortBy::Created, descending: true },
            Sort { name: "displayName", by: SortBy::Name, descending: false },
            Sort { name: "ID", by: SortBy::Id, descending: false },
        ],
        limit: Limit { default: 10, most: 50 },
    };

    fn listed(query: &str) -> Result<(Vec<&'static str>, Option<String>), String> {
        let items = vec![Item("1", "b", 30), Item("2", "a", 10), Item("3", "c", 20)];
        let state = |item: &Item| if item.0 == "2" { "INACTIVE" } else { "ACTIVE" };
        let page = LISTING.page(&Query::new(query), items, state).map_err(|error| error.message)?;
        Ok((page.0.iter().map(|item| item.0).collect(), page.1))
    }

    #[test]
    fn every_sort_key_has_its_default_direction() {
        for (query, expected) in [
            ("", ["1", "3", "2"]),
            ("sortBy=displayName", ["2", "1", "3"]),
            ("sortBy=DISPLAYNAME&sortOrder=DESC", ["3", "1", "2"]),
            ("sortBy=timeCreated&sortOrder=asc", ["2", "3", "1"]),
            ("sortOrder=ASC", ["2", "3", "1"]),
            ("sortBy=id", ["1", "2", "3"]),
        ] {
            assert_eq!(listed(query), Ok((expected.to_vec(), None)), "{query}");
        }
    }

    #[test]
    fn pages_follow_each_other_and_filters_hold() {
        let (first, next) = listed("limit=2").unwrap();
        assert_eq!(first, ["1", "3"]);
        assert_eq!(listed(&format!("limit=2&page={}", next.unwrap())), Ok((vec!["2"], None)));
        assert_eq!(listed("displayName=c").unwrap().0, ["3"]);
        assert_eq!(listed("lifecycleState=inactive").unwrap().0, ["2"]);
        assert!(listed("lifecycleState=DELETED").unwrap().0.is_empty());
    }

    #[test]
    fn an_invalid_query_is_rejected_with_the_parameters_name() {
        for bad in [
            "limit=0",
            "limit=51",
            "limit=x",
            "page=x",
            "sortBy=SIZE",
            "sortOrder=up",
            "lifecycleState=ALIVE",
        ] {
            let error = listed(bad).unwrap_err();
            let (name, value) = bad.split_once('=').unwrap();
            assert!(error.contains(&format!("The {name} '{value}' is not")), "{error}");
        }
    }
}
