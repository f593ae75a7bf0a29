//! Packed rows: all cells of a row in one contiguous run of bytes.
//!
//! A packed row is a bitmap of nulls (one bit per cell, lowest first, set for null) followed by the cells that are not null. Numbers are
//! little-endian, a boolean is one byte, and text is preceded by its length (`u32`).
//!
//! A nested cell is packed in the order in which it was sent:
//!
//! - an array: the number of elements (`u32`), then for each a byte (0: null, 1: a value) and the value
//! - a map: the number of entries (`u32`), then for each its key as text, and a byte and the value as in an array
//! - a struct: a bitmap of the fields that are null or missing, then for each other field its index (`u16`) and its value

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
#[derive(Clone)]
pub(crate) struct RowReader<'a> {
    bitmap: &'a [u8],
    rest: &'a [u8],
    cell: usize,
    expanded: usize,
}

/// Why a packed row is known to be complete: only the row decoder makes them.
const COMPLETE: &str = "a packed row is as long as its cells say";

impl<'a> RowReader<'a> {
    pub(crate) fn new(row: &'a [u8], cells: usize) -> Self {
        let (bitmap, rest) = row.split_at(bitmap_len(cells));
        RowReader { bitmap, rest, cell: 0, expanded: 0 }
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

    /// Reads the number of elements of an array or entries of a map.
    pub(crate) fn count(&mut self) -> usize {
        u32::from_le_bytes(self.take()) as usize
    }

    /// Reads the index of a struct's field.
    #[inline]
    pub(crate) fn index(&mut self) -> usize {
        u16::from_le_bytes(self.take()).into()
    }

    /// Reads the byte that says whether a value follows.
    #[inline]
    pub(crate) fn tag(&mut self) -> bool {
        self.take() == [1]
    }

    /// Reads the bitmap of a struct with this many fields.
    pub(crate) fn bitmap(&mut self, fields: usize) -> &'a [u8] {
        let (bitmap, rest) = self.rest.split_at(bitmap_len(fields));
        self.rest = rest;
        bitmap
    }

    /// Counts bytes that the row's elements and entries take as a part of columns.
    pub(crate) fn expand(&mut self, bytes: usize) {
        self.expanded += bytes;
    }

    /// Returns the bytes that [`expand`](Self::expand) has counted.
    pub(crate) fn expanded(&self) -> usize {
        self.expanded
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
