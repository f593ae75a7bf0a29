use crate::Failure;
use crate::body::Body;
use crate::deadline::Deadline;
use crate::gateway;
use crate::trace::Trace;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// One call of the function.
#[derive(Debug)]
pub struct Invocation {
    headers: HeaderMap,
    body: Body,
    deadline: Deadline,
    trace: Trace,
}

/// What a caller means by a call: `Fn-Intent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Intent {
    /// An HTTP request at a gateway or trigger; [`Invocation::into_http_request`] has it.
    HttpRequest,
    /// A cloud event.
    CloudEvent,
    /// Anything else, mostly nothing: a plain invoke, Connector Hub, Events.
    Other,
}

/// How a caller waits: `Fn-Invoke-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeType {
    /// For the answer.
    Sync,
    /// Not at all: the caller has its answer already, and this one goes nowhere but to the log, or a destination set up for it.
    Detached,
}

impl Invocation {
    pub(crate) fn new(headers: HeaderMap, body: Body, trace: Trace) -> Self {
        let text = header(&headers, "fn-deadline");
        let deadline = text.and_then(Deadline::parse).unwrap_or_else(|| {
            tracing::warn!(target: "fdk", fn_deadline = text, "Fn-Deadline is missing or no time: 30 s are taken for it");
            Deadline::untold()
        });
        Invocation { headers, body, deadline, trace }
    }

    /// `Fn-Call-Id`; the platform sets it in every call. Empty where it is missing.
    pub fn call_id(&self) -> &str {
        call_id(&self.headers)
    }

    /// When the agent gives up; 30 s from now where it does not tell.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// What the caller means by the call.
    pub fn intent(&self) -> Intent {
        intent(&self.headers)
    }

    /// Whether somebody waits for the answer.
    pub fn invoke_type(&self) -> InvokeType {
        match header(&self.headers, "fn-invoke-type") {
            Some(value) if value.eq_ignore_ascii_case("detached") => InvokeType::Detached,
            _ => InvokeType::Sync,
        }
    }

    /// Where the call stands in a trace.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// `opc-request-id`, by which OCI's support finds a call.
    pub fn opc_request_id(&self) -> Option<&str> {
        opc_request_id(&self.headers)
    }

    /// All headers as they came, those of a gateway's request with their prefix `fn-http-h-`.
    ///
    /// All but `fn-call-id` and `fn-deadline` may be the caller's own, `fn-intent` and the gateway's, too.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// `Content-Type`, the caller's also behind a gateway.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The body, to be read while the rest is still needed.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The request that came to the gateway.
    ///
    /// It has the caller's method, headers in their order, and `Content-Type`; of the call's own headers it has none. Its URI is a path
    /// with a query behind Oracle's API Gateway, including the deployment's prefix, and a whole URL behind a trigger of the
    /// open-source server. A `Content-Length` is the caller's: the body that came may be shorter or longer, if the gateway changed it.
    ///
    /// # Errors
    ///
    /// A failure, which can be answered with, where the call does not come from a gateway, or its method or URL is none.
    pub fn into_http_request(self) -> Result<http::Request<Body>, Failure> {
        gateway::request(self.headers, self.body)
    }
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

/// A header as text, without the space around it; `None` also where it is no visible ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
#[path = "invocation_tests.rs"]
mod tests;
