use crate::input::Origin;
use crate::write::decoded_chunk::DecodedChunk;
use crate::write::quarantine_entry::{UnitStart, quarantine_value, too_long};
use bronze::{Broken, Chunk, Unit, Values, undelivered};
use json::Problem;
use table::{Reason, Refusal, RowJudge};

/// Turns each JSON value of an object without envelopes into a row or a quarantine entry.
///
/// A chunk doesn't know how many values came before it, so the offsets in its rows and entries are counted from its own first value until
/// [`DecodedChunk::place`].
#[derive(Debug)]
pub(crate) struct ValueDecoder {
    origin: Origin,
    /// What Firehose could not deliver, decoded.
    undelivered: Vec<u8>,
}

/// The position of the latest unit, from which that of the next one is found.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
    byte: u64,
}

impl ValueDecoder {
    pub(crate) fn new(origin: Origin) -> Self {
        ValueDecoder { origin, undelivered: Vec::new() }
    }

    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.undelivered.clear();
        self.undelivered.shrink_to(capacity);
    }

    /// Decodes every value of a chunk, which starts inside an array at the top level if `in_array`.
    pub(crate) fn decode(
        &mut self,
        chunk: &Chunk,
        in_array: bool,
        judge: &mut RowJudge,
        max_line: usize,
        out: &mut DecodedChunk,
    ) {
        let mut values = Values::new(&chunk.bytes, in_array);
        let mut cursor = Cursor { text: &chunk.bytes, at: 0, line: chunk.line, byte: chunk.byte };
        while let Some(unit) = values.next_unit() {
            let unit = match unit {
                Unit::Line(line) => match self.judge(line, judge, max_line, out) {
                    Err(refusal) if may_be_several(refusal.reason) => values.reject(line),
                    result => {
                        self.take(line, result, &mut cursor, out);
                        continue;
                    }
                },
                unit => unit,
            };
            match unit {
                Unit::Line(value) | Unit::Value(value) => {
                    let result = self.judge(value, judge, max_line, out);
                    self.take(value, result, &mut cursor, out);
                }
                Unit::Broken(text, why) => self.take(text, Err(broken(why)), &mut cursor, out),
            }
        }
    }

    /// Adds a value to the chunk as a row, or returns why it can't become one.
    fn judge(
        &mut self,
        value: &[u8],
        judge: &mut RowJudge,
        max_line: usize,
        out: &mut DecodedChunk,
    ) -> Result<(), Refusal> {
        if value.len() > max_line {
            return Err(too_long(max_line));
        }
        let value = if undelivered(value, &mut self.undelivered) { &self.undelivered } else { value };
        let row = judge.judge(None, value, None)?;
        let number = out.units;
        out.push_row(&row, |cells| cells.extend_from_slice(&number.to_le_bytes()));
        Ok(())
    }

    /// Counts a unit, and quarantines it if it was refused.
    fn take(
        &self,
        text: &[u8],
        result: Result<(), Refusal>,
        cursor: &mut Cursor<'_>,
        out: &mut DecodedChunk,
    ) {
        out.counts.lines += 1;
        if let Err(refusal) = result {
            quarantine_value(&refusal, text, &self.origin, cursor.move_to(text), out);
        }
        out.units += 1;
    }
}

impl Cursor<'_> {
    /// Returns the position of a part of the text, which must not be before the previous one.
    #[cold]
    fn move_to(&mut self, part: &[u8]) -> UnitStart {
        let at = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let skipped = &self.text[self.at..at];
        self.line += memchr::memchr_iter(b'\n', skipped).count() as u64;
        self.byte += skipped.len() as u64;
        self.at = at;
        UnitStart { line: self.line, byte: self.byte }
    }
}

/// Returns whether a line refused for this reason may hold several values, of which others are good.
fn may_be_several(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ValueNotJson | Reason::ValueNotUtf8 | Reason::NestingTooDeep | Reason::LineTooLong
    )
}

fn broken(why: Broken) -> Refusal {
    let (reason, message) = match why {
        Broken::NotUtf8 => (Reason::ValueNotUtf8, "invalid UTF-8".into()),
        Broken::NotJson(error) if error.problem == Problem::TooDeep => {
            (Reason::NestingTooDeep, error.to_string())
        }
        Broken::NotJson(error) => (Reason::ValueNotJson, error.to_string()),
    };
    Refusal { reason, field: None, message }
}
