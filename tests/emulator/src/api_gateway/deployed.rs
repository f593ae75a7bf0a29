//! A deployment: its record, its routes, and the counts of its responses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::rate_limiter::RateLimiter;
use super::record::DeploymentRecord;
use super::specification::Specification;
use crate::lock::lock;

/// A deployment. A change replaces it with a new value that shares the counts.
#[derive(Debug)]
pub(crate) struct Deployed {
    pub(crate) record: DeploymentRecord,
    /// `None` once the deployment is deleted.
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

    /// Returns whether the deployment serves requests: from the end of its creation to the start of its deletion.
    pub(crate) fn serves(&self, now: i64) -> bool {
        matches!(self.record.state(now), "ACTIVE" | "UPDATING")
    }

    /// Returns the path of a request after the prefix; `None` if the path is not below the prefix. A prefix ends at the end of a segment.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        // A prefix of only a slash precedes every path.
        let prefix = self.record.path_prefix.trim_end_matches('/');
        path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(crate) fn count(&self, status: u16) {
        *lock(&self.statuses).entry(status).or_default() += 1;
    }

    /// Returns the number of responses by status.
    pub(crate) fn statuses(&self) -> BTreeMap<u16, u64> {
        lock(&self.statuses).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deployed, DeploymentRecord};

    #[test]
    fn a_prefix_ends_where_a_segment_ends() {
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
