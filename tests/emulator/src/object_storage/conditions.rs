//! The headers `if-match` and `if-none-match` of writes.

use super::object::ObjectVersion;
use crate::wire::request::Request;
use crate::wire::service_error::ServiceError;

/// The conditions that the current object must meet for a write to happen. They are checked twice: before the body is read, to reject
/// early, and under the lock of the write, to be certain.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Conditions {
    pub(crate) if_match: Option<String>,
    pub(crate) if_absent: bool,
}

impl Conditions {
    /// Reads the headers of a write, in which `if-none-match` can only be `*`.
    pub(crate) fn of(request: &Request) -> Result<Self, ServiceError> {
        Self::new(request.header("if-match"), request.header("if-none-match"))
    }

    pub(crate) fn new(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, ServiceError> {
        if if_none_match.is_some_and(|value| value != "*") {
            let message = "The If-None-Match header must be '*'.";
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        Ok(Self { if_match: if_match.map(str::to_owned), if_absent: if_none_match.is_some() })
    }

    pub(crate) fn check(&self, current: Option<&ObjectVersion>) -> Result<(), ServiceError> {
        if self.if_absent && current.is_some() {
            let message = "The If-None-Match header is '*' and the object exists.";
            return Err(ServiceError::precondition("IfNoneMatchFailed", message));
        }
        self.check_match(current.map(|version| version.etag.as_str()))
    }

    /// Checks only `if-match`, against the current entity tag.
    pub(crate) fn check_match(&self, etag: Option<&str>) -> Result<(), ServiceError> {
        match &self.if_match {
            Some(expected) if etag.is_none_or(|etag| expected != "*" && !listed(expected, etag)) => {
                let message =
                    format!("The If-Match header is '{expected}' but the current ETag is different.");
                Err(ServiceError::precondition("IfMatchFailed", message))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether the list in a header contains an entity tag.
pub(crate) fn listed(header: &str, etag: &str) -> bool {
    header.split(',').any(|listed| listed.trim() == etag)
}
