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

/// Whether the caller waits for the response, from `Fn-Invoke-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeType {
    /// The caller waits for the response.
    Sync,
    /// The caller already has its response. This one goes only to the log, or to a destination configured for it.
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

    /// Returns `Fn-Call-Id`, which the platform sets in every call, or an empty text if it is missing.
    pub fn call_id(&self) -> &str {
        call_id(&self.headers)
    }

    /// Returns when the agent gives up: 30 s after the start if the agent does not say.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Returns the purpose of the call.
    pub fn intent(&self) -> Intent {
        intent(&self.headers)
    }

    /// Returns whether the caller waits for the response.
    pub fn invoke_type(&self) -> InvokeType {
        match header(&self.headers, "fn-invoke-type") {
            Some(value) if value.eq_ignore_ascii_case("detached") => InvokeType::Detached,
            _ => InvokeType::Sync,
        }
    }

    /// Returns the position of the call in a trace.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Returns `opc-request-id`, which OCI's support asks for.
    pub fn opc_request_id(&self) -> Option<&str> {
        opc_request_id(&self.headers)
    }

    /// Returns all headers as received. Those of a gateway's request have the prefix `fn-http-h-`.
    ///
    /// All except `fn-call-id` and `fn-deadline` may come from the caller, even `fn-intent` and the gateway's.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns `Content-Type`. Behind a gateway it is also the caller's.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// Returns the body, to read it while the rest of the call is still needed.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// Returns the body and drops the rest of the call.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Returns the request that the gateway received.
    ///
    /// It has the caller's method, `Content-Type` and other headers in their order, but none of the call's own headers. Behind Oracle's API
    /// Gateway its URI consists of path and query, including the deployment's prefix. Behind a trigger of the open-source server it is a
    /// whole URL. A `Content-Length` is the caller's: the body may be shorter or longer if the gateway changed it.
    ///
    /// # Errors
    ///
    /// Returns a failure to respond with if the call does not come from a gateway, or if its method or URL is not valid.
    pub fn into_http_request(self) -> Result<http::Request<Body>, Failure> {
        gateway::request(self.headers, self.body)
    }
}

#[cfg(test)]
#[path = "invocation_tests.rs"]
mod tests;
