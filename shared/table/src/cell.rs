use crate::packed_row::push_text;
use std::fmt;
use std::ops::Range;

/// The value of a column in the current row, before the row is packed.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// The field hasn't occurred yet.
    Missing,
    Null,
    /// Text without escapes, as a range of the record's value.
    Sent(Range<usize>),
    /// Text that had escapes, as a range of the row's resolved strings.
    Resolved(Range<usize>),
    Boolean(bool),
    Int32(i32),
    Int64(i64),
    Int128(i128),
    Float64(f64),
    /// A nested value.
    Packed {
        /// Its range of the row's packed values.
        cell: Range<u32>,
        /// The range of the row's rescued members that are its own.
        rescued: Range<u32>,
    },
}

impl Cell {
    /// Returns the text of a text cell, given the record's value and the row's resolved strings.
    pub(crate) fn text<'a>(&self, value: &'a [u8], resolved: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Cell::Sent(range) => Some(&value[range.clone()]),
            Cell::Resolved(range) => Some(&resolved[range.clone()]),
            _ => None,
        }
    }

    /// Appends the cell to a packed row, given what it may refer to: the record's value and the row's buffers. Returns whether there was a value to append.
    // Part of the loop over a row's cells, although nested types call it as well.
    #[inline(always)]
    pub(crate) fn append_to(&self, value: &[u8], resolved: &[u8], packed: &[u8], row: &mut Vec<u8>) -> bool {
        match self {
            Cell::Missing | Cell::Null => return false,
            Cell::Sent(range) => push_text(row, &value[range.clone()]),
            Cell::Resolved(range) => push_text(row, &resolved[range.clone()]),
            Cell::Boolean(value) => row.push(u8::from(*value)),
            Cell::Int32(value) => row.extend_from_slice(&value.to_le_bytes()),
            Cell::Int64(value) => row.extend_from_slice(&value.to_le_bytes()),
            Cell::Int128(value) => row.extend_from_slice(&value.to_le_bytes()),
            Cell::Float64(value) => row.extend_from_slice(&value.to_le_bytes()),
            Cell::Packed { cell, .. } => {
                row.extend_from_slice(&packed[cell.start as usize..cell.end as usize])
            }
        }
        true
    }
}

/// Formats numbers and booleans. Other cells have no text here.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Boolean(value) => value.fmt(f),
            Cell::Int32(value) => value.fmt(f),
            Cell::Int64(value) => value.fmt(f),
            Cell::Int128(value) => value.fmt(f),
            Cell::Float64(value) => value.fmt(f),
            Cell::Missing | Cell::Null | Cell::Sent(_) | Cell::Resolved(_) | Cell::Packed { .. } => Ok(()),
        }
    }
}
