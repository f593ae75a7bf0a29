use crate::rescued::Rescued;
use crate::unknown_fields::UnknownFields;
use std::ops::Range;

/// Maximum memory that the nested values of one row take as columns. It is enough for an array of a million numbers of 64 bits.
const MAX_ROW: usize = 16 << 20;

/// What the cells of the current row refer to, and what is known about its nested values.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// Strings whose escapes have been resolved, and decoded bytes, one after another.
    pub(crate) resolved: Vec<u8>,
    /// Nested values, in the form that [`packed_row`](crate::packed_row) describes.
    pub(crate) packed: Vec<u8>,
    /// Unknown members of structs.
    pub(crate) rescued: Rescued,
    pub(crate) unknown_fields: UnknownFields,
    /// For each struct around the cursor, whether its fields have occurred.
    pub(crate) seen: Vec<bool>,
    /// For each map around the cursor, where its keys are in `packed`.
    pub(crate) keys: Vec<Range<usize>>,
    /// Memory that the row's nested values take as columns, in bytes.
    expanded: usize,
}

/// The nested values of a row take more than [`MAX_ROW`] bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the row's arrays and maps would take more than {} MiB as columns", MAX_ROW >> 20)]
pub(crate) struct RowTooLarge;

impl Buffers {
    pub(crate) fn new(unknown_fields: UnknownFields) -> Self {
        Buffers { unknown_fields, ..Buffers::default() }
    }

    /// Forgets the previous row.
    pub(crate) fn clear(&mut self) {
        self.resolved.clear();
        self.packed.clear();
        self.rescued.clear();
        self.seen.clear();
        self.keys.clear();
        self.expanded = 0;
    }

    /// Frees the memory of buffers that have grown beyond `capacity` bytes.
    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.clear();
        self.resolved.shrink_to(capacity);
        self.packed.shrink_to(capacity);
        self.rescued.shrink_to(capacity);
        self.seen.shrink_to(capacity);
        self.keys.shrink_to(capacity / size_of::<Range<usize>>());
    }

    /// Counts memory that the row's nested values take in addition to that of their text.
    #[inline]
    pub(crate) fn expand(&mut self, bytes: usize) -> Result<(), RowTooLarge> {
        self.expanded += bytes;
        if self.expanded <= MAX_ROW { Ok(()) } else { Err(RowTooLarge) }
    }
}
