use crate::format::append_system_cells;
use crate::quarantine::{QuarantineError, begin_raw};
use crate::receipt::Counts;
use bronze::{Chunk, ChunkKind, Envelope, EnvelopeProblem, Line};
use json::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use table::{Reason, Refusal, Row, RowJudge, Schema};

/// Judges lines, each on its own: a row, or an entry for the quarantine. One decoder serves one thread.
#[derive(Debug)]
pub struct LineDecoder {
    judge: RowJudge,
    max_line: usize,
    value: Vec<u8>,
    key: Vec<u8>,
}

/// What became of a chunk of lines.
#[derive(Debug, Default)]
pub struct DecodedChunk {
    /// Rows: the length of the partition key and of the row (`u32` each, little-endian), the key, the row.
    rows: Vec<u8>,
    /// Entries for the quarantine, as text.
    pub(crate) quarantine: Vec<u8>,
    /// How many entries end in that text.
    pub(crate) entries: u64,
    pub(crate) counts: Counts,
    pub(crate) reasons: BTreeMap<Reason, u64>,
    pub(crate) offsets: Vec<OffsetRange>,
    /// Records of stream partitions beyond [`MAX_OFFSETS`].
    pub(crate) offsets_left_out: u64,
}

/// Stream partitions whose offsets a receipt tells: an object of the connector holds one.
pub(crate) const MAX_OFFSETS: usize = 1000;

/// The offsets seen of one partition of a stream: of its curated rows and those whose envelope was good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffsetRange {
    /// The stream's name.
    pub stream: String,
    /// The partition.
    pub partition: String,
    /// The lowest offset.
    pub first: i64,
    /// The highest offset.
    pub last: i64,
    /// How many records: fewer than the range is wide where the stream has gaps, more where it was read twice.
    pub records: u64,
}

/// Buffers up to this size are kept from chunk to chunk.
const ORDINARY: usize = 1 << 20;

/// Where a line is.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    byte: u64,
}

impl LineDecoder {
    /// A decoder for rows of `schema`; lines longer than `max_line` bytes are refused.
    pub fn new(schema: &Schema, max_line: usize) -> Self {
        LineDecoder { judge: RowJudge::new(schema), max_line, value: Vec::new(), key: Vec::new() }
    }

    /// Judges every line of a chunk.
    pub fn decode(&mut self, chunk: &Chunk, out: &mut DecodedChunk) {
        out.clear();
        match chunk.kind {
            ChunkKind::Lines => self.decode_lines(chunk, out),
            ChunkKind::LongLine { first, last } => self.long_line(chunk, first, last, out),
        }
        // Buffers that a long line made large are not kept.
        for buffer in [&mut self.value, &mut self.key] {
            buffer.clear();
            buffer.shrink_to(ORDINARY);
        }
        self.judge.shrink_to(ORDINARY);
    }

    fn decode_lines(&mut self, chunk: &Chunk, out: &mut DecodedChunk) {
        let mut place = Place { line: chunk.line, byte: chunk.byte };
        let mut rest = &chunk.bytes[..];
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            self.decode_line(line, place, out);
            rest = after.get(1..).unwrap_or_default();
            place.line += 1;
            place.byte += end as u64 + 1;
        }
    }

    fn decode_line(&mut self, line: &[u8], place: Place, out: &mut DecodedChunk) {
        if line.len() > self.max_line {
            out.counts.lines += 1;
            let refusal = self.too_long();
            return out.refuse(&refusal, place, |error, text| error.append_raw(line, text));
        }
        if line.trim_ascii().is_empty() {
            out.counts.blank += 1;
            return;
        }
        out.counts.lines += 1;
        let raw = match Line::parse(line) {
            Ok(Line::Raw(raw)) => raw,
            other => return self.judge(line, other, place, out, false),
        };
        // A line that was no envelope when it was quarantined: judge what it was, and keep it as it was.
        match unwrap_raw(raw) {
            Ok(original) => self.judge(&original, Line::parse(&original), place, out, true),
            Err(undecodable) => {
                let refusal = refusal(Reason::BadBase64, Some("raw"), bronze::NotBase64.to_string());
                out.refuse(&refusal, place, |error, text| {
                    begin_raw(text);
                    text.extend_from_slice(undecodable.as_bytes());
                    error.end_raw(text);
                });
            }
        }
    }

    /// Takes a parsed line as a row, or refuses it. `unwrapped`: it stood in a quarantine's `raw`.
    fn judge(
        &mut self,
        line: &[u8],
        parsed: Result<Line<'_>, bronze::EnvelopeError>,
        place: Place,
        out: &mut DecodedChunk,
        unwrapped: bool,
    ) {
        // What was kept as raw may hold line ends, and an entry is one line.
        let one_line = !unwrapped || !line.contains(&b'\n');
        match parsed {
            Ok(Line::Envelope(envelope)) => match self.decode_envelope(&envelope, out) {
                Ok(()) => out.counts.curated += 1,
                Err(refusal) => {
                    out.refuse(&refusal, place, |error, text| match one_line {
                        true => {
                            error.append_envelope(line, envelope_error(line, envelope.error.clone()), text)
                        }
                        false => error.append_raw(line, text),
                    });
                }
            },
            Ok(Line::Remark) if !unwrapped => {
                out.count(Reason::ObjectRemark);
                out.quarantine.extend_from_slice(line.trim_ascii());
                out.quarantine.push(b'\n');
            }
            // Quarantine's own forms, inside of quarantine's own form: nothing we wrote.
            Ok(Line::Raw(_) | Line::Remark) => {
                let refusal =
                    refusal(Reason::EnvelopeNotJson, None, "a quarantine entry inside of one".into());
                out.refuse(&refusal, place, |error, text| error.append_raw(line, text));
            }
            Err(problem) => {
                let refusal = refusal(reason(problem.problem), problem.field, problem.message);
                let keeps_form = problem.is_object && one_line;
                out.refuse(&refusal, place, |error, text| match keeps_form {
                    true => error.append_envelope(line, envelope_error(line, problem.error.clone()), text),
                    false => error.append_raw(line, text),
                });
            }
        }
    }

    fn decode_envelope(&mut self, envelope: &Envelope<'_>, out: &mut DecodedChunk) -> Result<(), Refusal> {
        self.value.clear();
        self.key.clear();
        out.saw_offset(envelope);
        let not_base64 = |field| {
            move |error: bronze::NotBase64| refusal(Reason::BadBase64, Some(field), error.to_string())
        };
        envelope.decode_value(&mut self.value).map_err(not_base64("value"))?;
        let key = envelope.decode_key(&mut self.key).map_err(not_base64("key"))?.then_some(&self.key[..]);
        let row = self.judge.judge(key, &self.value)?;
        out.push_row(&row, |cells| append_system_cells(envelope, key, cells));
        Ok(())
    }

    fn long_line(&self, chunk: &Chunk, first: bool, last: bool, out: &mut DecodedChunk) {
        let place = Place { line: chunk.line, byte: chunk.byte };
        if first {
            out.counts.lines += 1;
            out.count(Reason::LineTooLong);
            begin_raw(&mut out.quarantine);
            out.entries -= 1;
        }
        bronze::encode_base64(&chunk.bytes, &mut out.quarantine);
        if last {
            out.entries += 1;
            let refusal = self.too_long();
            error(&refusal, place).end_raw(&mut out.quarantine);
        }
    }

    fn too_long(&self) -> Refusal {
        let message = format!("the line is longer than {} bytes", self.max_line);
        refusal(Reason::LineTooLong, None, message)
    }
}

/// What a quarantine's `raw` stands for. A raw entry that was itself too long a line was wrapped again: all wraps come off.
/// The error is the innermost `raw` as it was sent, when it is no base64.
fn unwrap_raw(raw: Text<'_>) -> Result<Vec<u8>, String> {
    let unwrap = |raw: Text<'_>| {
        let mut original = Vec::new();
        let decoded = bronze::decode_base64(raw.resolve().as_bytes(), &mut original);
        decoded.map(|()| original).map_err(|_| raw.raw().to_owned())
    };
    let mut original = unwrap(raw)?;
    while let Ok(Line::Raw(inner)) = Line::parse(&original) {
        original = unwrap(inner)?;
    }
    Ok(original)
}

/// The place of an old error in a line, as seen from the line's first character that is not white space.
fn envelope_error(line: &[u8], error: Option<Range<usize>>) -> Option<Range<usize>> {
    let before = line.len() - line.trim_ascii_start().len();
    error.map(|range| range.start - before..range.end - before)
}

fn refusal(reason: Reason, field: Option<&str>, message: String) -> Refusal {
    Refusal { reason, field: field.map(Into::into), message }
}

fn reason(problem: EnvelopeProblem) -> Reason {
    match problem {
        EnvelopeProblem::NotJson => Reason::EnvelopeNotJson,
        EnvelopeProblem::MissingField => Reason::EnvelopeMissingField,
        EnvelopeProblem::BadField => Reason::EnvelopeBadField,
        EnvelopeProblem::DuplicateField => Reason::DuplicateField,
    }
}

fn error(refusal: &Refusal, place: Place) -> QuarantineError<'_> {
    QuarantineError {
        code: refusal.reason.code(),
        field: refusal.field.as_deref(),
        message: &refusal.message,
        line: Some(place.line),
        byte: place.byte,
    }
}

impl DecodedChunk {
    /// The rows: partition key and packed row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &self.rows[..];
        std::iter::from_fn(move || {
            let (key_length, after) = rest.split_first_chunk()?;
            let (row_length, after) = after.split_first_chunk()?;
            let (key, after) = after.split_at(u32::from_le_bytes(*key_length) as usize);
            let (row, after) = after.split_at(u32::from_le_bytes(*row_length) as usize);
            rest = after;
            Some((key, row))
        })
    }

    /// Why lines were refused, and how many for each reason.
    pub fn reasons(&self) -> &BTreeMap<Reason, u64> {
        &self.reasons
    }

    /// Makes it an empty one, keeping its buffer, but not one that a long line made large.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.rows.shrink_to(ORDINARY);
        self.quarantine.clear();
        self.entries = 0;
        self.counts = Counts::default();
        self.reasons.clear();
        self.offsets.clear();
        self.offsets_left_out = 0;
    }

    fn push_row(&mut self, row: &Row<'_>, append_system_cells: impl FnOnce(&mut Vec<u8>)) {
        let (key, cells) = (row.partition.0, row.cells);
        self.rows.extend_from_slice(&(key.len() as u32).to_le_bytes());
        let length = self.rows.len();
        self.rows.extend_from_slice(&[0; 4]);
        self.rows.extend_from_slice(key);
        let start = self.rows.len();
        self.rows.extend_from_slice(cells);
        append_system_cells(&mut self.rows);
        let size = (self.rows.len() - start) as u32;
        self.rows[length..length + 4].copy_from_slice(&size.to_le_bytes());
    }

    fn refuse(
        &mut self,
        refusal: &Refusal,
        place: Place,
        append: impl FnOnce(&QuarantineError<'_>, &mut Vec<u8>),
    ) {
        self.count(refusal.reason);
        append(&error(refusal, place), &mut self.quarantine);
    }

    fn count(&mut self, reason: Reason) {
        self.entries += 1;
        self.counts.quarantined += 1;
        *self.reasons.entry(reason).or_default() += 1;
    }

    fn saw_offset(&mut self, envelope: &Envelope<'_>) {
        let stream = envelope.stream;
        let of_same = |range: &OffsetRange| range.partition == envelope.partition && stream.is(&range.stream);
        match self.offsets.iter().position(of_same) {
            Some(at) => self.offsets[at].add(envelope.offset, envelope.offset, 1),
            None if self.offsets.len() == MAX_OFFSETS => self.offsets_left_out += 1,
            None => {
                self.offsets.push(OffsetRange {
                    stream: stream.resolve().into(),
                    partition: envelope.partition.clone().into(),
                    first: envelope.offset,
                    last: envelope.offset,
                    records: 1,
                });
            }
        }
    }
}

impl OffsetRange {
    /// Widens the range.
    pub(crate) fn add(&mut self, first: i64, last: i64, records: u64) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.records += records;
    }
}
