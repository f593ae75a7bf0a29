use crate::cursor::Cursor;
use crate::document::{document, not_understood};
use crate::error::Error;
use base64_simd::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use oci_client::Answer;
use serde::Deserialize;
use std::borrow::Cow;

/// A message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The stream's name.
    pub stream: String,
    /// The partition's name.
    pub partition: String,
    /// Its place in the partition; grows from message to message, with gaps.
    pub offset: u64,
    /// The key, if it was put with one.
    pub key: Option<Bytes>,
    /// The value.
    pub value: Bytes,
    /// When the service stored it (RFC 3339), in its own words.
    pub timestamp: String,
    /// The same in milliseconds since 1970.
    pub timestamp_millis: i64,
}

/// What one GetMessages brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// The messages, in the order of their partition. None is the end of what there is now.
    pub messages: Vec<Message>,
    /// Where to go on.
    pub next: Cursor,
}

#[derive(Deserialize)]
struct MessageDocument<'a> {
    stream: String,
    partition: String,
    offset: u64,
    key: Option<String>,
    /// Not copied out of the answer before it is decoded.
    #[serde(borrow)]
    value: Cow<'a, str>,
    timestamp: String,
}

const OPERATION: &str = "GetMessages";

/// Where the answer says how to go on.
const NEXT_CURSOR: &str = "opc-next-cursor";

impl Messages {
    pub(crate) fn of(answer: &Answer<Bytes>) -> Result<Self, Error> {
        let documents: Vec<MessageDocument<'_>> = document(OPERATION, answer)?;
        let messages = documents.into_iter().map(MessageDocument::read).collect::<Result<_, String>>();
        let messages = messages.map_err(|problem| not_understood(OPERATION, answer, problem))?;
        let next = answer.header(NEXT_CURSOR).filter(|cursor| !cursor.is_empty());
        let next =
            next.ok_or_else(|| not_understood(OPERATION, answer, format!("it has no {NEXT_CURSOR}")))?;
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
        let instant: Timestamp = timestamp.parse().map_err(|error| {
            format!("the timestamp of the message at offset {offset} is not one: {error}")
        })?;
        let timestamp_millis = instant.as_millisecond();
        Ok(Message { stream, partition, offset, key, value, timestamp, timestamp_millis })
    }
}
