use crate::cursor::Cursor;
use crate::document::{document, not_understood};
use crate::error::Error;
use base64_simd::STANDARD;
use bytes::Bytes;
use chrono::DateTime;
use oci_requests::Response;
use serde::Deserialize;
use std::borrow::Cow;

/// A message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The stream's name.
    pub stream: String,
    /// The partition's name.
    pub partition: String,
    /// The offset in the partition. It increases from message to message, possibly with gaps.
    pub offset: u64,
    /// The key, if the message was put with one.
    pub key: Option<Bytes>,
    /// The message's content.
    pub value: Bytes,
    /// When the service stored the message (RFC 3339), as received.
    pub timestamp: String,
    /// The same time in milliseconds since 1970.
    pub timestamp_millis: i64,
}

/// The result of one GetMessages request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// The messages, in the order of their partition. Empty if the cursor is at the current end.
    pub messages: Vec<Message>,
    /// The cursor from which to continue.
    pub next: Cursor,
}

#[derive(Deserialize)]
struct MessageDocument<'a> {
    stream: String,
    partition: String,
    offset: u64,
    key: Option<String>,
    /// The value in base64, borrowed from the response until it is decoded.
    #[serde(borrow)]
    value: Cow<'a, str>,
    timestamp: String,
}

const OPERATION: &str = "GetMessages";

/// The header that contains the cursor from which to continue.
const NEXT_CURSOR: &str = "opc-next-cursor";

impl Messages {
    pub(crate) fn of(response: &Response<Bytes>) -> Result<Self, Error> {
        let documents: Vec<MessageDocument<'_>> = document(OPERATION, response)?;
        let messages = documents.into_iter().map(MessageDocument::read).collect::<Result<_, String>>();
        let messages = messages.map_err(|problem| not_understood(OPERATION, response, problem))?;
        let next = response.header(NEXT_CURSOR).filter(|cursor| !cursor.is_empty());
        let next = next
            .ok_or_else(|| not_understood(OPERATION, response, format!("it has no {NEXT_CURSOR} header")))?;
        Ok(Messages { messages, next: Cursor::from(next.to_owned()) })
    }
}

impl MessageDocument<'_> {
    fn read(self) -> Result<Message, String> {
        let MessageDocument { stream, partition, offset, key, value, timestamp } = self;
        let decode = |name: &str, text: &str| match STANDARD.decode_to_vec(text.as_bytes()) {
            Ok(bytes) => Ok(Bytes::from(bytes)),
            Err(_) => Err(format!("the {name} of the message at offset {offset} is not base64")),
        };
        let key = key.map(|key| decode("key", &key)).transpose()?;
        let value = decode("value", &value)?;
        let instant = DateTime::parse_from_rfc3339(&timestamp).map_err(|error| {
            format!("the timestamp of the message at offset {offset} is not valid: {error}")
        })?;
        let timestamp_millis = instant.timestamp_millis();
        Ok(Message { stream, partition, offset, key, value, timestamp, timestamp_millis })
    }
}
