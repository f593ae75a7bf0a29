use super::refusal::Refusal;
use super::rejection::{Rejection, RejectionCode};
use json::{Kind, Problem, Scanner};
use table::Reason;

/// A record in a body: its unchanged text, without the white space around it, or why it is refused.
pub(crate) type Piece<'a> = Result<&'a str, Refusal>;

/// Splits a body into its records, in order.
///
/// A JSON body is one text. After an error in it, it is unknown where the next record starts, so the last item is the [`Rejection`] of the
/// whole body. Lines are split before they are parsed, so only the broken one is refused.
#[derive(Debug)]
pub(crate) enum Splitter<'a> {
    /// A single value.
    Value(Values<'a>),
    /// The elements of an array.
    Elements(Values<'a>),
    Lines(Lines<'a>),
    Nothing,
}

/// Iterates over the records in a body that is JSON.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    scanner: Scanner<'a>,
    /// Offset of the first byte that is not UTF-8, if there is one.
    not_utf8: Option<usize>,
    index: usize,
}

/// Iterates over the records in a body of lines.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    /// The number of the next line, counted from 1 as in editors.
    line: usize,
}

impl<'a> Splitter<'a> {
    /// Treats the body as one value.
    pub(crate) fn value(body: &'a [u8]) -> Self {
        Splitter::Value(Values::new(body))
    }

    /// Treats an array as its elements, and any other value as one record.
    pub(crate) fn value_or_elements(body: &'a [u8]) -> Self {
        match body.trim_ascii_start().first() {
            Some(b'[') => Splitter::elements(body),
            _ => Splitter::value(body),
        }
    }

    /// Requires an array, and treats it as its elements.
    pub(crate) fn elements(body: &'a [u8]) -> Self {
        Splitter::Elements(Values::new(body))
    }

    /// Treats the body as lines, and skips those that are blank.
    pub(crate) fn lines(body: &'a [u8]) -> Self {
        Splitter::Lines(Lines { rest: body, line: 1 })
    }

    fn step(&mut self) -> Result<Option<Piece<'a>>, Rejection> {
        match self {
            Splitter::Value(values) => values.value().map(Some).map_err(|error| values.rejection(error)),
            Splitter::Elements(values) => values.element().map_err(|error| values.rejection(error)),
            Splitter::Lines(lines) => Ok(lines.line()),
            Splitter::Nothing => Ok(None),
        }
    }
}

impl<'a> Iterator for Splitter<'a> {
    type Item = Result<Piece<'a>, Rejection>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        let more = matches!((&*self, &step), (Splitter::Elements(_) | Splitter::Lines(_), Some(Ok(_))));
        if !more {
            *self = Splitter::Nothing;
        }
        step
    }
}

impl<'a> Values<'a> {
    fn new(body: &'a [u8]) -> Self {
        // The text before the first byte that is not UTF-8 is scanned as well, to find out in which record that byte is.
        let (text, not_utf8) = match simdutf8::compat::from_utf8(body) {
            Ok(text) => (text, None),
            Err(error) => {
                let good = &body[..error.valid_up_to()];
                (str::from_utf8(good).unwrap_or_default(), Some(good.len()))
            }
        };
        Values { scanner: Scanner::new(text), not_utf8, index: 0 }
    }

    fn value(&mut self) -> Result<Piece<'a>, json::Error> {
        let piece = self.piece()?;
        self.scanner.end()?;
        Ok(piece)
    }

    fn element(&mut self) -> Result<Option<Piece<'a>>, json::Error> {
        let first = self.index == 0;
        if first {
            self.scanner.open_array()?;
        }
        if !self.scanner.next_element(first)? {
            self.scanner.end()?;
            return Ok(None);
        }
        let piece = self.piece()?;
        self.index += 1;
        Ok(Some(piece))
    }

    fn piece(&mut self) -> Result<Piece<'a>, json::Error> {
        let kind = self.scanner.kind()?;
        let text = self.scanner.any()?;
        Ok(object(kind, text))
    }

    fn rejection(&self, error: json::Error) -> Rejection {
        let (code, byte, message) = match (error.problem, self.not_utf8) {
            (Problem::UnexpectedEnd, Some(byte)) => {
                (RejectionCode::BodyNotUtf8, byte, "the body is not UTF-8".into())
            }
            (Problem::UnexpectedEnd, None) => {
                (RejectionCode::BodyTruncated, error.at, "the body ends in the middle of its JSON".into())
            }
            (problem @ Problem::TooDeep, _) => (RejectionCode::NestingTooDeep, error.at, problem.to_string()),
            (problem, _) => (RejectionCode::BodyNotJson, error.at, problem.to_string()),
        };
        Rejection { code, message, index: Some(self.index), byte: Some(byte as u64) }
    }
}

impl<'a> Lines<'a> {
    fn line(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let (line, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or_default();
            self.line += 1;
            if !line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                return Some(judge(line).map_err(|refusal| self.numbered(refusal)));
            }
        }
    }

    fn numbered(&self, refusal: Refusal) -> Refusal {
        let message = format!("line {}: {}", self.line - 1, refusal.message);
        Refusal { message, ..refusal }
    }
}

fn judge(line: &[u8]) -> Piece<'_> {
    let text = simdutf8::compat::from_utf8(line).map_err(|error| {
        let message = format!("not UTF-8 at byte {}", error.valid_up_to());
        Refusal::value(Reason::ValueNotUtf8, message)
    })?;
    let mut scanner = Scanner::new(text);
    let walked = scanner.kind().and_then(|kind| Ok((kind, scanner.any()?)));
    match walked.and_then(|(kind, text)| scanner.end().map(|()| object(kind, text))) {
        Ok(piece) => piece,
        Err(error) => {
            let code = match error.problem {
                Problem::TooDeep => Reason::NestingTooDeep,
                _ => Reason::ValueNotJson,
            };
            Err(Refusal::value(code, error.to_string()))
        }
    }
}

/// Accepts only objects. Any other value is a bug in the producer, and no table has a row for it.
fn object(kind: Kind, text: &str) -> Piece<'_> {
    match kind {
        Kind::Object => Ok(text),
        kind => {
            Err(Refusal::value(Reason::ValueNotObject, format!("expected an object, found {}", kind.name())))
        }
    }
}

#[cfg(test)]
#[path = "splitter_tests.rs"]
mod tests;
