use crate::buffers::Buffers;
use crate::cell::Cell;
use crate::place::Place;
use crate::reason::Reason;
use base64_simd::STANDARD;
use json::{Kind, Scanner, Text, excerpt};

/// A value that is about to be read: a scanner in front of it, and its kind.
#[derive(Debug)]
pub(crate) struct JsonValue<'s, 'a> {
    pub(crate) kind: Kind,
    pub(super) scanner: &'s mut Scanner<'a>,
    pub(super) buffers: &'s mut Buffers,
    /// `None` for a column's own value.
    pub(super) place: Option<&'s Place<'s>>,
}

/// Why a value does not yield a cell.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text is not JSON, so nothing after it can be read.
    NotJson(json::Error),
    /// The value is JSON but doesn't fit the column.
    Refused(Reason, String),
    /// A value inside doesn't fit.
    RefusedInside(Box<Inside>),
}

/// Why a value inside a column's value is refused.
#[derive(Debug)]
pub(crate) struct Inside {
    /// JSON pointer from the column's value.
    pub(crate) pointer: String,
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

impl Failure {
    /// Adds the place of the value that failed, unless the place is already known.
    #[cold]
    pub(crate) fn at(self, place: &Place<'_>) -> Self {
        match self {
            Failure::Refused(reason, message) => {
                Failure::RefusedInside(Box::new(Inside { pointer: place.pointer(), reason, message }))
            }
            known => known,
        }
    }
}

impl From<json::Error> for Failure {
    fn from(error: json::Error) -> Self {
        Failure::NotJson(error)
    }
}

impl<'s, 'a> JsonValue<'s, 'a> {
    /// Creates the value of a column, which has this kind and is at the scanner's cursor. What a cell can't hold goes into `buffers`.
    #[inline]
    pub(crate) fn new(kind: Kind, scanner: &'s mut Scanner<'a>, buffers: &'s mut Buffers) -> Self {
        JsonValue { kind, scanner, buffers, place: None }
    }

    /// Creates a value inside the value of a column.
    #[inline]
    pub(crate) fn inside(
        kind: Kind,
        scanner: &'s mut Scanner<'a>,
        buffers: &'s mut Buffers,
        place: &'s Place<'s>,
    ) -> Self {
        JsonValue { kind, scanner, buffers, place: Some(place) }
    }

    pub(crate) fn number(self) -> Result<&'a str, json::Error> {
        self.scanner.number()
    }

    pub(crate) fn boolean(self) -> Result<bool, json::Error> {
        self.scanner.boolean()
    }

    pub(crate) fn string(self) -> Result<Text<'a>, json::Error> {
        self.scanner.string()
    }

    /// Reads a string as a cell.
    #[inline(always)]
    pub(crate) fn string_cell(self) -> Result<Cell, Failure> {
        let text = self.scanner.string()?;
        let end = self.scanner.position() - 1;
        Ok(match text.plain() {
            Some(plain) => Cell::Sent(end - plain.len()..end),
            None => {
                let resolved = &mut self.buffers.resolved;
                let start = resolved.len();
                text.append_to(resolved);
                Cell::Resolved(start..resolved.len())
            }
        })
    }

    /// Reads a string of base64 as a cell of the bytes that it stands for.
    pub(crate) fn base64_cell(self) -> Result<Cell, Failure> {
        let text = self.scanner.string()?.resolve();
        let resolved = &mut self.buffers.resolved;
        let start = resolved.len();
        match STANDARD.decode_append(text.as_bytes(), resolved) {
            Ok(_) => Ok(Cell::Resolved(start..resolved.len())),
            Err(_) => {
                resolved.truncate(start);
                let message = format!("{:?} is not standard base64 with padding", excerpt(&text));
                Err(Failure::Refused(Reason::BadBase64, message))
            }
        }
    }

    /// Reads a value of any kind and returns its own text as a cell.
    pub(crate) fn text_cell(self) -> Result<Cell, Failure> {
        let text = self.scanner.any()?;
        Ok(Cell::Sent(self.scanner.position() - text.len()..self.scanner.position()))
    }

    /// Skips a value that the column doesn't accept, and returns the failure.
    #[cold]
    pub(crate) fn mismatch(self, expected: &str) -> Failure {
        match self.scanner.any() {
            Ok(_) => {
                let message = format!("expected {expected}, found {}", self.kind.name());
                Failure::Refused(Reason::TypeMismatch, message)
            }
            Err(error) => Failure::NotJson(error),
        }
    }
}
