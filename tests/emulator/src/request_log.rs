//! Every request, in order. Tests look here when a response does not say enough.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use http::HeaderMap;
use serde::Serialize;

use crate::lock::lock;

/// A request and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// The operation's name in the API's documentation, or `Unknown`.
    pub operation: String,
    /// The method.
    pub method: String,
    /// Path and query as on the wire.
    pub target: String,
    /// The status of the response; `None` while there is none, and if the connection was reset instead.
    pub status: Option<u16>,
    /// The name of the fault that hit the request.
    pub fault: Option<String>,
    /// Why the signature was rejected, which the client does not learn.
    pub refusal: Option<String>,
    /// The request's headers by lower-case name, without `authorization`.
    pub headers: BTreeMap<String, String>,
}

/// The maximum number of requests; older ones are dropped, so that a running emulator does not grow.
const REMEMBERED: usize = 20_000;

/// The maximum memory of all requests: one head can be a megabyte.
const BYTES_CEILING: usize = 64 << 20;

/// The log.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// The number of the first entry.
    first: u64,
    requests: VecDeque<LoggedRequest>,
    /// The size of all entries.
    bytes: usize,
}

impl RequestLog {
    /// Adds a request and returns its number, for example for [`RequestLog::answered`].
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
        entries.bytes += request.size();
        entries.requests.push_back(request);
        entries.forget_above_ceilings();
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
        entries.bytes = 0;
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut LoggedRequest)) {
        let mut entries = self.entries();
        let place = number.checked_sub(entries.first).and_then(|place| usize::try_from(place).ok());
        if let Some(request) = place.and_then(|place| entries.requests.get_mut(place)) {
            let before = request.size();
            change(request);
            let after = request.size();
            entries.bytes = entries.bytes - before + after;
            entries.forget_above_ceilings();
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}

impl Entries {
    /// Keeps the newest entry whatever its size, because its number is in use.
    fn forget_above_ceilings(&mut self) {
        while self.requests.len() > 1 && (self.requests.len() > REMEMBERED || self.bytes > BYTES_CEILING) {
            let forgotten = self.requests.pop_front();
            self.bytes -= forgotten.map_or(0, |request| request.size());
            self.first += 1;
        }
    }
}

impl LoggedRequest {
    /// The approximate size in memory: the texts and what holds them.
    fn size(&self) -> usize {
        let headers =
            self.headers.iter().map(|(name, value)| name.len() + value.len() + 2 * size_of::<String>());
        let texts = [Some(&self.operation), Some(&self.method), Some(&self.target)];
        let told = [self.fault.as_ref(), self.refusal.as_ref()];
        let texts = texts.into_iter().chain(told).flatten().map(String::len);
        size_of::<Self>() + texts.sum::<usize>() + headers.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{BYTES_CEILING, RequestLog};

    #[test]
    fn large_heads_and_refusals_are_dropped_before_they_fill_the_memory() {
        let (log, megabyte) = (RequestLog::default(), "x".repeat(1 << 20));
        let mut headers = HeaderMap::new();
        headers.insert("x-large", HeaderValue::from_str(&megabyte).unwrap());
        for request in 0..100 {
            let number = log.began("GetObject", "GET", &format!("/{request}"), &headers);
            log.answered(number, 200);
        }
        let kept = log.all();
        assert!((BYTES_CEILING / (1 << 20) - 1) >= kept.len() && kept.len() > 50, "{}", kept.len());
        assert_eq!(kept.last().map(|request| (&*request.target, request.status)), Some(("/99", Some(200))));
        let number = log.began("GetObject", "GET", "/refused", &HeaderMap::new());
        log.refused(number, &megabyte.repeat(70));
        assert_eq!(log.all().len(), 1);
        log.clear();
        assert_eq!(log.began("GetObject", "GET", "/", &HeaderMap::new()), 101);
        assert_eq!(log.all().len(), 1);
    }
}
