use crate::cell::Cell;
use crate::reason::Reason;
use base64_simd::STANDARD;
use json::{Kind, Scanner, Text, excerpt};

/// The value of a field that is about to be read: a scanner in front of it, and its kind.
#[derive(Debug)]
pub(crate) struct JsonValue<'s, 'a> {
    pub(crate) kind: Kind,
    scanner: &'s mut Scanner<'a>,
    resolved: &'s mut Vec<u8>,
}

/// Why a value does not yield a cell.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text is not JSON, so nothing after it can be read.
    NotJson(json::Error),
    /// The value is JSON but doesn't fit the column.
    Refused(Reason, String),
}

impl From<json::Error> for Failure {
    fn from(error: json::Error) -> Self {
        Failure::NotJson(error)
    }
}

impl<'s, 'a> JsonValue<'s, 'a> {
    /// Creates a value of this kind at the scanner's cursor. Strings with escapes are resolved and appended to `resolved`.
    #[inline]
    pub(crate) fn new(kind: Kind, scanner: &'s mut Scanner<'a>, resolved: &'s mut Vec<u8>) -> Self {
        JsonValue { kind, scanner, resolved }
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
    #[inline]
    pub(crate) fn string_cell(self) -> Result<Cell, Failure> {
        let text = self.scanner.string()?;
        let end = self.scanner.position() - 1;
        Ok(match text.plain() {
            Some(plain) => Cell::Sent(end - plain.len()..end),
            None => {
                let start = self.resolved.len();
                text.append_to(self.resolved);
                Cell::Resolved(start..self.resolved.len())
            }
        })
    }

    /// Reads a string of base64 as a cell of the bytes that it stands for.
    pub(crate) fn base64_cell(self) -> Result<Cell, Failure> {
        let text = self.scanner.string()?.resolve();
        let start = self.resolved.len();
        match STANDARD.decode_append(text.as_bytes(), self.resolved) {
            Ok(_) => Ok(Cell::Resolved(start..self.resolved.len())),
            Err(_) => {
                self.resolved.truncate(start);
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
    pub(crate) fn mismatch(self, column_type: &str) -> Failure {
        match self.scanner.any() {
            Ok(_) => {
                let message = format!("expected {column_type}, found {}", self.kind.name());
                Failure::Refused(Reason::TypeMismatch, message)
            }
            Err(error) => Failure::NotJson(error),
        }
    }
}
