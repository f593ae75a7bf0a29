use crate::input::Origin;
use crate::write::decoded_chunk::{DecodedChunk, OFFSET_WIDTH};
use bronze::{Damage, Kept, Position};
use serde::Serialize;
use table::{Reason, Refusal};

/// Position of a line or value in the object's text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnitStart {
    /// Line number, counted from 1.
    pub(crate) line: u64,
    /// Byte offset, counted from 0.
    pub(crate) byte: u64,
}

/// The `error` member of a quarantine entry: why a line or an object is in quarantine.
#[derive(Debug, Serialize)]
struct QuarantineError<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'a str>,
    pub(crate) message: &'a str,
    /// Line number, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Byte offset of the line in the object's text. For a damaged object, the offset in the object as stored.
    pub(crate) byte: u64,
}

/// The entry of something too long for one chunk, whose base64 is appended piece by piece.
#[derive(Debug)]
pub(crate) enum LongEntry {
    Line,
    /// An entry of a quarantine object.
    Entry,
    /// A value of an object without envelopes.
    Value(Origin),
}

impl LongEntry {
    /// Begins the entry. The base64 follows.
    pub(crate) fn begin(&self, out: &mut DecodedChunk) {
        out.quarantine.extend_from_slice(match self {
            LongEntry::Line | LongEntry::Value(_) => RAW,
            LongEntry::Entry => ENTRY,
        });
    }

    /// Ends the entry, after the base64.
    pub(crate) fn end(&self, refusal: &Refusal, start: UnitStart, out: &mut DecodedChunk) {
        out.quarantine.push(b'"');
        if let LongEntry::Value(origin) = self {
            append_origin(origin, out);
            out.units += 1;
        }
        append_error(refusal, start, &mut out.quarantine);
    }
}

/// Adds an entry for a line that was refused.
pub(crate) fn quarantine(refusal: &Refusal, kept: &Kept<'_>, start: UnitStart, out: &mut DecodedChunk) {
    out.count(refusal.reason);
    let entry = &mut out.quarantine;
    match kept {
        Kept::Object(line) => {
            let object = line.trim_ascii();
            entry.extend_from_slice(&object[..object.len() - 1]);
        }
        Kept::Raw(line) => append_base64(RAW, line, entry),
        Kept::Entry(line) => append_base64(ENTRY, line, entry),
        Kept::Value(value, Position { stream, partition, offset }) => {
            append_base64(RAW, value, entry);
            append_record(stream, partition.as_deref(), entry);
            entry.extend_from_slice(format!("{offset:OFFSET_WIDTH$}}}").as_bytes());
        }
    }
    append_error(refusal, start, entry);
}

/// Adds an entry for a value that was refused, with its offset still to be placed.
pub(crate) fn quarantine_value(
    refusal: &Refusal,
    value: &[u8],
    origin: &Origin,
    start: UnitStart,
    out: &mut DecodedChunk,
) {
    out.count(refusal.reason);
    append_base64(RAW, value, &mut out.quarantine);
    append_origin(origin, out);
    append_error(refusal, start, &mut out.quarantine);
}

/// Returns the refusal of a line or value that is longer than allowed.
pub(crate) fn too_long(max_line: usize) -> Refusal {
    let message = format!("the line is longer than {max_line} bytes");
    Refusal { reason: Reason::LineTooLong, field: None, message }
}

/// The beginning of an entry whose line or value is kept in base64.
const RAW: &[u8] = b"{\"raw\":\"";

/// The same for an entry that is kept inside another one.
const ENTRY: &[u8] = b"{\"entry\":\"";

fn append_base64(begin: &[u8], bytes: &[u8], entry: &mut Vec<u8>) {
    entry.extend_from_slice(begin);
    bronze::encode_base64(bytes, entry);
    entry.push(b'"');
}

/// Appends the `record` member up to its offset.
fn append_record(stream: &str, partition: Option<&str>, entry: &mut Vec<u8>) {
    let text = serde_json::json!({ "stream": stream, "partition": partition }).to_string();
    entry.extend_from_slice(b",\"record\":");
    entry.extend_from_slice(text.trim_end_matches('}').as_bytes());
    entry.extend_from_slice(b",\"offset\":");
}

/// Appends the `record` member of the next unit, with room for its offset.
fn append_origin(Origin { stream, partition, .. }: &Origin, out: &mut DecodedChunk) {
    append_record(stream, partition.as_deref(), &mut out.quarantine);
    out.unplaced.push((out.quarantine.len(), out.units));
    out.quarantine.extend_from_slice(&[b' '; OFFSET_WIDTH]);
    out.quarantine.push(b'}');
}

/// Ends an entry with its error.
fn append_error(refusal: &Refusal, start: UnitStart, entry: &mut Vec<u8>) {
    let error = QuarantineError {
        code: refusal.reason.code(),
        field: refusal.field.as_deref(),
        message: &refusal.message,
        line: Some(start.line),
        byte: start.byte,
    };
    entry.push(b',');
    error.append_last_member(entry);
}

impl QuarantineError<'_> {
    fn append_last_member(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"error\":");
        serde_json::to_writer(&mut *out, self)
            .expect("an error is plain data, and writing to memory does not fail");
        out.extend_from_slice(b"}\n");
    }
}

/// Returns the quarantine entry for a damaged object.
pub fn remark(damage: &Damage) -> Vec<u8> {
    let mut out = vec![b'{'];
    let code = damage.kind.code();
    let error =
        QuarantineError { code, field: None, message: &damage.message, line: None, byte: damage.byte };
    error.append_last_member(&mut out);
    out
}
