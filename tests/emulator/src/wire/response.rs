//! A response, and the error body that all services share.

use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::body::ResponseBody;
use crate::clock;

/// A response: status, headers and body. `front` adds the date and the request IDs.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
}

/// The body of all errors: `{"code":"…","message":"…"}`.
#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
}

impl Response {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: ResponseBody::empty() }
    }

    pub(crate) fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    /// Creates a response with status 200 and a JSON document.
    pub(crate) fn json(document: &impl Serialize) -> Self {
        Self::ok().with_json(document)
    }

    pub(crate) fn with_json(mut self, document: &impl Serialize) -> Self {
        let text =
            serde_json::to_vec(document).expect("answers are structs of text and numbers with text as keys");
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = ResponseBody::whole(text);
        self
    }

    pub(crate) fn text(status: StatusCode, kind: &'static str, text: impl Into<String>) -> Self {
        let mut response = Self::new(status).header("content-type", kind);
        response.body = ResponseBody::whole(text.into());
        response
    }

    /// Creates a response with the error body that all services share.
    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::new(status).with_json(&ErrorBody { code, message })
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER.as_str(), &seconds.to_string())
    }

    /// Adds a header. A value that no header can carry is dropped; values that arrived in a header can always be sent.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Adds a header whose value may be any text: encoded as Latin-1 if possible, otherwise as UTF-8.
    pub(crate) fn text_header(mut self, name: &str, value: &str) -> Self {
        let latin1: Option<Vec<u8>> = value.chars().map(|character| u8::try_from(character).ok()).collect();
        let value = HeaderValue::from_bytes(latin1.as_deref().unwrap_or(value.as_bytes()));
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn header_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Removes the body, for HEAD; `content-length` remains that of GET.
    pub(crate) fn without_body(mut self) -> Self {
        self.headers.insert(CONTENT_LENGTH, HeaderValue::from(self.body.length()));
        self.body = ResponseBody::empty();
        self
    }

    /// Removes the body of an error, because errors in response to HEAD have no body either.
    pub(crate) fn for_head(mut self) -> Self {
        if !self.status.is_success() {
            self.headers.remove(CONTENT_TYPE);
            self.body = ResponseBody::empty();
        }
        self
    }

    /// Converts the response to hyper's type, dated by the service's clock.
    pub(crate) fn into_response(self, now: SystemTime) -> http::Response<ResponseBody> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        let date = clock::imf(clock::milliseconds_of(now));
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(http::header::DATE, date);
        }
        response
    }
}
