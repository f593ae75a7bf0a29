use crate::failure::Failure;
use crate::gateway;
use crate::headers::Intent;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Serialize;

/// The response to a successful call.
///
/// The agent receives it as 200. The response for a gateway's caller is in its headers, see [`Response::http`].
#[derive(Debug, Clone)]
pub struct Response {
    headers: HeaderMap,
    body: Bytes,
    /// The status for a gateway's caller, or `None` if the function set none.
    gateway: Option<StatusCode>,
}

impl Response {
    /// Creates a JSON response with the type `application/json`.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be represented in JSON: a map whose keys are not strings, or a `Serialize` that fails.
    pub fn json(value: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(value).map_err(Failure::new)?;
        Ok(Response::with_type(HeaderValue::from_static("application/json"), body.into()))
    }

    /// Creates a text response with the type `text/plain; charset=utf-8`.
    pub fn text(text: impl Into<String>) -> Self {
        Response::with_type(HeaderValue::from_static("text/plain; charset=utf-8"), text.into().into())
    }

    /// Creates a response of any type. A type that is invalid in a header (control characters) becomes `application/octet-stream`.
    pub fn bytes(content_type: &str, body: impl Into<Bytes>) -> Self {
        let octets = HeaderValue::from_static("application/octet-stream");
        Response::with_type(HeaderValue::from_str(content_type).unwrap_or(octets), body.into())
    }

    /// Creates a response without body and type.
    pub fn empty() -> Self {
        Response { headers: HeaderMap::new(), body: Bytes::new(), gateway: None }
    }

    /// Creates the response for a gateway's caller: the status as `Fn-Http-Status`, headers as `Fn-Http-H-*` (including repeated ones), and
    /// `Content-Type` unchanged.
    ///
    /// The call itself succeeds whatever the status: a 404 or 500 of the application keeps the container.
    pub fn http(response: http::Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        Response { headers: head.headers, body, gateway: Some(head.status) }
    }

    /// Adds a header after others with the same name. A `Content-Type` replaces the previous one.
    ///
    /// These are not sent: `Fn-Call-Id`, which the agent sets, `Content-Length`, which is determined by the body, and headers of the
    /// connection (`Connection`, `Transfer-Encoding` and the like). In the response to a gateway, a header gets the prefix `Fn-Http-H-`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if name == CONTENT_TYPE {
            self.headers.insert(name, value);
        } else {
            self.headers.append(name, value);
        }
        self
    }

    /// Returns a description of what would make the agent kill the container, if there is anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let headers = self.headers.len();
        let bytes: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        (headers > MAX_HEADERS || bytes > MAX_HEAD).then(|| {
            format!("the response has {headers} headers of {bytes} bytes, more than the agent accepts")
        })
    }

    fn with_type(content_type: HeaderValue, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        Response { headers, body, gateway: None }
    }
}

/// Maximum bytes of a response's headers. Go's clients, and therefore the agent, accept heads of 10 MiB. With the gateway's prefix and
/// separators a response stays far below that.
const MAX_HEAD: usize = 1 << 20;

/// Maximum number of a response's headers. `http` has no room for more than 24,576.
const MAX_HEADERS: usize = 8192;

/// Converts the result of a call to the response on the wire. Status lines are made only here: 200, 502 and 504.
pub(crate) fn render(answer: Result<Response, Failure>, intent: Intent) -> http::Response<Full<Bytes>> {
    let to_gateway = intent == Intent::HttpRequest;
    let (status, mut headers, body) = match answer {
        // A gateway drops headers without the prefix. fdk-python does the same here.
        Ok(Response { headers, body, gateway }) => match gateway.or(to_gateway.then_some(StatusCode::OK)) {
            Some(status) => (StatusCode::OK, gateway::wrap(status, headers), body),
            None => (StatusCode::OK, headers, body),
        },
        Err(failure) => {
            let status = failure.status();
            let headers =
                HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            (status, if to_gateway { gateway::wrap(status, headers) } else { headers }, failure.into_body())
        }
    };
    let never: Vec<HeaderName> =
        headers.keys().filter(|name| gateway::is_never_sent(name)).cloned().collect();
    for name in never {
        headers.remove(name);
    }
    headers.insert("fn-fdk-version", HeaderValue::from_static(VERSION));
    headers.insert("fn-fdk-runtime", HeaderValue::from_static("rust"));
    let mut response = http::Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The `Fn-Fdk-Version` of this crate. It is optional for FDKs that are not Fn's own, and shows in a log what a function was built with.
const VERSION: &str = concat!("fn-kit/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
