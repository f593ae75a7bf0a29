//! Headers of a call that several modules read.

use http::HeaderMap;

/// The purpose of a call, from `Fn-Intent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Intent {
    /// An HTTP request to a gateway or trigger, which [`crate::Invocation::into_http_request`] returns.
    HttpRequest,
    /// A CloudEvent.
    CloudEvent,
    /// Anything else, usually without the header: a plain invocation, Connector Hub, Events.
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

/// Returns a header as text, trimmed. Returns `None` if it is missing or contains anything but visible ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
