use crate::values::place::Place;
use json::{Problem, Scanner};

pub(crate) mod boundary;
mod place;

/// Divides a chunk of text into JSON values.
///
/// Between values there may be white space, U+001E or nothing. The elements of an array at the top level count as values. A value that isn't
/// valid JSON ends at the first newline or U+001E after its start, or else at the end of the chunk, so that one broken line costs no other.
///
/// A line that looks like one object is first returned as [`Unit::Line`], unchecked, because whoever decodes it checks it anyway. If it
/// turns out not to be JSON, [`reject`](Self::reject) divides it exactly.
///
/// Cost: one scan of text that isn't made of such lines, nothing otherwise.
#[derive(Debug)]
pub struct Values<'a> {
    bytes: &'a [u8],
    /// Valid UTF-8 from `valid_from` on. It ends at `bytes`' end or before the first invalid byte.
    valid: &'a str,
    valid_from: usize,
    at: usize,
    place: Place,
    /// Below this offset, lines are divided exactly.
    exact_until: usize,
}

/// What [`Values`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit<'a> {
    /// A line that looks like one object, unchecked.
    Line(&'a [u8]),
    /// A valid JSON value.
    Value(&'a [u8]),
    /// Text that isn't a JSON value.
    Broken(&'a [u8], Broken),
}

/// Why text isn't a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It isn't UTF-8.
    NotUtf8,
    /// It isn't JSON.
    NotJson(json::Error),
}

impl<'a> Values<'a> {
    /// Creates a divider for a chunk, which starts inside an array at the top level if `in_array`.
    pub fn new(bytes: &'a [u8], in_array: bool) -> Self {
        let place = if in_array { Place::Element } else { Place::Top };
        Values { bytes, valid: "", valid_from: 0, at: 0, place, exact_until: 0 }
    }

    /// Returns the next value.
    pub fn next_unit(&mut self) -> Option<Unit<'a>> {
        loop {
            self.skip_space();
            let byte = *self.bytes.get(self.at)?;
            match self.place.separator(byte) {
                Some(next) => {
                    self.at += 1;
                    self.place = next;
                }
                None if self.place.expects_value() => return Some(self.value(byte)),
                None => {
                    return Some(
                        self.broken(json::Error { at: 0, problem: Problem::Expected("',' or ']'") }),
                    );
                }
            }
        }
    }

    /// Returns what the last unit, a [`Unit::Line`], turns out to be when it is divided exactly: its first value. The others follow.
    pub fn reject(&mut self, line: &'a [u8]) -> Unit<'a> {
        self.exact_until = self.at;
        self.at -= line.len();
        self.exact()
    }

    fn skip_space(&mut self) {
        let rest = &self.bytes[self.at..];
        let space = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += space;
    }

    fn value(&mut self, first: u8) -> Unit<'a> {
        if first == b'{' && self.place == Place::Top && self.at >= self.exact_until {
            let rest = &self.bytes[self.at..];
            let line = &rest[..line_end(rest).unwrap_or(rest.len())];
            let line = line.trim_ascii_end();
            if line.ends_with(b"}") {
                self.at += line.len();
                return Unit::Line(line);
            }
        }
        self.exact()
    }

    /// Reads the value at the cursor, and checks all of it.
    fn exact(&mut self) -> Unit<'a> {
        self.validate();
        let mut scanner = Scanner::new(&self.valid[self.at - self.valid_from..]);
        match scanner.any() {
            Ok(value) => {
                self.at += value.len();
                self.place = self.place.after_value();
                Unit::Value(value.as_bytes())
            }
            Err(error) => self.broken(error),
        }
    }

    /// Makes `valid` cover the cursor, if the byte there is valid.
    fn validate(&mut self) {
        if self.at < self.valid_from + self.valid.len() {
            return;
        }
        let rest = &self.bytes[self.at..];
        self.valid = match simdutf8::compat::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        self.valid_from = self.at;
    }

    fn broken(&mut self, error: json::Error) -> Unit<'a> {
        let rest = &self.bytes[self.at..];
        // Its first byte is part of it, whatever it is.
        let end = line_end(&rest[1..]).map_or(rest.len(), |end| end + 1);
        let at_end_of_valid = self.at + error.at >= self.valid_from + self.valid.len();
        let invalid_follows = self.valid_from + self.valid.len() < self.bytes.len();
        let why = match error.problem {
            Problem::UnexpectedEnd if at_end_of_valid && invalid_follows => Broken::NotUtf8,
            _ => Broken::NotJson(error),
        };
        self.at += end;
        self.place = self.place.after_broken();
        Unit::Broken(rest[..end].trim_ascii_end(), why)
    }
}

/// Returns the offset of the first byte that no JSON string contains and that ends a line or begins a value of a sequence (RFC 7464).
fn line_end(text: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', RECORD_SEPARATOR, text)
}

/// Begins each value of a JSON text sequence.
pub(crate) const RECORD_SEPARATOR: u8 = 0x1e;

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
