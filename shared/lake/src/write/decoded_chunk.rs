use crate::input::Origin;
use crate::receipts::offset_range::{MAX_OFFSETS, OffsetRange};
use crate::receipts::receipt::Counts;
use bronze::Position;
use std::collections::BTreeMap;
use table::{Reason, Row};

/// The result of decoding a chunk of lines: rows, quarantine entries and counts.
#[derive(Debug, Default)]
pub struct DecodedChunk {
    /// The rows. Each is the lengths of the partition key and of the packed row (`u32`, little-endian), then the key, then the row.
    rows: Vec<u8>,
    /// Bytes of `rows` that have been taken.
    taken: usize,
    /// Quarantine entries, as JSON lines.
    pub(crate) quarantine: Vec<u8>,
    /// Number of entries that end in `quarantine`. An entry of a long line can span chunks.
    pub(crate) entries: u64,
    pub(crate) counts: Counts,
    pub(crate) reasons: BTreeMap<Reason, u64>,
    pub(crate) offsets: Vec<OffsetRange>,
    /// Number of records from stream partitions beyond [`MAX_OFFSETS`].
    pub(crate) offsets_left_out: u64,
    /// Number of units that have no position of their own: the values of an object without envelopes.
    pub(crate) units: u64,
    /// Where `quarantine` has room for an offset, and the number of its unit in this chunk.
    pub(crate) unplaced: Vec<(usize, u64)>,
}

/// Width of an offset in an entry of `quarantine`, which is padded so that it can be placed later.
pub(crate) const OFFSET_WIDTH: usize = 20;

/// Largest buffer capacity that is kept from chunk to chunk.
pub(crate) const MAX_KEPT_BUFFER: usize = 1 << 20;

impl DecodedChunk {
    /// Returns the next row, as partition key and packed row.
    #[inline]
    pub(crate) fn next_row(&mut self) -> Option<(&[u8], &[u8])> {
        let rest = &self.rows[self.taken..];
        let (key_length, after) = rest.split_first_chunk()?;
        let (row_length, after) = after.split_first_chunk()?;
        let (key, after) = after.split_at(u32::from_le_bytes(*key_length) as usize);
        let (row, after) = after.split_at(u32::from_le_bytes(*row_length) as usize);
        self.taken = self.rows.len() - after.len();
        Some((key, row))
    }

    /// Returns the number of quarantined lines for each reason.
    pub fn reasons(&self) -> &BTreeMap<Reason, u64> {
        &self.reasons
    }

    /// Clears the chunk. It keeps its buffer, unless a long line has made the buffer large.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.taken = 0;
        self.rows.shrink_to(MAX_KEPT_BUFFER);
        self.quarantine.clear();
        self.entries = 0;
        self.counts = Counts::default();
        self.reasons.clear();
        self.offsets.clear();
        self.offsets_left_out = 0;
        self.units = 0;
        self.unplaced.clear();
    }

    /// Adds a row, with the cells of the system columns after the schema's.
    pub(crate) fn push_row(&mut self, row: &Row<'_>, append_system_cells: impl FnOnce(&mut Vec<u8>)) {
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
        self.counts.curated += 1;
    }

    /// Gives the units of the chunk their offsets, of which the first is `first`, and returns their number. Does nothing the next time.
    pub(crate) fn place(&mut self, origin: &Origin, first: i64) -> u64 {
        let units = std::mem::take(&mut self.units);
        if units == 0 {
            return 0;
        }
        let mut rest = &mut self.rows[..];
        while let Some((lengths, after)) = rest.split_first_chunk_mut::<8>() {
            let length = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| lengths[at + byte])) as usize;
            let (row, after) = after.split_at_mut(length(0) + length(4));
            let number = row.last_chunk_mut::<8>().expect("a row without an envelope ends with its number");
            *number = (first + i64::from_le_bytes(*number)).to_le_bytes();
            rest = after;
        }
        for (at, number) in self.unplaced.drain(..) {
            let offset = format!("{:OFFSET_WIDTH$}", first + number as i64);
            self.quarantine[at..at + OFFSET_WIDTH].copy_from_slice(offset.as_bytes());
        }
        self.offsets.push(OffsetRange {
            stream: origin.stream.clone(),
            partition: origin.partition.clone(),
            first,
            last: first + units as i64 - 1,
            records: units,
        });
        units
    }

    /// Counts a quarantine entry.
    pub(crate) fn count(&mut self, reason: Reason) {
        self.entries += 1;
        self.counts.quarantined += 1;
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// Counts a record and adds its position to the offsets.
    pub(crate) fn saw(&mut self, position: &Position<'_>) {
        let same = |range: &OffsetRange| {
            range.partition.as_deref() == position.partition.as_deref() && range.stream == position.stream
        };
        match self.offsets.iter().position(same) {
            Some(at) => self.offsets[at].add(position.offset, position.offset, 1),
            None if self.offsets.len() == MAX_OFFSETS => self.offsets_left_out += 1,
            None => {
                self.offsets.push(OffsetRange {
                    stream: position.stream.clone().into(),
                    partition: position.partition.clone().map(Into::into),
                    first: position.offset,
                    last: position.offset,
                    records: 1,
                });
            }
        }
    }
}
