use crate::base64::{NotBase64, decode_base64};
use crate::envelope_fields::{
    EnvelopeError, EnvelopeProblem, not_json, offset, partition, set, stream, string, timestamp,
};
use json::{Kind, Scanner, Text};
use std::borrow::Cow;
use std::ops::Range;

/// One line of an object, parsed as far as its envelope.
#[derive(Debug, Clone)]
pub enum Line<'a> {
    /// A record in the connector's envelope.
    Envelope(Envelope<'a>),
    /// Base64 of a line that wasn't an envelope, from a quarantine object.
    Raw(Text<'a>),
    /// A remark about a whole object, from a quarantine object. It holds no line.
    Remark,
}

/// A record as the connector writes it: `{"stream","partition","key","value","offset","timestamp"}`.
///
/// Unknown fields are ignored. Strings still have their escapes, and key and value are still in base64.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// The stream's name.
    pub stream: Text<'a>,
    /// The stream partition in digits, from a string (as the connector writes it) or a number.
    pub partition: Cow<'a, str>,
    /// The key in base64, or `None` if it is null or missing.
    pub key: Option<Text<'a>>,
    /// The value in base64.
    pub value: Text<'a>,
    /// The record's offset, which is unique in the partition and increases with gaps.
    pub offset: i64,
    /// When the stream accepted the record, in microseconds since 1970, UTC.
    pub enqueued_at: i64,
    /// Range in the line of the `error` member that a quarantine added, including the comma before it.
    pub error: Option<Range<usize>>,
}

/// The fields whose presence makes a line an envelope, even if an invalid one.
const ENVELOPE_FIELDS: [&str; 6] = ["stream", "partition", "key", "value", "offset", "timestamp"];

/// Returns whether this is an error in the form in which a quarantine adds it: an object whose first member is a code. White space doesn't
/// matter, because another program may have rewritten the line since.
fn is_own_error(text: &str) -> bool {
    let code = |scanner: &mut Scanner<'_>| {
        scanner.open_object()?;
        let is_code = scanner.next_key(true)?.is_some_and(|key| key.is("code"));
        Ok::<bool, json::Error>(is_code && scanner.kind()? == Kind::String)
    };
    code(&mut Scanner::new(text)).unwrap_or(false)
}

/// The fields found in a line before its kind is known.
#[derive(Default)]
struct Fields<'a> {
    stream: Option<Text<'a>>,
    partition: Option<Cow<'a, str>>,
    key: Option<Option<Text<'a>>>,
    value: Option<Text<'a>>,
    offset: Option<i64>,
    enqueued_at: Option<i64>,
    raw: Option<Text<'a>>,
    error: Option<Range<usize>>,
    others: bool,
    /// Whether a field of the envelope has occurred, in any form.
    known: bool,
}

impl<'a> Line<'a> {
    /// Parses one line, given without its newline. White space around it is allowed.
    pub fn parse(line: &'a [u8]) -> Result<Self, EnvelopeError> {
        let text = simdutf8::basic::from_utf8(line).map_err(|_| not_json("not UTF-8".into()))?;
        let mut fields = Fields::default();
        let mut trouble = None;
        fields.scan(text, &mut trouble).map_err(|error| not_json(error.to_string()))?;
        if let Some(mut trouble) = trouble {
            trouble.is_object = !fields.is_foreign();
            trouble.error = fields.error;
            return Err(trouble);
        }
        fields.into_line()
    }
}

impl<'a> Fields<'a> {
    /// Scans the line. An error means that the line isn't JSON. The first field of the wrong form is stored in `trouble` and the scan
    /// continues, because invalid JSON takes precedence.
    fn scan(&mut self, text: &'a str, trouble: &mut Option<EnvelopeError>) -> Result<(), json::Error> {
        let mut scanner = Scanner::new(text);
        scanner.open_object()?;
        let mut first = true;
        loop {
            let before = scanner.position();
            let Some(key) = scanner.next_key(first)? else { break };
            first = false;
            let key = key.resolve();
            self.known |= ENVELOPE_FIELDS.contains(&&*key);
            let outcome = match &*key {
                "stream" => set(&mut self.stream, "stream", stream(&mut scanner)?),
                "partition" => set(&mut self.partition, "partition", partition(&mut scanner)?),
                "key" => match scanner.kind()? {
                    Kind::Null => {
                        scanner.null()?;
                        set(&mut self.key, "key", Ok(None))
                    }
                    _ => set(&mut self.key, "key", string(&mut scanner)?.map(Some)),
                },
                "value" => set(&mut self.value, "value", string(&mut scanner)?),
                "offset" => set(&mut self.offset, "offset", offset(&mut scanner)?),
                "timestamp" => set(&mut self.enqueued_at, "timestamp", timestamp(&mut scanner)?),
                "raw" => set(&mut self.raw, "raw", string(&mut scanner)?),
                "error" => {
                    // The last one counts, because that is where a quarantine puts its own.
                    if is_own_error(scanner.any()?) {
                        self.error = Some(before..scanner.position());
                    }
                    Ok(())
                }
                _ => {
                    self.others = true;
                    scanner.any()?;
                    Ok(())
                }
            };
            if let Err(error) = outcome {
                trouble.get_or_insert(error);
            }
        }
        scanner.end()
    }

    /// Returns whether the line has none of the envelope's fields.
    fn is_foreign(&self) -> bool {
        !self.known
    }

    fn into_line(self) -> Result<Line<'a>, EnvelopeError> {
        if self.is_foreign() && !self.others && self.error.is_some() {
            return Ok(match self.raw {
                Some(raw) => Line::Raw(raw),
                None => Line::Remark,
            });
        }
        let is_object = !self.is_foreign();
        let missing = |field| EnvelopeError {
            problem: EnvelopeProblem::MissingField,
            field: Some(field),
            message: "the field is missing".into(),
            error: self.error.clone(),
            is_object,
        };
        Ok(Line::Envelope(Envelope {
            stream: self.stream.ok_or_else(|| missing("stream"))?,
            partition: self.partition.ok_or_else(|| missing("partition"))?,
            key: self.key.flatten(),
            value: self.value.ok_or_else(|| missing("value"))?,
            offset: self.offset.ok_or_else(|| missing("offset"))?,
            enqueued_at: self.enqueued_at.ok_or_else(|| missing("timestamp"))?,
            error: self.error.clone(),
        }))
    }
}

impl Envelope<'_> {
    /// Appends the decoded value to `out`.
    pub fn decode_value(&self, out: &mut Vec<u8>) -> Result<(), NotBase64> {
        decode_text(&self.value, out)
    }

    /// Appends the decoded key to `out`, and returns whether there is one.
    pub fn decode_key(&self, out: &mut Vec<u8>) -> Result<bool, NotBase64> {
        match &self.key {
            Some(key) => decode_text(key, out).map(|()| true),
            None => Ok(false),
        }
    }
}

/// Decodes base64 that may contain JSON escapes (`\/` is a legal spelling of `/`).
fn decode_text(text: &Text<'_>, out: &mut Vec<u8>) -> Result<(), NotBase64> {
    decode_base64(text.resolve().as_bytes(), out)
}
