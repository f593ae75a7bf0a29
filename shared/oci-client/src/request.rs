use crate::body::Body;
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::ConfigError;
use crate::signature::{self, Signed};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::fmt::Display;
use std::time::{Duration, SystemTime};

/// A request to a service, built apart from sending it; a [`Client`](crate::Client) signs it anew for each attempt.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) endpoint: Endpoint,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) signed: Signed,
    pub(crate) repeatable: bool,
    pub(crate) once: bool,
    pub(crate) within: Option<Duration>,
}

const USER_AGENT: &str = concat!("bronzeworks-", env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// All but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a text for a segment of a path, or for a query: everything but letters, digits and `-._~`, slashes too.
pub fn encode(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

impl Request {
    /// An operation by its name in the service's API; `path` begins with a slash and is encoded already (see [`encode`]).
    pub fn new(operation: &'static str, method: Method, endpoint: &Endpoint, path: String) -> Self {
        // Oracle's rule: what may have a body has it signed, unless it is one of three operations.
        let body = method == Method::POST || method == Method::PUT || method == Method::PATCH;
        let signed = if body { Signed::HostAndBody } else { Signed::Host };
        Request {
            operation,
            method,
            endpoint: endpoint.clone(),
            target: path,
            headers: HeaderMap::new(),
            body: Body::empty(),
            signed,
            repeatable: true,
            once: false,
            within: None,
        }
    }

    /// Adds a parameter to the query, encoded here.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&format!("{}={}", encode(name), encode(value.as_ref())));
        self
    }

    /// Adds a header; a value that cannot be one is left out, which the caller is to rule out.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref());
        debug_assert!(value.is_ok(), "header {name} has a value that headers cannot have");
        if let Ok(value) = value {
            self.headers.append(name, value);
        }
        self
    }

    /// The body, as JSON.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value).expect("the types of this program's requests are JSON");
        self.body = Body::from(Bytes::from(text));
        self.header(header::CONTENT_TYPE, "application/json")
    }

    /// The body of PutObject, UploadPart or PutMessages, which is not signed.
    pub fn unsigned_body(mut self, body: Body) -> Self {
        self.body = body;
        self.signed = Signed::Host;
        self
    }

    /// Not to be sent again when it may have taken effect already.
    pub fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// Sent once, whatever the client's [`RetryPolicy`](crate::RetryPolicy): whether and when to send it again is the caller's to say. What
    /// still happens is another signature after 401, and another connection when a pooled one is found dead before anything was sent.
    pub fn once(mut self) -> Self {
        self.once = true;
        self.not_repeatable()
    }

    /// No answer is waited for after this long, from when it is given to a client, all attempts together.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// Path and query as they are sent.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The request as it is sent at this time, signed with these credentials.
    ///
    /// Targets are encoded by whoever builds them; one that was not, and is no URL, is the only thing that can be wrong.
    pub fn sign(
        &self,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<http::Request<Body>, ConfigError> {
        let uri = self.endpoint.uri(&self.target);
        let signed = http::Request::builder().method(self.method.clone()).uri(uri).body(self.body.again());
        let mut signed =
            signed.map_err(|error| ConfigError::new(format!("the request cannot be sent: {error}")))?;
        *signed.headers_mut() = self.headers.clone();
        signed.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        signature::sign(&mut signed, credentials, self.signed, now);
        Ok(signed)
    }
}
