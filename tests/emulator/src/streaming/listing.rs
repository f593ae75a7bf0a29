//! ListStreams and ListStreamPools: filters, order, pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::query::Query;
use crate::service_error::ServiceError;

/// What listings filter and sort by.
pub(crate) trait Listed {
    fn id(&self) -> &str;
    fn name(&self) -> &str;
    fn created(&self) -> i64;
    fn state(&self, now: i64) -> &'static str;
}

/// Items of a page, and the token of the next one.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// "The value must be between 1 and 50. The default is 10."
const LIMITS: std::ops::RangeInclusive<usize> = 1..=50;
const DEFAULT_LIMIT: usize = 10;

/// The page that a query asks for.
pub(crate) fn page<T: Listed>(query: &Query, mut items: Vec<T>, now: i64) -> Result<Page<T>, ServiceError> {
    let fits = |filter: Option<&str>, value: &str| filter.is_none_or(|filter| filter == value);
    let state =
        known(query, "lifecycleState", &["CREATING", "ACTIVE", "DELETING", "DELETED", "FAILED", "UPDATING"])?;
    items.retain(|item| {
        fits(query.get("id"), item.id())
            && fits(query.get("name"), item.name())
            && fits(state.as_deref(), item.state(now))
    });
    // "By default, TIMECREATED sorts results in descending order and NAME sorts results in ascending order."
    let by_name = known(query, "sortBy", &["NAME", "TIMECREATED"])?.as_deref() == Some("NAME");
    let order = known(query, "sortOrder", &["ASC", "DESC"])?;
    let descending = order.map_or(!by_name, |order| order == "DESC");
    items.sort_by(|one, other| {
        let order = if by_name { one.name().cmp(other.name()) } else { one.created().cmp(&other.created()) };
        let order = order.then_with(|| one.id().cmp(other.id()));
        if descending { order.reverse() } else { order }
    });
    if let Some(page) = query.get("page") {
        let last = BASE64_URL_SAFE_NO_PAD.decode(page).unwrap_or_default();
        let place = items.iter().position(|item| item.id().as_bytes() == last);
        let place = place.ok_or_else(|| invalid("page", page, "a page of this listing"))?;
        items.drain(..=place);
    }
    let limit = match query.get("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| LIMITS.contains(limit));
            limit.ok_or_else(|| invalid("limit", text, "a number from 1 to 50"))?
        }
    };
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| BASE64_URL_SAFE_NO_PAD.encode(item.id()));
    Ok((items, next))
}

/// A parameter in capitals, which the service takes in any case.
fn known(query: &Query, name: &str, values: &[&str]) -> Result<Option<String>, ServiceError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let value = text.to_ascii_uppercase();
    if values.contains(&value.as_str()) {
        return Ok(Some(value));
    }
    Err(invalid(name, text, &format!("one of {}", values.join(", "))))
}

fn invalid(name: &str, value: &str, expected: &str) -> ServiceError {
    ServiceError::bad_request("InvalidParameter", format!("The {name} '{value}' is not {expected}."))
}

#[cfg(test)]
mod tests {
    use super::{Listed, Query, page};

    struct Item(&'static str, &'static str, i64);

    impl Listed for Item {
        fn id(&self) -> &str {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }

        fn created(&self) -> i64 {
            self.2
        }

        fn state(&self, _: i64) -> &'static str {
            "ACTIVE"
        }
    }

    fn listed(query: &str) -> (Vec<&'static str>, Option<String>) {
        let items = vec![Item("1", "b", 30), Item("2", "a", 10), Item("3", "c", 20)];
        let (items, next) = page(&Query::new(query), items, 0).unwrap();
        (items.iter().map(|item| item.0).collect(), next)
    }

    #[test]
    fn time_goes_down_and_names_go_up_unless_told_otherwise() {
        for (query, expected) in [
            ("", ["1", "3", "2"]),
            ("sortBy=NAME", ["2", "1", "3"]),
            ("sortBy=NAME&sortOrder=DESC", ["3", "1", "2"]),
            ("sortBy=TIMECREATED&sortOrder=asc", ["2", "3", "1"]),
        ] {
            assert_eq!(listed(query), (expected.to_vec(), None), "{query}");
        }
    }

    #[test]
    fn pages_follow_each_other_and_filters_hold() {
        let (first, next) = listed("limit=2");
        assert_eq!(first, ["1", "3"]);
        assert_eq!(listed(&format!("limit=2&page={}", next.unwrap())), (vec!["2"], None));
        assert_eq!(listed("name=c").0, ["3"]);
        assert_eq!(listed("id=2&lifecycleState=active").0, ["2"]);
        assert!(listed("lifecycleState=DELETED").0.is_empty());
        for bad in [
            "limit=0",
            "limit=51",
            "limit=x",
            "page=x",
            "sortBy=SIZE",
            "sortOrder=up",
            "lifecycleState=ALIVE",
        ] {
            page(&Query::new(bad), Vec::<Item>::new(), 0).err().unwrap();
        }
    }
}
