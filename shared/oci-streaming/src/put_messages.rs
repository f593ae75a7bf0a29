use base64_simd::STANDARD;
use bytes::Bytes;
use std::fmt;

/// The messages of one PutMessages request, encoded as `{"messages":[{"key":"…","value":"…"},{"value":"…"}]}`.
///
/// They can be sent any number of times. Limits such as [`MAX_REQUEST`](crate::MAX_REQUEST) are not checked: the service rejects a request
/// that is empty or too large.
#[derive(Clone)]
pub struct PutMessages {
    body: Bytes,
    count: usize,
}

const HEAD: &[u8] = br#"{"messages":["#;
const KEY: &[u8] = br#"{"key":""#;
const VALUE_AFTER_KEY: &[u8] = br#"","value":""#;
const VALUE: &[u8] = br#"{"value":""#;
const END: &[u8] = br#""}"#;
const TAIL: &[u8] = b"]}";

impl PutMessages {
    /// Encodes messages, given as key and value, into one buffer of exactly the right length.
    ///
    /// For a message without a key the service chooses the partition. An empty key is a key like any other.
    pub fn new<'a, I>(messages: I) -> Self
    where
        I: IntoIterator<Item = (Option<&'a [u8]>, &'a [u8]), IntoIter: Clone>,
    {
        let messages = messages.into_iter();
        let (mut count, mut length) = (0, HEAD.len() + TAIL.len());
        for (key, value) in messages.clone() {
            // Every message except the first is preceded by a comma.
            length += usize::from(count > 0) + encoded_length(key, value);
            count += 1;
        }
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(HEAD);
        for (index, (key, value)) in messages.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            encode(&mut body, key, value);
        }
        body.extend_from_slice(TAIL);
        debug_assert_eq!(body.len(), length);
        PutMessages { body: body.into(), count }
    }

    /// Returns the number of messages.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there are no messages.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the body of the request.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

fn encoded_length(key: Option<&[u8]>, value: &[u8]) -> usize {
    let before = match key {
        Some(key) => KEY.len() + STANDARD.encoded_length(key.len()) + VALUE_AFTER_KEY.len(),
        None => VALUE.len(),
    };
    before + STANDARD.encoded_length(value.len()) + END.len()
}

fn encode(body: &mut Vec<u8>, key: Option<&[u8]>, value: &[u8]) {
    match key {
        Some(key) => {
            body.extend_from_slice(KEY);
            STANDARD.encode_append(key, body);
            body.extend_from_slice(VALUE_AFTER_KEY);
        }
        None => body.extend_from_slice(VALUE),
    }
    STANDARD.encode_append(value, body);
    body.extend_from_slice(END);
}

/// Shows only numbers, because messages contain data.
impl fmt::Debug for PutMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutMessages({} messages, {} bytes)", self.count, self.body.len())
    }
}

#[cfg(test)]
#[path = "put_messages_tests.rs"]
mod tests;
