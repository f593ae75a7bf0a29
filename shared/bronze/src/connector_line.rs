use crate::base64::encode_base64;
use std::io::Write;

/// A record to be written as a line in the connector's envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorLine<'a> {
    /// The stream's name.
    pub stream: &'a str,
    /// The stream partition, in digits.
    pub partition: &'a str,
    /// The record's key, if it has one.
    pub key: Option<&'a [u8]>,
    /// The record's value.
    pub value: &'a [u8],
    /// The record's offset in the partition.
    pub offset: i64,
    /// When the stream accepted the record, in milliseconds since 1970, UTC.
    pub timestamp: i64,
}

impl ConnectorLine<'_> {
    /// Appends the line, including its newline, to `out`.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"stream\":");
        append_string(self.stream, out);
        out.extend_from_slice(b",\"partition\":");
        append_string(self.partition, out);
        out.extend_from_slice(b",\"key\":");
        match self.key {
            Some(key) => append_base64(key, out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"value\":");
        append_base64(self.value, out);
        writeln!(out, ",\"offset\":{},\"timestamp\":{}}}", self.offset, self.timestamp)
            .expect("writing to memory does not fail");
    }
}

fn append_base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    encode_base64(bytes, out);
    out.push(b'"');
}

fn append_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
            '\0'..='\x1f' => {
                write!(out, "\\u{:04x}", character as u32).expect("writing to memory does not fail");
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}
