use crate::document::document;
use crate::error::Error;
use bytes::Bytes;
use oci_client::Answer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a stream, as the service has written it down. It is good for five minutes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// Where a cursor begins in its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorType {
    /// Behind the message of this offset.
    AfterOffset(u64),
    /// At the message of this offset.
    AtOffset(u64),
    /// At the first message at or after this time (RFC 3339).
    AtTime(String),
    /// Behind the last message there is.
    Latest,
    /// At the oldest message that is still there.
    TrimHorizon,
}

/// The body of CreateCursor.
#[derive(Debug, Serialize)]
pub(crate) struct CreateCursorDetails<'a> {
    partition: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

/// A type with what belongs to it, as the service takes them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Place<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<&'a str>,
}

impl Cursor {
    /// The service's text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The cursor in an answer: `{"value": "…"}`.
    pub(crate) fn of(operation: &'static str, answer: &Answer<Bytes>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Document {
            value: Cursor,
        }
        let Document { value } = document(operation, answer)?;
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
        CreateCursorDetails { partition, place: Place { kind, offset, time } }
    }
}
