use json::{Kind, Scanner, Text, excerpt};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Why a line has no usable envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EnvelopeError {
    /// The kind of problem.
    pub problem: EnvelopeProblem,
    /// The envelope's field that has the problem, if it is a single one.
    pub field: Option<&'static str>,
    /// Details for the operator.
    pub message: String,
    /// Whether the line is a JSON object with a field of the envelope and without an `error`, so that an error can be added to it.
    pub is_object: bool,
}

/// The kinds of [`EnvelopeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeProblem {
    /// The line is not a JSON object in UTF-8.
    NotJson,
    /// A field is missing or null.
    MissingField,
    /// A field doesn't have the form that the connector writes.
    BadField,
    /// A field occurs twice.
    DuplicateField,
    /// The key or the value is not standard base64 with padding.
    BadBase64,
}

/// A value of the right form, or what is wrong with it. The outer error means that the line isn't JSON at all.
pub(crate) type Scanned<T> = Result<Result<T, Wrong>, json::Error>;

/// What is wrong with a field's value.
pub(crate) struct Wrong {
    problem: EnvelopeProblem,
    message: String,
}

impl Wrong {
    fn form(message: String) -> Self {
        Wrong { problem: EnvelopeProblem::BadField, message }
    }
}

pub(crate) fn string<'a>(scanner: &mut Scanner<'a>) -> Scanned<Text<'a>> {
    match scanner.kind()? {
        Kind::String => Ok(Ok(scanner.string()?)),
        kind => wrong_kind(scanner, "a string", kind),
    }
}

pub(crate) fn stream<'a>(scanner: &mut Scanner<'a>) -> Scanned<Text<'a>> {
    Ok(string(scanner)?.and_then(|name| match name.raw().len() {
        ..=MAX_STREAM => Ok(name),
        length => Err(Wrong::form(format!("expected a stream's name, found a string of {length} bytes"))),
    }))
}

/// Maximum length of a stream's name in bytes, and of a partition's number in digits. They are limited because receipts contain both. The
/// service allows 256 characters for a name, and numbers partitions from 0.
const MAX_STREAM: usize = 1024;
const MAX_PARTITION: usize = 20;

pub(crate) fn partition<'a>(scanner: &mut Scanner<'a>) -> Scanned<Cow<'a, str>> {
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

pub(crate) fn offset(scanner: &mut Scanner<'_>) -> Scanned<i64> {
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

pub(crate) fn timestamp(scanner: &mut Scanner<'_>) -> Scanned<i64> {
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
            // Reject a leap second (10^9 nanoseconds or more) and digits beyond microseconds, which would be lost.
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

/// Range of the years 0001 to 9999 in microseconds since 1970, which is what most date readers support.
const KNOWN_YEARS: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

fn wrong_kind<T>(scanner: &mut Scanner<'_>, expected: &str, kind: Kind) -> Scanned<T> {
    scanner.any()?;
    let problem = match kind {
        Kind::Null => EnvelopeProblem::MissingField,
        _ => EnvelopeProblem::BadField,
    };
    Ok(Err(Wrong { problem, message: format!("expected {expected}, found {}", kind.name()) }))
}

pub(crate) fn set<T>(
    slot: &mut Option<T>,
    field: &'static str,
    value: Result<T, Wrong>,
) -> Result<(), EnvelopeError> {
    let error = |problem, message| EnvelopeError { problem, field: Some(field), message, is_object: false };
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

pub(crate) fn not_json(message: String) -> EnvelopeError {
    EnvelopeError { problem: EnvelopeProblem::NotJson, field: None, message, is_object: false }
}
