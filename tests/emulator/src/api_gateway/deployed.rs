//! A deployment that is there: its record, its routes, and what became of its requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::rate_limiter::RateLimiter;
use super::record::DeploymentRecord;
use super::specification::Specification;
use crate::lock::lock;

/// A deployment. A change makes another one, which has the same counts.
#[derive(Debug)]
pub(crate) struct Deployed {
    pub(crate) record: DeploymentRecord,
    /// `None` once it is deleted.
    pub(crate) specification: Option<Specification>,
    pub(crate) rate_limiter: Option<RateLimiter>,
    statuses: Arc<Mutex<BTreeMap<u16, u64>>>,
}

impl Deployed {
    pub(crate) fn new(record: DeploymentRecord, before: Option<&Self>) -> Result<Self, String> {
        let specification = match &record.specification {
            Value::Null => None,
            document => Some(Specification::new(document)?),
        };
        let limit = specification.as_ref().and_then(|specification| specification.rate_limiting);
        let statuses = before.map(|before| Arc::clone(&before.statuses)).unwrap_or_default();
        Ok(Self { record, specification, rate_limiter: limit.map(RateLimiter::new), statuses })
    }

    /// Whether it takes requests: not before it is made, and not once its end has begun.
    pub(crate) fn serves(&self, now: i64) -> bool {
        matches!(self.record.state(now), "ACTIVE" | "UPDATING")
    }

    /// A request's path after the prefix, which ends where a segment does; `None` is a path that is not below it.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        // A slash alone is before every path.
        let prefix = self.record.path_prefix.trim_end_matches('/');
        path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(crate) fn count(&self, status: u16) {
        *lock(&self.statuses).entry(status).or_default() += 1;
    }

    /// How many requests were answered with each status.
    pub(crate) fn statuses(&self) -> BTreeMap<u16, u64> {
        lock(&self.statuses).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deployed, DeploymentRecord};

    #[test]
    fn a_prefix_ends_where_a_segment_does() {
        let deployed = |prefix: &str| {
            let record = DeploymentRecord { path_prefix: prefix.to_owned(), ..DeploymentRecord::default() };
            Deployed::new(record, None).unwrap()
        };
        for (prefix, path, rest) in [
            ("/v1", "/v1/a", Some("/a")),
            ("/v1", "/v1", Some("")),
            ("/v1", "/v1/", Some("/")),
            ("/v1", "/v11", None),
            ("/v1", "/V1", None),
            ("/", "/a/b", Some("/a/b")),
            ("/", "/", Some("/")),
        ] {
            assert_eq!(deployed(prefix).below(path), rest, "{prefix} {path}");
        }
    }
}
