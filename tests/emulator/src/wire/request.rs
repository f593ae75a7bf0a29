//! A request that passed authentication, as services see it.

use std::io;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use crate::faults::effects::EntryFault;
use crate::wire::query::Query;
use crate::wire::service_error::ServiceError;

/// The headers, query and body of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    /// The whole body, if the request must sign it.
    pub(crate) content: Bytes,
    /// The SHA-256 that was signed for the body of an upload, if any.
    pub(crate) content_sha256: Option<String>,
    /// The key ID of the signature; empty if the request needs no signature.
    pub(crate) key_id: String,
    /// A fault that the operation itself must apply.
    pub(crate) fault: Option<EntryFault>,
    pub(crate) upload: Upload,
}

/// A body that is read piece by piece.
#[derive(Debug)]
pub(crate) struct Upload {
    body: Incoming,
    started: bool,
    expects: bool,
}

/// Maximum size of a JSON body, which no request comes near: the largest commits 10,000 parts.
const CONTENT_CEILING: usize = 8 << 20;

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// Returns the announced length; `None` for a chunked body.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length").and_then(|value| value.parse().ok())
    }

    /// Checks `if-match` against the current entity tag.
    pub(crate) fn check_match(&self, etag: &str) -> Result<(), ServiceError> {
        match self.header("if-match") {
            Some(expected) if expected != "*" && expected != etag => {
                let message =
                    format!("The If-Match header is '{expected}' but the current ETag is different.");
                Err(ServiceError::precondition("NoEtagMatch", message))
            }
            _ => Ok(()),
        }
    }

    /// Parses the body as the operation's JSON document.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        serde_json::from_slice(&self.content)
            .map_err(|error| ServiceError::bad_request("CannotParseRequest", format!("{error}")))
    }
}

impl Upload {
    pub(crate) fn new(body: Incoming, headers: &HeaderMap) -> Self {
        Self { body, started: false, expects: headers.contains_key(http::header::EXPECT) }
    }

    /// Returns the next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.started = true;
        loop {
            match self.body.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => return Some(Ok(data)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(io::Error::other(error))),
            }
        }
    }

    /// Returns the whole body of a request with a JSON document.
    pub(crate) async fn whole(&mut self) -> Result<Bytes, ServiceError> {
        // Allocates the announced size in one step, up to the limit.
        let length = self.body.size_hint().lower().try_into().unwrap_or(CONTENT_CEILING);
        let mut whole = BytesMut::with_capacity(length.min(CONTENT_CEILING));
        while let Some(bytes) = self.next().await {
            whole.extend_from_slice(&bytes.map_err(|error| ServiceError::internal(&error))?);
            if whole.len() > CONTENT_CEILING {
                let message = "The request body is too large.";
                return Err(ServiceError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    message,
                ));
            }
        }
        Ok(whole.freeze())
    }

    /// Returns whether the client still waits for `100 Continue` and has not sent anything.
    pub(crate) fn is_held_back(&self) -> bool {
        self.expects && !self.started
    }

    /// Reads the rest of the body of a rejected request, so that the client has finished sending when the response arrives. A client that
    /// waits for `100 Continue` does not send anything.
    pub(crate) async fn drain(mut self) {
        if !self.is_held_back() {
            while let Some(Ok(_)) = self.next().await {}
        }
    }
}
