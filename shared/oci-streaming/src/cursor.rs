use crate::document::document;
use crate::error::Error;
use bytes::Bytes;
use oci_requests::Response;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A position in a stream, in the service's own encoding. It is valid for five minutes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// The position in a partition at which a cursor begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorType {
    /// After the message with this offset.
    AfterOffset(u64),
    /// At the message with this offset.
    AtOffset(u64),
    /// At the first message at or after this time (RFC 3339).
    AtTime(String),
    /// After the last message.
    Latest,
    /// At the oldest message that is still stored.
    TrimHorizon,
}

/// The body of CreateCursor.
#[derive(Debug, Serialize)]
pub(crate) struct CreateCursorDetails<'a> {
    partition: &'a str,
    #[serde(flatten)]
    start: Start<'a>,
}

/// A starting position as the service expects it: a type, and an offset or a time if the type needs one.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Start<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<&'a str>,
}

impl Cursor {
    /// Returns the cursor's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the cursor from a response: `{"value": "…"}`.
    pub(crate) fn of(operation: &'static str, response: &Response<Bytes>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Document {
            value: Cursor,
        }
        let Document { value } = document(operation, response)?;
        Ok(value)
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Cursor(text)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> CreateCursorDetails<'a> {
    pub(crate) fn new(partition: &'a str, kind: &'a CursorType) -> Self {
        let (kind, offset, time) = match kind {
            CursorType::AfterOffset(offset) => ("AFTER_OFFSET", Some(*offset), None),
            CursorType::AtOffset(offset) => ("AT_OFFSET", Some(*offset), None),
            CursorType::AtTime(time) => ("AT_TIME", None, Some(time.as_str())),
            CursorType::Latest => ("LATEST", None, None),
            CursorType::TrimHorizon => ("TRIM_HORIZON", None, None),
        };
        CreateCursorDetails { partition, start: Start { kind, offset, time } }
    }
}
