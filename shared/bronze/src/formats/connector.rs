use crate::base64::{NotBase64, decode_base64};
use crate::entry::{Content, Entry, Kept, Unreadable};
use crate::envelope::{Envelope, Line};
use crate::envelope_fields::{EnvelopeError, EnvelopeProblem};
use crate::line_reader::LineReader;
use crate::record::{Position, Record};
use json::Text;

/// Reads the format of OCI Connector Hub, one envelope per line, and of the quarantine objects in which such lines end up.
#[derive(Debug, Default)]
pub struct Connector {
    value: Vec<u8>,
    key: Vec<u8>,
    /// The line that a quarantine entry's `raw` member holds.
    original: Vec<u8>,
    /// A `raw` member that isn't base64.
    bad_raw: String,
}

impl LineReader for Connector {
    fn read<'a>(&'a mut self, line: &'a [u8]) -> Entry<'a> {
        let Connector { value, key, original, bad_raw } = self;
        let raw = match Line::parse(line) {
            Ok(Line::Raw(raw)) => raw,
            Ok(Line::Remark) => return Entry { content: Content::Remark, kept: Kept::Raw(line) },
            parsed => return entry(line, parsed, true, value, key),
        };
        // The line wasn't an envelope when it was quarantined. Read the original line, and keep it in that form.
        match unwrap_raw(raw) {
            Ok(unwrapped) => {
                *original = unwrapped;
                // A quarantine entry is one line, but a line kept as raw may contain line ends.
                let one_line = !original.contains(&b'\n');
                entry(original, Line::parse(original), one_line, value, key)
            }
            Err(undecodable) => {
                *bad_raw = undecodable;
                let unreadable = Unreadable {
                    problem: EnvelopeProblem::BadBase64,
                    field: Some("raw"),
                    message: NotBase64.to_string(),
                    position: None,
                };
                Entry { content: Content::Unreadable(unreadable), kept: Kept::BadRaw(bad_raw) }
            }
        }
    }

    fn shrink_to(&mut self, capacity: usize) {
        for buffer in [&mut self.value, &mut self.key, &mut self.original] {
            buffer.clear();
            buffer.shrink_to(capacity);
        }
        self.bad_raw.clear();
        self.bad_raw.shrink_to(capacity);
    }
}

/// Returns the entry for a parsed line, with its record decoded. `one_line` means that the line contains no line end, so a quarantine can
/// keep it as an object.
fn entry<'a>(
    line: &'a [u8],
    parsed: Result<Line<'a>, EnvelopeError>,
    one_line: bool,
    value: &'a mut Vec<u8>,
    key: &'a mut Vec<u8>,
) -> Entry<'a> {
    match parsed {
        Ok(Line::Envelope(envelope)) => {
            let kept = match one_line {
                true => Kept::Object { line, old_error: envelope.error.clone() },
                false => Kept::Raw(line),
            };
            Entry { content: record(envelope, value, key), kept }
        }
        // A quarantine's own form inside a quarantine's own form, which this program never writes.
        Ok(Line::Raw(_) | Line::Remark) => {
            let unreadable = Unreadable {
                problem: EnvelopeProblem::NotJson,
                field: None,
                message: "a quarantine entry inside another one".into(),
                position: None,
            };
            Entry { content: Content::Unreadable(unreadable), kept: Kept::Raw(line) }
        }
        Err(EnvelopeError { problem, field, message, error, is_object }) => {
            let kept = match is_object && one_line {
                true => Kept::Object { line, old_error: error },
                false => Kept::Raw(line),
            };
            let unreadable = Unreadable { problem, field, message, position: None };
            Entry { content: Content::Unreadable(unreadable), kept }
        }
    }
}

#[inline]
fn record<'a>(envelope: Envelope<'a>, value: &'a mut Vec<u8>, key: &'a mut Vec<u8>) -> Content<'a> {
    value.clear();
    key.clear();
    let decoded = envelope.decode_value(value).map_err(|error| ("value", error));
    let decoded = decoded.and_then(|()| envelope.decode_key(key).map_err(|error| ("key", error)));
    let position = Some(Position {
        stream: envelope.stream.resolve(),
        partition: envelope.partition,
        offset: envelope.offset,
    });
    match decoded {
        Ok(has_key) => Content::Record(Record {
            value,
            key: has_key.then_some(&key[..]),
            position,
            enqueued_at: Some(envelope.enqueued_at),
        }),
        Err((field, error)) => Content::Unreadable(Unreadable {
            problem: EnvelopeProblem::BadBase64,
            field: Some(field),
            message: error.to_string(),
            position,
        }),
    }
}

/// Decodes the `raw` member of a quarantine entry. A raw entry that was itself too long a line was wrapped again, so every wrapper is
/// removed. If the innermost `raw` isn't base64, the error is its text as sent.
fn unwrap_raw(raw: Text<'_>) -> Result<Vec<u8>, String> {
    let unwrap = |raw: Text<'_>| {
        let mut original = Vec::new();
        let decoded = decode_base64(raw.resolve().as_bytes(), &mut original);
        decoded.map(|()| original).map_err(|_| raw.raw().to_owned())
    };
    let mut original = unwrap(raw)?;
    while let Ok(Line::Raw(inner)) = Line::parse(&original) {
        original = unwrap(inner)?;
    }
    Ok(original)
}
