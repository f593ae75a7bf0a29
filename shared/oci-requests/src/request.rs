use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::signature::{self, Signed};
use bytes::Bytes;
use cloud_transport::{Body, ConfigError};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::fmt::Display;
use std::time::{Duration, SystemTime};

/// A request to a service, not yet sent. A [`Client`](crate::Client) signs it again for each attempt.
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

const USER_AGENT: &str = concat!("oci-requests/", env!("CARGO_PKG_VERSION"));

/// All characters except those that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes a text for a path segment or a query: everything except letters, digits and `-._~`, so slashes as well.
pub fn encode(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

impl Request {
    /// Creates a request for an operation, named as in the service's API. `path` begins with a slash and is already encoded (see
    /// [`encode`]).
    pub fn new(operation: &'static str, method: Method, endpoint: &Endpoint, path: String) -> Self {
        // Oracle's rule: a body is signed, except in three operations (see `unsigned_body`).
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

    /// Encodes a parameter and adds it to the query.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&format!("{}={}", encode(name), encode(value.as_ref())));
        self
    }

    /// Adds a header. A value that is invalid in a header is left out; callers must check untrusted values.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref());
        debug_assert!(value.is_ok(), "header {name} has an invalid value");
        if let Ok(value) = value {
            self.headers.append(name, value);
        }
        self
    }

    /// Sets the body to a JSON document.
    pub fn json(mut self, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value)
            .expect("the types of requests have string keys and serialize without errors");
        self.body = Body::from(Bytes::from(text));
        self.header(header::CONTENT_TYPE, "application/json")
    }

    /// Sets the unsigned body of PutObject, UploadPart or PutMessages.
    pub fn unsigned_body(mut self, body: Body) -> Self {
        self.body = body;
        self.signed = Signed::Host;
        self
    }

    /// Forbids sending the request again once it may have taken effect.
    pub fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// Sends the request once, whatever the client's [`RetryPolicy`](crate::RetryPolicy) says, because the caller decides about retries.
    /// The request is still signed again after a 401, and gets another connection if a dead one from the pool took none of it.
    pub fn once(mut self) -> Self {
        self.once = true;
        self.not_repeatable()
    }

    /// Limits the time for all attempts together, starting when the request is passed to a client.
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    /// Returns the path and query, as they are sent.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the request as it is sent at this time, signed with these credentials.
    ///
    /// # Errors
    ///
    /// Fails if the path is not encoded and is therefore not valid in a URL.
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
