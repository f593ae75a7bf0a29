//! Headers of a call that several parts read.

use http::HeaderMap;

/// What a caller means by a call: `Fn-Intent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Intent {
    /// An HTTP request to a gateway or trigger. [`crate::Invocation::into_http_request`] returns it.
    HttpRequest,
    /// A CloudEvent.
    CloudEvent,
    /// Anything else, and mostly no header at all: a plain invocation, Connector Hub, Events.
    Other,
}

pub(crate) fn call_id(headers: &HeaderMap) -> &str {
    header(headers, "fn-call-id").unwrap_or_default()
}

pub(crate) fn opc_request_id(headers: &HeaderMap) -> Option<&str> {
    header(headers, "opc-request-id")
}

pub(crate) fn intent(headers: &HeaderMap) -> Intent {
    match header(headers, "fn-intent") {
        Some(value) if value.eq_ignore_ascii_case("httprequest") => Intent::HttpRequest,
        Some(value) if value.eq_ignore_ascii_case("cloudevent") => Intent::CloudEvent,
        _ => Intent::Other,
    }
}

/// A header as text, without the space around it. `None` if it is missing or not visible ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
