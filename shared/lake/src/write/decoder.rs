use crate::input::{Input, Units};
use crate::write::decoded_chunk::{DecodedChunk, MAX_KEPT_BUFFER};
use crate::write::line_decoder::LineDecoder;
use crate::write::quarantine_entry::{LongEntry, UnitStart, too_long};
use crate::write::value_decoder::ValueDecoder;
use bronze::{Chunk, ChunkKind, Connector, Quarantine};
use table::{Reason, RowJudge, Schema};

/// Turns each line or value of a source into a row or a quarantine entry. One decoder serves one thread.
#[derive(Debug)]
pub struct Decoder {
    judge: RowJudge,
    max_line: usize,
    units: UnitDecoder,
    long: LongEntry,
}

#[derive(Debug)]
enum UnitDecoder {
    Lines(LineDecoder),
    Values(ValueDecoder),
}

impl Decoder {
    pub(crate) fn new(schema: &Schema, input: &Input, max_line: usize) -> Self {
        let (units, long) = match &input.units {
            Units::Envelopes => (UnitDecoder::Lines(LineDecoder::new(Connector::default())), LongEntry::Line),
            Units::Quarantined => {
                (UnitDecoder::Lines(LineDecoder::new(Quarantine::default())), LongEntry::Entry)
            }
            Units::Values(origin) => {
                (UnitDecoder::Values(ValueDecoder::new(origin.clone())), LongEntry::Value(origin.clone()))
            }
        };
        Decoder { judge: RowJudge::new(schema), max_line, units, long }
    }

    /// Decodes a chunk, whose kind must be one that the input's framing produces.
    pub fn decode(&mut self, chunk: &Chunk, out: &mut DecodedChunk) {
        out.clear();
        match (&mut self.units, chunk.kind) {
            (_, ChunkKind::LongLine { first, last }) => self.long_unit(chunk, first, last, out),
            (UnitDecoder::Lines(lines), _) => lines.decode(chunk, &mut self.judge, self.max_line, out),
            (UnitDecoder::Values(values), kind) => {
                let in_array = matches!(kind, ChunkKind::Values { in_array: true });
                values.decode(chunk, in_array, &mut self.judge, self.max_line, out);
            }
        }
        match &mut self.units {
            UnitDecoder::Lines(lines) => lines.shrink_to(MAX_KEPT_BUFFER),
            UnitDecoder::Values(values) => values.shrink_to(MAX_KEPT_BUFFER),
        }
        self.judge.shrink_to(MAX_KEPT_BUFFER);
    }

    /// Decodes one piece of a line or value that is too long for one chunk.
    fn long_unit(&self, chunk: &Chunk, first: bool, last: bool, out: &mut DecodedChunk) {
        if first {
            out.counts.lines += 1;
            out.count(Reason::LineTooLong);
            out.entries -= 1; // the entry ends in the last piece
            self.long.begin(out);
        }
        bronze::encode_base64(&chunk.bytes, &mut out.quarantine);
        if last {
            out.entries += 1;
            let start = UnitStart { line: chunk.line, byte: chunk.byte };
            self.long.end(&too_long(self.max_line), start, out);
        }
    }
}
