//! Packed rows: all cells of a row in one contiguous run of bytes.
//!
//! A packed row is a bitmap of nulls (one bit per cell, lowest first, set for null) followed by the cells that are not null. Numbers are
//! little-endian, a boolean is one byte, and text is preceded by its length (`u32`).

/// Returns the length in bytes of the null bitmap of a packed row with this many cells.
pub(crate) fn bitmap_len(cells: usize) -> usize {
    cells.div_ceil(8)
}

#[inline]
pub(crate) fn push_text(row: &mut Vec<u8>, text: &[u8]) {
    row.extend_from_slice(&(text.len() as u32).to_le_bytes());
    row.extend_from_slice(text);
}

/// Reads a packed row from the front.
pub(crate) struct RowReader<'a> {
    bitmap: &'a [u8],
    rest: &'a [u8],
    cell: usize,
}

/// Why a packed row is known to be complete: only the row decoder makes them.
const COMPLETE: &str = "a packed row is as long as its cells say";

impl<'a> RowReader<'a> {
    pub(crate) fn new(row: &'a [u8], cells: usize) -> Self {
        let (bitmap, rest) = row.split_at(bitmap_len(cells));
        RowReader { bitmap, rest, cell: 0 }
    }

    /// Returns whether the next cell is null, and moves past its bit in the bitmap. A null cell has no bytes.
    #[inline]
    pub(crate) fn next_is_null(&mut self) -> bool {
        let null = self.bitmap[self.cell / 8] >> (self.cell % 8) & 1 == 1;
        self.cell += 1;
        null
    }

    /// Reads a cell of fixed size.
    #[inline]
    pub(crate) fn fixed<T: FixedCell>(&mut self) -> T {
        T::take(self)
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (cell, rest) = self.rest.split_first_chunk().expect(COMPLETE);
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

    /// Returns the bytes after the row.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// A type whose cells have a fixed size.
pub(crate) trait FixedCell: Sized {
    fn take(row: &mut RowReader<'_>) -> Self;
}

macro_rules! fixed_cells {
    ($($number:ty)*) => {
        $(impl FixedCell for $number {
            #[inline]
            fn take(row: &mut RowReader<'_>) -> Self {
                <$number>::from_le_bytes(row.take())
            }
        })*
    };
}

fixed_cells!(i32 i64 i128 f64);

impl FixedCell for bool {
    #[inline]
    fn take(row: &mut RowReader<'_>) -> Self {
        row.take() == [1]
    }
}
