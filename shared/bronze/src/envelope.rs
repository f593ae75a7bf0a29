use crate::base64::{NotBase64, decode_base64};
use crate::envelope_fields::{
    EnvelopeError, EnvelopeProblem, not_json, offset, partition, set, stream, string, timestamp,
};
use json::{Kind, Scanner, Text};
use std::borrow::Cow;

/// A record as the connector writes it: `{"stream","partition","key","value","offset","timestamp"}`.
///
/// Strings still have their escapes, and key and value are still in base64.
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
    /// Members other than these, each as its text: `"name": value`. They are not checked for duplicates.
    pub others: Vec<&'a str>,
    /// Whether one of the others is called `error`, as the one that a quarantine adds.
    pub has_error: bool,
}

/// The fields found in a line.
#[derive(Default)]
struct Fields<'a> {
    stream: Option<Text<'a>>,
    partition: Option<Cow<'a, str>>,
    key: Option<Option<Text<'a>>>,
    value: Option<Text<'a>>,
    offset: Option<i64>,
    enqueued_at: Option<i64>,
    others: Vec<&'a str>,
    has_error: bool,
    /// Whether a field of the envelope has occurred, in any form.
    known: bool,
}

impl<'a> Envelope<'a> {
    /// Parses one line, given without its newline. White space around it is allowed.
    pub fn parse(line: &'a [u8]) -> Result<Self, EnvelopeError> {
        let text = simdutf8::basic::from_utf8(line).map_err(|_| not_json("not UTF-8".into()))?;
        let mut fields = Fields::default();
        let mut trouble = None;
        fields.scan(text, &mut trouble).map_err(|error| not_json(error.to_string()))?;
        match trouble {
            Some(trouble) => Err(EnvelopeError { is_object: fields.can_take_error(), ..trouble }),
            None => fields.into_envelope(),
        }
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
                other => {
                    self.has_error |= other == "error";
                    scanner.any()?;
                    let member = scanner.slice(before, scanner.position());
                    self.others.push(member.trim_start_matches([',', ' ', '\t', '\r', '\n']));
                    continue;
                }
            };
            self.known = true;
            if let Err(error) = outcome {
                trouble.get_or_insert(error);
            }
        }
        scanner.end()
    }

    /// Returns whether a quarantine can keep the line as the object that it is. It can't if nothing shows that this is an envelope, or if
    /// the error that it adds would be the second one.
    fn can_take_error(&self) -> bool {
        self.known && !self.has_error
    }

    fn into_envelope(self) -> Result<Envelope<'a>, EnvelopeError> {
        let is_object = self.can_take_error();
        let missing = |field| EnvelopeError {
            problem: EnvelopeProblem::MissingField,
            field: Some(field),
            message: "the field is missing".into(),
            is_object,
        };
        Ok(Envelope {
            stream: self.stream.ok_or_else(|| missing("stream"))?,
            partition: self.partition.ok_or_else(|| missing("partition"))?,
            key: self.key.flatten(),
            value: self.value.ok_or_else(|| missing("value"))?,
            offset: self.offset.ok_or_else(|| missing("offset"))?,
            enqueued_at: self.enqueued_at.ok_or_else(|| missing("timestamp"))?,
            others: self.others,
            has_error: self.has_error,
        })
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
