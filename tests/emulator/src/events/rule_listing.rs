//! ListRules: filters, order, pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::event_rule::RuleRecord;
use super::service::Events;
use crate::answer::Answer;
use crate::query::Query;
use crate::request::Request;
use crate::service_error::{ServiceError, invalid, missing};

/// "1 is the minimum, 50 is the maximum. Default: 10"
const LIMITS: std::ops::RangeInclusive<usize> = 1..=50;
const DEFAULT_LIMIT: usize = 10;

const STATES: &[&str] = &["CREATING", "ACTIVE", "INACTIVE", "UPDATING", "DELETING", "DELETED", "FAILED"];

impl Events {
    pub(crate) fn list_rules(&self, request: &Request) -> Result<Answer, ServiceError> {
        let records: Vec<RuleRecord> = self.state().rules.values().map(|rule| rule.record.clone()).collect();
        let (page, next) = page(&request.query, records)?;
        let summaries: Vec<Value> = page.iter().map(RuleRecord::summary).collect();
        Ok(Answer::json(&summaries).header_if("opc-next-page", next.as_deref()))
    }
}

/// The page that a query asks for, and the token of the next one.
fn page(
    query: &Query,
    mut rules: Vec<RuleRecord>,
) -> Result<(Vec<RuleRecord>, Option<String>), ServiceError> {
    let compartment = query.get("compartmentId").ok_or_else(|| missing("compartmentId"))?;
    let state = known(query, "lifecycleState", STATES)?;
    let name = query.get("displayName");
    rules.retain(|rule| {
        rule.compartment_id == compartment
            && name.is_none_or(|name| rule.display_name == name)
            && state.as_deref().is_none_or(|state| rule.state() == state)
    });
    let by = known(query, "sortBy", &["TIME_CREATED", "ID", "DISPLAY_NAME"])?;
    // Which order is the default is not documented.
    let descending = known(query, "sortOrder", &["ASC", "DESC"])?.as_deref() == Some("DESC");
    rules.sort_by(|one, other| {
        let order = match by.as_deref() {
            Some("ID") => one.id.cmp(&other.id),
            Some("DISPLAY_NAME") => one.display_name.cmp(&other.display_name),
            _ => one.time_created.cmp(&other.time_created),
        };
        let order = order.then_with(|| one.id.cmp(&other.id));
        if descending { order.reverse() } else { order }
    });
    if let Some(page) = query.get("page") {
        let last = BASE64_URL_SAFE_NO_PAD.decode(page).unwrap_or_default();
        let place = rules.iter().position(|rule| rule.id.as_bytes() == last);
        let place = place.ok_or_else(|| wrong("page", page, "a page of this listing"))?;
        rules.drain(..=place);
    }
    let limit = match query.get("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| LIMITS.contains(limit));
            limit.ok_or_else(|| wrong("limit", text, "a number from 1 to 50"))?
        }
    };
    let more = rules.len() > limit;
    rules.truncate(limit);
    let next = rules.last().filter(|_| more).map(|rule| BASE64_URL_SAFE_NO_PAD.encode(&rule.id));
    Ok((rules, next))
}

/// A parameter in capitals, which is taken in any case.
fn known(query: &Query, name: &str, values: &[&str]) -> Result<Option<String>, ServiceError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let value = text.to_ascii_uppercase();
    if values.contains(&value.as_str()) {
        return Ok(Some(value));
    }
    Err(wrong(name, text, &format!("one of {}", values.join(", "))))
}

fn wrong(name: &str, value: &str, expected: &str) -> ServiceError {
    invalid(format!("The {name} '{value}' is not {expected}."))
}
