use crate::Failure;
use crate::body::Body;
use crate::deadline::Deadline;
use crate::gateway;
use crate::headers::{Intent, call_id, header, intent, opc_request_id};
use crate::trace::Trace;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// One call of a function.
#[derive(Debug)]
pub struct Invocation {
    headers: HeaderMap,
    body: Body,
    deadline: Deadline,
    trace: Trace,
}

/// Whether a caller waits: `Fn-Invoke-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeType {
    /// The caller waits for the response.
    Sync,
    /// The caller has its response already. This one goes only to the log, or to a destination set up for it.
    Detached,
}

impl Invocation {
    pub(crate) fn new(headers: HeaderMap, body: Body, trace: Trace) -> Self {
        let text = header(&headers, "fn-deadline");
        let deadline = text.and_then(Deadline::parse).unwrap_or_else(|| {
            tracing::warn!(target: "fn_kit", fn_deadline = text, "Fn-Deadline is missing or not a time; using 30 s");
            Deadline::default_timeout()
        });
        Invocation { headers, body, deadline, trace }
    }

    /// `Fn-Call-Id`, which the platform sets in every call. Empty if it is missing.
    pub fn call_id(&self) -> &str {
        call_id(&self.headers)
    }

    /// When the agent gives up; 30 s after the start if it does not say.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// What the caller means by the call.
    pub fn intent(&self) -> Intent {
        intent(&self.headers)
    }

    /// Whether the caller waits for the response.
    pub fn invoke_type(&self) -> InvokeType {
        match header(&self.headers, "fn-invoke-type") {
            Some(value) if value.eq_ignore_ascii_case("detached") => InvokeType::Detached,
            _ => InvokeType::Sync,
        }
    }

    /// The position of the call in a trace.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// `opc-request-id`, which OCI's support asks for.
    pub fn opc_request_id(&self) -> Option<&str> {
        opc_request_id(&self.headers)
    }

    /// All headers as received, those of a gateway's request with their prefix `fn-http-h-`.
    ///
    /// All except `fn-call-id` and `fn-deadline` may come from the caller, even `fn-intent` and those of the gateway.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// `Content-Type`. Behind a gateway it is the caller's as well.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The body, to read while the rest is still needed.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The request that the gateway received.
    ///
    /// It has the caller's method, headers in their order, and `Content-Type`, and none of the call's own headers. Behind Oracle's API Gateway its
    /// URI is path and query, including the deployment's prefix. Behind a trigger of the open-source server it is a whole URL. A
    /// `Content-Length` is the caller's: the body may be shorter or longer if the gateway changed it.
    ///
    /// # Errors
    ///
    /// A failure to respond with, if the call does not come from a gateway, or its method or URL is not valid.
    pub fn into_http_request(self) -> Result<http::Request<Body>, Failure> {
        gateway::request(self.headers, self.body)
    }
}

#[cfg(test)]
#[path = "invocation_tests.rs"]
mod tests;
