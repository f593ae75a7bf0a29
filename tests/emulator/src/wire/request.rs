//! A request whose headers were accepted, as services see it.

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

/// Headers, query and body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    /// The whole body, of a request that has to sign it.
    pub(crate) content: Bytes,
    /// The SHA-256 that an upload's body was signed with, if it was.
    pub(crate) content_sha256: Option<String>,
    /// The key id that it was signed with; empty where nothing is signed.
    pub(crate) key_id: String,
    /// What is to go wrong in the middle of an operation, where that is for the operation to do.
    pub(crate) fault: Option<EntryFault>,
    pub(crate) upload: Upload,
}

/// A body that is taken as it comes.
#[derive(Debug)]
pub(crate) struct Upload {
    body: Incoming,
    started: bool,
    expects: bool,
}

/// No JSON request comes near: the largest commits 10,000 parts.
const CONTENT_CEILING: usize = 8 << 20;

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// The length that was announced; `None` for a chunked body.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length").and_then(|value| value.parse().ok())
    }

    /// Checks `if-match` against the entity tag of what is there.
    pub(crate) fn check_match(&self, etag: &str) -> Result<(), ServiceError> {
        match self.header("if-match") {
            Some(expected) if expected != "*" && expected != etag => {
                let message = format!("The If-Match header is '{expected}' and the current ETag is another.");
                Err(ServiceError::precondition("NoEtagMatch", message))
            }
            _ => Ok(()),
        }
    }

    /// The body as the JSON document that the operation takes.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        serde_json::from_slice(&self.content)
            .map_err(|error| ServiceError::bad_request("CannotParseRequest", format!("{error}")))
    }
}

impl Upload {
    pub(crate) fn new(body: Incoming, headers: &HeaderMap) -> Self {
        Self { body, started: false, expects: headers.contains_key(http::header::EXPECT) }
    }

    /// The next bytes; `None` at the end.
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

    /// The whole body of a request that carries a JSON document.
    pub(crate) async fn whole(&mut self) -> Result<Bytes, ServiceError> {
        // What was announced is made room for at once, as far as it would be taken.
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

    /// Whether the client waits for `100 Continue` and has sent nothing.
    pub(crate) fn is_held_back(&self) -> bool {
        self.expects && !self.started
    }

    /// Takes in what a refused request still sends, so that the client is done sending when the answer comes. A client
    /// that waits for `100 Continue` has sent nothing and does not get to.
    pub(crate) async fn drain(mut self) {
        if !self.is_held_back() {
            while let Some(Ok(_)) = self.next().await {}
        }
    }
}
