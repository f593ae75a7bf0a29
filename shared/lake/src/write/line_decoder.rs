use crate::write::decoded_chunk::DecodedChunk;
use crate::write::quarantine_entry::{UnitStart, quarantine, too_long};
use crate::write::record_columns::append_record_cells;
use bronze::{Chunk, Content, EnvelopeProblem, LineReader, Record, Unreadable};
use table::{Reason, Refusal, RowJudge};

/// Turns each line into a row or a quarantine entry.
#[derive(Debug)]
pub(crate) struct LineDecoder {
    reader: Box<dyn LineReader>,
}

impl LineDecoder {
    pub(crate) fn new(reader: impl LineReader + 'static) -> Self {
        LineDecoder { reader: Box::new(reader) }
    }

    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.reader.shrink_to(capacity);
    }

    /// Decodes every line of a chunk.
    pub(crate) fn decode(
        &mut self,
        chunk: &Chunk,
        judge: &mut RowJudge,
        max_line: usize,
        out: &mut DecodedChunk,
    ) {
        let mut start = UnitStart { line: chunk.line, byte: chunk.byte };
        let mut rest = &chunk.bytes[..];
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            if line.len() > max_line {
                out.counts.lines += 1;
                quarantine(&too_long(max_line), &self.reader.unread(line), start, out);
            } else if line.trim_ascii().is_empty() {
                out.counts.blank += 1;
            } else {
                out.counts.lines += 1;
                self.decode_line(line, judge, start, out);
            }
            rest = after.get(1..).unwrap_or_default();
            start.line += 1;
            start.byte += end as u64 + 1;
        }
    }

    fn decode_line(&mut self, line: &[u8], judge: &mut RowJudge, start: UnitStart, out: &mut DecodedChunk) {
        let entry = self.reader.read(line);
        match entry.content {
            Content::Record(record) => {
                if let Err(refusal) = take_record(judge, &record, out) {
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
}

/// Adds a record to the chunk as a row, or returns why it can't become one.
#[inline]
fn take_record(judge: &mut RowJudge, record: &Record<'_>, out: &mut DecodedChunk) -> Result<(), Refusal> {
    let Some(position) = &record.position else {
        // No reader of lines omits it.
        let message = "the record's position is unknown".into();
        return Err(Refusal { reason: Reason::EnvelopeMissingField, field: None, message });
    };
    out.saw(position);
    let row = judge.judge(record.key, record.value, record.enqueued_at)?;
    out.push_row(&row, |cells| append_record_cells(record, position, cells));
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
