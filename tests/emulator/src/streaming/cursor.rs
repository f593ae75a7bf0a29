//! Cursors: positions in a stream, sealed so that clients can only send them back.
//!
//! A cursor contains its whole meaning. The service stores none, so cursors stay valid across a restart.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use super::settings::milliseconds;
use crate::random;
use crate::wire::service_error::ServiceError;

/// The position of a consumer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cursor {
    /// A consumer without a group, and the next offset that it reads.
    Partition { number: usize, offset: u64 },
    /// An instance of a consumer group.
    Group(GroupCursor),
}

/// The state that a member of a group carries from call to call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupCursor {
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) timeout_milliseconds: u64,
    pub(crate) commit_on_get: bool,
    /// Its partitions, with the next offset to read in each.
    pub(crate) positions: Vec<CursorPosition>,
}

/// A reserved partition, and how far it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct CursorPosition {
    pub(crate) partition: usize,
    pub(crate) next: u64,
    /// Number of the reservation. Once the partition has been reserved again, the offset no longer counts.
    pub(crate) reservation: u64,
}

/// Creates and opens sealed cursors.
#[derive(Debug)]
pub(crate) struct Seal {
    key: LessSafeKey,
    lifetime: Duration,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    issued: i64,
    cursor: Cursor,
}

/// The first character of every cursor. A leading dash would look like an option to a command line.
const FIRST: char = 'e';

/// Length of the key in bytes.
pub(crate) const KEY_LENGTH: usize = 16;

impl Seal {
    pub(crate) fn new(key: &[u8; KEY_LENGTH], lifetime: Duration) -> Self {
        let key = UnboundKey::new(&AES_128_GCM, key).expect("the key has the algorithm's length");
        Self { key: LessSafeKey::new(key), lifetime }
    }

    /// Returns the text of a cursor into this stream.
    pub(crate) fn seal(&self, stream: &str, cursor: Cursor, now: i64) -> String {
        let sealed = Sealed { issued: now, cursor };
        let mut text = serde_json::to_vec(&sealed).expect("a struct of text and numbers");
        let nonce: [u8; NONCE_LEN] = random::bytes();
        let sealed = self.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(stream.as_bytes()),
            &mut text,
        );
        sealed.expect("a cursor is far shorter than what one nonce may seal");
        format!("{FIRST}{}", BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), &text].concat()))
    }

    /// Returns the meaning of a cursor into this stream, unless it has expired.
    pub(crate) fn open(&self, stream: &str, text: &str, now: i64) -> Result<Cursor, ServiceError> {
        let sealed = self.unseal(stream, text).ok_or_else(|| {
            ServiceError::bad_request("InvalidParameter", "The cursor is not one of this stream.")
        })?;
        if now - sealed.issued > milliseconds(self.lifetime) {
            let message = format!(
                "The cursor has expired: it is valid for {} seconds after it was received.",
                self.lifetime.as_secs()
            );
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        Ok(sealed.cursor)
    }

    fn unseal(&self, stream: &str, text: &str) -> Option<Sealed> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(FIRST)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let text = self.key.open_in_place(nonce, Aad::from(stream.as_bytes()), &mut sealed).ok()?;
        serde_json::from_slice(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Cursor, CursorPosition, GroupCursor, Seal};

    fn seal() -> Seal {
        Seal::new(&[7; 16], Duration::from_secs(300))
    }

    #[test]
    fn a_cursor_opens_to_the_same_position_until_it_expires() {
        let position = CursorPosition { partition: 3, next: u64::MAX, reservation: 9 };
        let group = GroupCursor {
            group: "g".to_owned(),
            instance: "i".to_owned(),
            timeout_milliseconds: 30_000,
            commit_on_get: true,
            positions: vec![position],
        };
        for cursor in [Cursor::Partition { number: 1, offset: 17 }, Cursor::Group(group)] {
            let text = seal().seal("stream", cursor.clone(), 1000);
            assert_eq!(seal().open("stream", &text, 301_000).unwrap(), cursor);
            assert!(seal().open("stream", &text, 301_001).unwrap_err().message.contains("expired"));
        }
    }

    #[test]
    fn a_cursor_is_opaque_and_valid_for_its_stream_only() {
        let text = seal().seal("stream", Cursor::Partition { number: 1, offset: 17 }, 0);
        assert!(
            !text.contains(|character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character))
        );
        seal().open("another", &text, 0).unwrap_err();
        Seal::new(&[8; 16], Duration::MAX).open("stream", &text, 0).unwrap_err();
        let (last, rest) = text.as_bytes().split_last().unwrap();
        let other = if *last == b'A' { b'Q' } else { b'A' };
        let changed = String::from_utf8([rest, &[other]].concat()).unwrap();
        for broken in ["", "cursor", "ü", &changed, &text[1..], &format!("{text}AAAA")] {
            seal().open("stream", broken, 0).unwrap_err();
        }
    }
}
