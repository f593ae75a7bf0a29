use crate::entry::{Content, Entry, Kept, Unreadable};
use crate::envelope::Envelope;
use crate::envelope_fields::{EnvelopeError, EnvelopeProblem};
use crate::line_reader::LineReader;
use crate::record::{Position, Record};

/// Reads the format of OCI Connector Hub, one envelope per line.
#[derive(Debug, Default)]
pub struct Connector {
    value: Vec<u8>,
    key: Vec<u8>,
    headers: String,
}

impl LineReader for Connector {
    fn read<'a>(&'a mut self, line: &'a [u8]) -> Entry<'a> {
        match Envelope::parse(line) {
            Ok(envelope) => {
                let kept = if envelope.has_error { Kept::Raw(line) } else { Kept::Object(line) };
                Entry { content: self.record(envelope), kept }
            }
            Err(EnvelopeError { problem, field, message, is_object }) => {
                let kept = if is_object { Kept::Object(line) } else { Kept::Raw(line) };
                let unreadable = Unreadable { problem, field, message, position: None };
                Entry { content: Content::Unreadable(unreadable), kept }
            }
        }
    }

    fn unread<'a>(&self, line: &'a [u8]) -> Kept<'a> {
        Kept::Raw(line)
    }

    fn shrink_to(&mut self, capacity: usize) {
        for buffer in [&mut self.value, &mut self.key] {
            buffer.clear();
            buffer.shrink_to(capacity);
        }
        self.headers.clear();
        self.headers.shrink_to(capacity);
    }
}

impl Connector {
    #[inline]
    fn record<'a>(&'a mut self, envelope: Envelope<'a>) -> Content<'a> {
        let Connector { value, key, headers } = self;
        value.clear();
        key.clear();
        let decoded = envelope.decode_value(value).map_err(|error| ("value", error));
        let decoded = decoded.and_then(|()| envelope.decode_key(key).map_err(|error| ("key", error)));
        let position = Some(Position {
            stream: envelope.stream.resolve(),
            partition: Some(envelope.partition),
            offset: envelope.offset,
        });
        match decoded {
            Ok(has_key) => Content::Record(Record {
                value,
                key: has_key.then_some(&key[..]),
                position,
                enqueued_at: Some(envelope.enqueued_at),
                headers: (!envelope.others.is_empty()).then(|| as_object(&envelope.others, headers)),
            }),
            Err((field, error)) => Content::Unreadable(Unreadable {
                problem: EnvelopeProblem::BadBase64,
                field: Some(field),
                message: error.to_string(),
                position,
            }),
        }
    }
}

/// Writes a JSON object with these members to `out`.
#[cold]
fn as_object<'a>(members: &[&str], out: &'a mut String) -> &'a str {
    out.clear();
    out.push('{');
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(member);
    }
    out.push('}');
    out
}
