use crate::base64::{NotBase64, decode_base64};
use json::{Kind, Scanner, Text, excerpt};
use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

/// One line of an object, understood as far as its envelope.
#[derive(Debug, Clone)]
pub enum Line<'a> {
    /// The connector's envelope.
    Envelope(Envelope<'a>),
    /// From a quarantine object: base64 of a line that was no envelope.
    Raw(Text<'a>),
    /// From a quarantine object: a remark on a whole object, with no line in it.
    Remark,
}

/// A record as the connector writes it: `{"stream","partition","key","value","offset","timestamp"}`.
///
/// Unknown fields are ignored. Strings still have their escapes, key and value their base64.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// The stream's name.
    pub stream: Text<'a>,
    /// The partition: digits, as a string (as the connector has it) or a number.
    pub partition: Cow<'a, str>,
    /// The key in base64; `None` when null or missing.
    pub key: Option<Text<'a>>,
    /// The value in base64.
    pub value: Text<'a>,
    /// Unique in the partition, increasing, not dense.
    pub offset: i64,
    /// When the stream took the record: microseconds since 1970, UTC.
    pub enqueued_at: i64,
    /// Where in the line a quarantine's `error` member stands, with the comma before it.
    pub error: Option<Range<usize>>,
}

/// Why a line has no usable envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EnvelopeError {
    /// The kind of problem.
    pub problem: EnvelopeProblem,
    /// The envelope's field, where it is about one.
    pub field: Option<&'static str>,
    /// The particulars, for a person.
    pub message: String,
    /// Where in the line a quarantine's `error` member stands, with the comma before it.
    pub error: Option<Range<usize>>,
    /// Whether the line is at least a JSON object with a field of the envelope in it, to which an error can be added.
    pub is_object: bool,
}

/// The kinds of [`EnvelopeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeProblem {
    /// Not a JSON object in UTF-8.
    NotJson,
    /// A field is missing or null.
    MissingField,
    /// A field is there, but not of the form the connector gives it.
    BadField,
    /// A field occurs twice.
    DuplicateField,
}

/// The fields that make a line an envelope, if perhaps a bad one.
const ENVELOPE_FIELDS: [&str; 6] = ["stream", "partition", "key", "value", "offset", "timestamp"];

/// Whether this is an error as a quarantine adds it, written by whomever since: an object that begins with a code.
fn is_own_error(text: &str) -> bool {
    let code = |scanner: &mut Scanner<'_>| {
        scanner.open_object()?;
        let is_code = scanner.next_key(true)?.is_some_and(|key| key.is("code"));
        Ok::<bool, json::Error>(is_code && scanner.kind()? == Kind::String)
    };
    code(&mut Scanner::new(text)).unwrap_or(false)
}

/// What the fields of a line were, before it is known what kind of line it is.
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
    /// Whether a field of the envelope was there, in whatever form.
    known: bool,
}

impl<'a> Line<'a> {
    /// Reads one line (without its newline; white space around it is allowed).
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
    /// Walks over the line. An error means that it is not JSON; the first field of the wrong form goes to `trouble`, and the
    /// walk goes on, because not being JSON is the graver finding.
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
                    // The last one counts: it is where a quarantine puts its own.
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

    /// Whether nothing of the envelope is in the line.
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
    /// Appends the decoded value.
    pub fn decode_value(&self, out: &mut Vec<u8>) -> Result<(), NotBase64> {
        decode_text(&self.value, out)
    }

    /// Appends the decoded key, and says whether there is one.
    pub fn decode_key(&self, out: &mut Vec<u8>) -> Result<bool, NotBase64> {
        match &self.key {
            Some(key) => decode_text(key, out).map(|()| true),
            None => Ok(false),
        }
    }
}

/// Decodes base64 that may have JSON escapes in it (`\/` is a legal way to write `/`).
fn decode_text(text: &Text<'_>, out: &mut Vec<u8>) -> Result<(), NotBase64> {
    decode_base64(text.resolve().as_bytes(), out)
}

/// A value of the right form, or what is wrong with it; the outer result says whether it is JSON at all.
type Scanned<T> = Result<Result<T, Wrong>, json::Error>;

/// What is wrong with a field's value.
struct Wrong {
    problem: EnvelopeProblem,
    message: String,
}

impl Wrong {
    fn form(message: String) -> Self {
        Wrong { problem: EnvelopeProblem::BadField, message }
    }
}

fn string<'a>(scanner: &mut Scanner<'a>) -> Scanned<Text<'a>> {
    match scanner.kind()? {
        Kind::String => Ok(Ok(scanner.string()?)),
        kind => wrong_kind(scanner, "a string", kind),
    }
}

fn stream<'a>(scanner: &mut Scanner<'a>) -> Scanned<Text<'a>> {
    Ok(string(scanner)?.and_then(|name| match name.raw().len() {
        ..=MAX_STREAM => Ok(name),
        length => Err(Wrong::form(format!("expected a stream's name, found a string of {length} bytes"))),
    }))
}

/// Longest name of a stream, and most digits of a partition: both stand in receipts, once for each there is. The service allows 256
/// characters, and numbers partitions from 0.
const MAX_STREAM: usize = 1024;
const MAX_PARTITION: usize = 20;

fn partition<'a>(scanner: &mut Scanner<'a>) -> Scanned<Cow<'a, str>> {
    let digits = match scanner.kind()? {
        Kind::String => scanner.string()?.resolve(),
        Kind::Number => Cow::Borrowed(scanner.number()?),
        kind => return wrong_kind(scanner, "digits", kind),
    };
    let good =
        (1..=MAX_PARTITION).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    Ok(if good {
        Ok(digits)
    } else {
        Err(Wrong::form(format!("expected digits, found {:?}", excerpt(&digits))))
    })
}

fn offset(scanner: &mut Scanner<'_>) -> Scanned<i64> {
    match scanner.kind()? {
        Kind::Number => {
            let text = scanner.number()?;
            let good = text.parse().ok().filter(|offset: &i64| *offset >= 0);
            Ok(good.ok_or_else(|| {
                Wrong::form(format!("expected a whole number from 0, found {}", excerpt(text)))
            }))
        }
        kind => wrong_kind(scanner, "a whole number", kind),
    }
}

fn timestamp(scanner: &mut Scanner<'_>) -> Scanned<i64> {
    match scanner.kind()? {
        Kind::Number => {
            let text = scanner.number()?;
            let micros = text.parse::<i64>().ok().and_then(|millis| millis.checked_mul(1000));
            Ok(micros
                .filter(|micros| KNOWN_YEARS.contains(micros))
                .ok_or_else(|| Wrong::form(format!("expected epoch milliseconds, found {}", excerpt(text)))))
        }
        Kind::String => {
            let text = scanner.string()?.resolve();
            let time = chrono::DateTime::parse_from_rfc3339(&text).ok();
            // A leap second has more than 10^9 nanoseconds, and digits beyond microseconds would be lost.
            let exact = time.filter(|time| {
                let nanos = time.timestamp_subsec_nanos();
                nanos < 1_000_000_000 && nanos % 1000 == 0
            });
            Ok(exact
                .map(|time| time.timestamp_micros())
                .filter(|micros| KNOWN_YEARS.contains(micros))
                .ok_or_else(|| {
                    Wrong::form(format!(
                        "expected RFC 3339 in whole microseconds, found {:?}",
                        excerpt(&text)
                    ))
                }))
        }
        kind => wrong_kind(scanner, "epoch milliseconds", kind),
    }
}

/// Microseconds of the years 0001 to 9999, as far as readers of dates go.
const KNOWN_YEARS: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

fn wrong_kind<T>(scanner: &mut Scanner<'_>, expected: &str, kind: Kind) -> Scanned<T> {
    scanner.any()?;
    let problem = match kind {
        Kind::Null => EnvelopeProblem::MissingField,
        _ => EnvelopeProblem::BadField,
    };
    Ok(Err(Wrong { problem, message: format!("expected {expected}, found {}", kind.name()) }))
}

fn set<T>(slot: &mut Option<T>, field: &'static str, value: Result<T, Wrong>) -> Result<(), EnvelopeError> {
    let error = |problem, message| EnvelopeError {
        problem,
        field: Some(field),
        message,
        error: None,
        is_object: false,
    };
    if slot.is_some() {
        return Err(error(EnvelopeProblem::DuplicateField, "the field occurs twice".into()));
    }
    match value {
        Ok(value) => {
            *slot = Some(value);
            Ok(())
        }
        Err(wrong) => Err(error(wrong.problem, wrong.message)),
    }
}

fn not_json(message: String) -> EnvelopeError {
    EnvelopeError { problem: EnvelopeProblem::NotJson, field: None, message, error: None, is_object: false }
}
