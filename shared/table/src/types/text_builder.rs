use super::definition::CellBuilder;
use crate::packed_row::RowReader;
use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use std::sync::Arc;

/// Collects text and checks its UTF-8 once for the whole column. Arrow's string builder would check every cell.
#[derive(Debug)]
pub(crate) struct TextBuilder {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl Default for TextBuilder {
    fn default() -> Self {
        TextBuilder { offsets: vec![0], bytes: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }
}

impl CellBuilder for TextBuilder {
    #[inline]
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        self.bytes.extend_from_slice(row.text());
        self.nulls.append_non_null();
        self.offsets.push(self.bytes.len() as i32);
    }

    fn append_null_cell(&mut self) {
        self.nulls.append_null();
        self.offsets.push(self.bytes.len() as i32);
    }

    fn finish_array(&mut self) -> ArrayRef {
        let TextBuilder { offsets, bytes, mut nulls } = std::mem::take(self);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let array = StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls.finish());
        Arc::new(array.expect("the decoder takes text from UTF-8 alone"))
    }
}
