use crate::failure::Failure;
use crate::gateway;
use crate::invocation::Intent;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Serialize;

/// The answer to a call that succeeded.
///
/// The agent sees a 200. What a gateway's caller is to see goes into headers, see [`Response::http`].
#[derive(Debug, Clone)]
pub struct Response {
    headers: HeaderMap,
    body: Bytes,
    /// What a gateway is to answer; `None` where the function did not say.
    gateway: Option<StatusCode>,
}

impl Response {
    /// JSON, as `application/json`.
    ///
    /// # Errors
    ///
    /// Where the value cannot be JSON: a map with keys that are no text, or a `Serialize` that fails.
    pub fn json(value: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(value).map_err(Failure::new)?;
        Ok(Response::with_type(HeaderValue::from_static("application/json"), body.into()))
    }

    /// Text, as `text/plain; charset=utf-8`.
    pub fn text(text: impl Into<String>) -> Self {
        Response::with_type(HeaderValue::from_static("text/plain; charset=utf-8"), text.into().into())
    }

    /// Bytes of a type; a type that no header can hold (control characters) becomes `application/octet-stream`.
    pub fn bytes(content_type: &str, body: impl Into<Bytes>) -> Self {
        let octets = HeaderValue::from_static("application/octet-stream");
        Response::with_type(HeaderValue::from_str(content_type).unwrap_or(octets), body.into())
    }

    /// Nothing, without a type.
    pub fn empty() -> Self {
        Response { headers: HeaderMap::new(), body: Bytes::new(), gateway: None }
    }

    /// What a gateway is to answer: the status as `Fn-Http-Status`, headers as `Fn-Http-H-*`, repeated ones each, `Content-Type` as it is.
    ///
    /// The call itself has succeeded, whatever the status: a 404 or a 500 of the application keeps the container.
    pub fn http(answer: http::Response<Bytes>) -> Self {
        let (head, body) = answer.into_parts();
        Response { headers: head.headers, body, gateway: Some(head.status) }
    }

    /// Adds a header, behind others of the same name; a `Content-Type` takes the place of the one before.
    ///
    /// Left out when sent: `Fn-Call-Id`, which the agent sets, `Content-Length`, which follows from the body, and what belongs to a
    /// connection (`Connection`, `Transfer-Encoding` and the like). In the answer to a gateway it gets the prefix `Fn-Http-H-`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if name == CONTENT_TYPE {
            self.headers.insert(name, value);
        } else {
            self.headers.append(name, value);
        }
        self
    }

    /// What is wrong with an answer that would cost the container its life.
    pub(crate) fn problem(&self) -> Option<String> {
        let headers = self.headers.len();
        let bytes: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        (headers > MOST_HEADERS || bytes > LONGEST_HEAD).then(|| {
            format!("the answer has {headers} headers of {bytes} bytes, which is more than an agent takes")
        })
    }

    fn with_type(content_type: HeaderValue, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        Response { headers, body, gateway: None }
    }
}

/// Go's clients, of which the agent is one, take heads of 10 MiB; with the gateway's prefix and separators this stays far below.
const LONGEST_HEAD: usize = 1 << 20;

/// `http` has no room for more than 24,576.
const MOST_HEADERS: usize = 8192;

/// The answer on the wire. Here, and nowhere else, status lines are made: 200, 502 and 504.
pub(crate) fn render(answer: Result<Response, Failure>, intent: Intent) -> http::Response<Full<Bytes>> {
    let to_gateway = intent == Intent::HttpRequest;
    let (status, mut headers, body) = match answer {
        // As fdk-python does it: a gateway drops what has no prefix, whoever forgot it.
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

/// Optional for FDKs that are not the project's own; it shows in a log what a function was built with.
const VERSION: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
