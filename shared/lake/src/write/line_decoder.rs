use crate::write::decoded_chunk::{DecodedChunk, MAX_KEPT_BUFFER};
use crate::write::quarantine_entry::{QuarantineError, begin_raw};
use crate::write::system_columns::append_system_cells;
use bronze::{Chunk, ChunkKind, Content, EnvelopeProblem, Format, Kept, LineReader, Record, Unreadable};
use table::{Reason, Refusal, RowJudge, Schema};

/// Turns each line into a row or a quarantine entry. One decoder serves one thread.
#[derive(Debug)]
pub struct LineDecoder {
    reader: Box<dyn LineReader>,
    judge: RowJudge,
    max_line: usize,
}

/// Position of a line in the object's text.
#[derive(Clone, Copy)]
struct LineStart {
    /// Line number, counted from 1.
    line: u64,
    /// Byte offset, counted from 0.
    byte: u64,
}

impl LineDecoder {
    pub(crate) fn new(schema: &Schema, max_line: usize) -> Self {
        LineDecoder { reader: Format::default().reader(), judge: RowJudge::new(schema), max_line }
    }

    /// Decodes every line of a chunk.
    pub fn decode(&mut self, chunk: &Chunk, out: &mut DecodedChunk) {
        out.clear();
        match chunk.kind {
            // No format whose unit is the value can be chosen yet.
            ChunkKind::Lines | ChunkKind::Values { .. } => self.decode_lines(chunk, out),
            ChunkKind::LongLine { first, last } => self.long_line(chunk, first, last, out),
        }
        self.reader.shrink_to(MAX_KEPT_BUFFER);
        self.judge.shrink_to(MAX_KEPT_BUFFER);
    }

    fn decode_lines(&mut self, chunk: &Chunk, out: &mut DecodedChunk) {
        let mut start = LineStart { line: chunk.line, byte: chunk.byte };
        let mut rest = &chunk.bytes[..];
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            self.decode_line(line, start, out);
            rest = after.get(1..).unwrap_or_default();
            start.line += 1;
            start.byte += end as u64 + 1;
        }
    }

    fn decode_line(&mut self, line: &[u8], start: LineStart, out: &mut DecodedChunk) {
        if line.len() > self.max_line {
            out.counts.lines += 1;
            return quarantine(&self.too_long(), &Kept::Raw(line), start, out);
        }
        if line.trim_ascii().is_empty() {
            out.counts.blank += 1;
            return;
        }
        out.counts.lines += 1;
        let entry = self.reader.read(line);
        match entry.content {
            Content::Record(record) => {
                if let Err(refusal) = take_record(&mut self.judge, &record, out) {
                    quarantine(&refusal, &entry.kept, start, out);
                }
            }
            Content::Unreadable(unreadable) => {
                if let Some(position) = &unreadable.position {
                    out.saw(position);
                }
                quarantine(&unreadable_refusal(unreadable), &entry.kept, start, out);
            }
            Content::Remark => {
                out.count(Reason::ObjectRemark);
                out.quarantine.extend_from_slice(line.trim_ascii());
                out.quarantine.push(b'\n');
            }
        }
    }

    /// Decodes one piece of a line that is too long for one chunk.
    fn long_line(&self, chunk: &Chunk, first: bool, last: bool, out: &mut DecodedChunk) {
        let start = LineStart { line: chunk.line, byte: chunk.byte };
        if first {
            out.counts.lines += 1;
            out.count(Reason::LineTooLong);
            begin_raw(&mut out.quarantine);
            out.entries -= 1; // the entry ends in the last piece
        }
        bronze::encode_base64(&chunk.bytes, &mut out.quarantine);
        if last {
            out.entries += 1;
            error(&self.too_long(), start).end_raw(&mut out.quarantine);
        }
    }

    fn too_long(&self) -> Refusal {
        let message = format!("the line is longer than {} bytes", self.max_line);
        Refusal { reason: Reason::LineTooLong, field: None, message }
    }
}

/// Adds a record to the chunk as a row, or returns why it can't become one.
#[inline]
fn take_record(judge: &mut RowJudge, record: &Record<'_>, out: &mut DecodedChunk) -> Result<(), Refusal> {
    let Record { value, key, position, enqueued_at } = record;
    if let Some(position) = position {
        out.saw(position);
    }
    let row = judge.judge(*key, value, *enqueued_at)?;
    let (Some(position), Some(enqueued_at)) = (position, *enqueued_at) else {
        // No input format omits these yet, and the table's system columns need them.
        let message = "the record's position or time is unknown".into();
        return Err(Refusal { reason: Reason::EnvelopeMissingField, field: None, message });
    };
    out.push_row(&row, |cells| append_system_cells(position, enqueued_at, *key, cells));
    Ok(())
}

fn unreadable_refusal(unreadable: Unreadable<'_>) -> Refusal {
    let reason = match unreadable.problem {
        EnvelopeProblem::NotJson => Reason::EnvelopeNotJson,
        EnvelopeProblem::MissingField => Reason::EnvelopeMissingField,
        EnvelopeProblem::BadField => Reason::EnvelopeBadField,
        EnvelopeProblem::DuplicateField => Reason::DuplicateField,
        EnvelopeProblem::BadBase64 => Reason::BadBase64,
    };
    Refusal { reason, field: unreadable.field.map(Into::into), message: unreadable.message }
}

fn quarantine(refusal: &Refusal, kept: &Kept<'_>, start: LineStart, out: &mut DecodedChunk) {
    out.count(refusal.reason);
    error(refusal, start).append_to(kept, &mut out.quarantine);
}

fn error(refusal: &Refusal, start: LineStart) -> QuarantineError<'_> {
    QuarantineError {
        code: refusal.reason.code(),
        field: refusal.field.as_deref(),
        message: &refusal.message,
        line: Some(start.line),
        byte: start.byte,
    }
}
