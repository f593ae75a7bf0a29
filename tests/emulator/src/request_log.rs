//! The log of all requests, in order. Tests read it when a response does not tell them enough.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use http::HeaderMap;
use serde::Serialize;

use crate::lock::lock;

/// A request and its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// The operation's name in the API's documentation, or `Unknown`.
    pub operation: String,
    /// The method.
    pub method: String,
    /// Path and query as on the wire.
    pub target: String,
    /// Status of the response; `None` before the response, and if the connection was reset instead.
    pub status: Option<u16>,
    /// Name of the fault that hit the request.
    pub fault: Option<String>,
    /// Why the signature was rejected, which the client does not learn.
    pub refusal: Option<String>,
    /// The request's headers by lowercase name, without `authorization`.
    pub headers: BTreeMap<String, String>,
}

/// Maximum number of requests remembered. Older ones are dropped, so that the memory of a running emulator is bounded.
const REMEMBERED: usize = 20_000;

/// Maximum memory of all requests in bytes. A single head can be a megabyte.
const BYTES_CEILING: usize = 64 << 20;

/// The log of all requests.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Number of the first request that is still remembered.
    first: u64,
    requests: VecDeque<LoggedRequest>,
    /// Size of all requests in bytes.
    bytes: usize,
}

impl RequestLog {
    /// Adds a request and returns its number, which identifies it in later calls such as [`RequestLog::answered`].
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
    /// Drops the oldest requests above the limits. Keeps the newest one whatever its size, because its number is in use.
    fn forget_above_ceilings(&mut self) {
        while self.requests.len() > 1 && (self.requests.len() > REMEMBERED || self.bytes > BYTES_CEILING) {
            let forgotten = self.requests.pop_front();
            self.bytes -= forgotten.map_or(0, |request| request.size());
            self.first += 1;
        }
    }
}

impl LoggedRequest {
    /// Returns the approximate size in memory: the texts, and the structures that hold them.
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
