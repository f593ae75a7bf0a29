use crate::column_type::ColumnType;

/// How a cell stands in a packed row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// One byte.
    Boolean,
    /// Four bytes.
    Int32,
    /// Eight bytes.
    Int64,
    /// Eight bytes.
    Float64,
    /// Sixteen bytes.
    Int128,
    /// A `u32` length and the text.
    Text,
}

impl ColumnType {
    /// The form of the column's cells in a packed row.
    pub(crate) fn cell(self) -> Cell {
        match self {
            ColumnType::String | ColumnType::Json => Cell::Text,
            ColumnType::Int32 | ColumnType::Date => Cell::Int32,
            ColumnType::Int64
            | ColumnType::Timestamp
            | ColumnType::TimestampUtc
            | ColumnType::TimestampMillis
            | ColumnType::TimestampSeconds => Cell::Int64,
            ColumnType::Float64 => Cell::Float64,
            ColumnType::Decimal { .. } => Cell::Int128,
            ColumnType::Boolean => Cell::Boolean,
        }
    }
}

/// Bytes of the null bitmap in front of a packed row of so many cells.
pub(crate) fn bitmap_len(cells: usize) -> usize {
    cells.div_ceil(8)
}

/// Reads a packed row from the front.
pub(crate) struct RowReader<'a> {
    bitmap: &'a [u8],
    rest: &'a [u8],
    cell: usize,
}

/// Why a packed row can be trusted to be whole: only the row decoder makes them.
const WHOLE: &str = "a packed row is as long as its cells say";

impl<'a> RowReader<'a> {
    pub(crate) fn new(row: &'a [u8], cells: usize) -> Self {
        let (bitmap, rest) = row.split_at(bitmap_len(cells));
        RowReader { bitmap, rest, cell: 0 }
    }

    /// Whether the next cell is null; if so it is passed over.
    #[inline]
    pub(crate) fn next_is_null(&mut self) -> bool {
        let null = self.bitmap[self.cell / 8] >> (self.cell % 8) & 1 == 1;
        self.cell += 1;
        null
    }

    #[inline]
    pub(crate) fn take<const N: usize>(&mut self) -> [u8; N] {
        let (cell, rest) = self.rest.split_first_chunk().expect(WHOLE);
        self.rest = rest;
        *cell
    }

    #[inline]
    pub(crate) fn text(&mut self) -> &'a [u8] {
        let length = u32::from_le_bytes(self.take()) as usize;
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        text
    }

    /// What follows the row.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}
