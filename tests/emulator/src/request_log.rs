//! Every request that came, in order: what tests ask when an answer alone does not tell.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use http::HeaderMap;
use serde::Serialize;

use crate::lock::lock;

/// One request as it came and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// The operation's name in the API's documentation, or `Unknown`.
    pub operation: String,
    /// The method.
    pub method: String,
    /// Path and query as on the wire.
    pub target: String,
    /// The answer's status; `None` while there is no answer and when the connection was reset instead.
    pub status: Option<u16>,
    /// The name of the fault that struck.
    pub fault: Option<String>,
    /// Why the signature was refused, which the client is not told.
    pub refusal: Option<String>,
    /// The request's headers by lower-case name, without `authorization`.
    pub headers: BTreeMap<String, String>,
}

/// Requests that are remembered; older ones are forgotten, so that an emulator left running does not grow.
const REMEMBERED: usize = 20_000;

/// The log.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// The number of the first entry still there.
    first: u64,
    requests: VecDeque<LoggedRequest>,
}

impl RequestLog {
    /// Writes down a request; the number is for [`RequestLog::answered`].
    pub(crate) fn began(&self, operation: &str, method: &str, target: &str, headers: &HeaderMap) -> u64 {
        let headers = headers
            .iter()
            .filter(|(name, _)| *name != http::header::AUTHORIZATION)
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let request = LoggedRequest {
            operation: operation.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            status: None,
            fault: None,
            refusal: None,
            headers,
        };
        let mut entries = self.entries();
        if entries.requests.len() == REMEMBERED {
            entries.requests.pop_front();
            entries.first += 1;
        }
        entries.requests.push_back(request);
        entries.first + entries.requests.len() as u64 - 1
    }

    pub(crate) fn struck(&self, number: u64, fault: &str) {
        self.change(number, |request| request.fault = Some(fault.to_owned()));
    }

    pub(crate) fn refused(&self, number: u64, reason: &str) {
        self.change(number, |request| request.refusal = Some(reason.to_owned()));
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        self.change(number, |request| request.status = Some(status));
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.entries().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        let mut entries = self.entries();
        entries.first += entries.requests.len() as u64;
        entries.requests.clear();
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut LoggedRequest)) {
        let mut entries = self.entries();
        let place = number.checked_sub(entries.first).and_then(|place| usize::try_from(place).ok());
        if let Some(request) = place.and_then(|place| entries.requests.get_mut(place)) {
            change(request);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}
