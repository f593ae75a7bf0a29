//! The format of a message on disk: a header with a checksum, then the decoded key and value.

use bytes::Bytes;
use crc_fast::CrcAlgorithm;

/// A stored message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) offset: u64,
    /// When it was stored, in milliseconds since 1970 by the service's clock.
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Bytes,
}

/// The content of a segment at a position.
#[derive(Debug, PartialEq)]
pub(crate) enum Parsed {
    /// A record, and the position after it.
    Whole(Record, usize),
    /// The beginning of a record of which this many bytes are needed.
    Short(usize),
    /// Bytes that are not a record.
    Damaged,
}

/// Length of the header in bytes: CRC-32C of everything after it, length of key and value, offset, timestamp, length of the key. All are
/// little-endian.
pub(crate) const HEADER: usize = 4 + 4 + 8 + 8 + 4;

/// The key length that stands for a null key.
const NO_KEY: u32 = u32::MAX;

/// Maximum plausible length of key and value. They are at most 256 bytes and 1 MiB; more than twice that cannot be a length.
const PAYLOAD_CEILING: usize = 2 << 20;

/// Appends a record to a batch.
pub(crate) fn encode(batch: &mut Vec<u8>, offset: u64, timestamp: i64, key: Option<&[u8]>, value: &[u8]) {
    let start = batch.len();
    let payload = key.map_or(0, <[u8]>::len) + value.len();
    let length = |length: usize| u32::try_from(length).expect("a request's ceiling is far below 4 GiB");
    batch.extend_from_slice(&[0; 4]);
    batch.extend_from_slice(&length(payload).to_le_bytes());
    batch.extend_from_slice(&offset.to_le_bytes());
    batch.extend_from_slice(&timestamp.to_le_bytes());
    batch.extend_from_slice(&key.map_or(NO_KEY, |key| length(key.len())).to_le_bytes());
    batch.extend_from_slice(key.unwrap_or_default());
    batch.extend_from_slice(value);
    let crc = checksum(&batch[start + 4..]);
    batch[start..start + 4].copy_from_slice(&crc.to_le_bytes());
}

/// Returns the number of bytes that [`encode`] appends.
pub(crate) fn encoded_length(key: Option<&[u8]>, value: &[u8]) -> usize {
    HEADER + key.map_or(0, <[u8]>::len) + value.len()
}

impl Record {
    /// Parses the record that begins at `at`; its key and value share the bytes.
    pub(crate) fn parse(bytes: &Bytes, at: usize) -> Parsed {
        let Some(header) = bytes.get(at..at + HEADER) else { return Parsed::Short(HEADER) };
        let u32_at = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
        let payload = u32_at(4) as usize;
        if payload > PAYLOAD_CEILING {
            return Parsed::Damaged;
        }
        let end = at + HEADER + payload;
        let Some(covered) = bytes.get(at + 4..end) else { return Parsed::Short(HEADER + payload) };
        let key_length = u32_at(24);
        let key = if key_length == NO_KEY { 0 } else { key_length as usize };
        if checksum(covered) != u32_at(0) || key > payload {
            return Parsed::Damaged;
        }
        let start = at + HEADER;
        let record = Self {
            offset: u64_at(8),
            timestamp: u64_at(16) as i64,
            key: (key_length != NO_KEY).then(|| bytes.slice(start..start + key)),
            value: bytes.slice(start + key..end),
        };
        Parsed::Whole(record, end)
    }

    /// Returns the number of bytes of key and value, which is what every limit counts.
    pub(crate) fn payload(&self) -> u64 {
        (self.key.as_ref().map_or(0, Bytes::len) + self.value.len()) as u64
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{HEADER, Parsed, Record, encode};

    fn record(key: Option<&'static [u8]>, value: &'static [u8]) -> Record {
        let (key, value) = (key.map(Bytes::from_static), Bytes::from_static(value));
        Record { offset: u64::MAX - 1, timestamp: -3, key, value }
    }

    fn encoded(record: &Record) -> Vec<u8> {
        let mut batch = b"before".to_vec();
        encode(&mut batch, record.offset, record.timestamp, record.key.as_deref(), &record.value);
        batch
    }

    #[test]
    fn a_record_reads_back_and_a_null_key_differs_from_an_empty_one() {
        for record in [
            record(None, b""),
            record(Some(b""), b""),
            record(Some(b"key"), b"value"),
            record(None, b"value"),
        ] {
            let bytes = Bytes::from(encoded(&record));
            let end = bytes.len();
            assert_eq!(Record::parse(&bytes, 6), Parsed::Whole(record, end));
        }
    }

    #[test]
    fn every_prefix_is_short_and_every_changed_byte_is_noticed() {
        let whole = encoded(&record(Some(b"key"), b"value"));
        for length in 6..whole.len() {
            let bytes = Bytes::copy_from_slice(&whole[..length]);
            let needed = if length < 6 + HEADER { HEADER } else { HEADER + 8 };
            assert_eq!(Record::parse(&bytes, 6), Parsed::Short(needed), "{length}");
        }
        for place in 6..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 0x40;
            assert!(!matches!(Record::parse(&Bytes::from(changed), 6), Parsed::Whole(..)), "{place}");
        }
    }
}
