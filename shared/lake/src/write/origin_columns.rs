use crate::input::Origin;
use arrow_array::builder::{ArrayBuilder, Int64Builder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray, new_null_array};
use arrow_schema::{DataType, TimeUnit};
use std::sync::Arc;
use table::KeyType;

/// Builds the system columns of values without an envelope. Of these columns, a packed row contains only the offset: the others are the
/// same for the whole object.
pub(crate) struct OriginColumns {
    origin: Origin,
    offset: Int64Builder,
    key: DataType,
}

const COMPLETE: &str = "a packed row ends with its offset";

impl OriginColumns {
    pub(crate) fn new(key: KeyType, origin: &Origin) -> Self {
        let key = match key {
            KeyType::String => DataType::Utf8,
            KeyType::Binary => DataType::Binary,
        };
        OriginColumns { origin: origin.clone(), offset: Int64Builder::new(), key }
    }

    /// Appends the cells at the start of `row` and returns the rest of it.
    pub(crate) fn append<'a>(&mut self, row: &'a [u8]) -> &'a [u8] {
        let (offset, row) = row.split_first_chunk().expect(COMPLETE);
        self.offset.append_value(i64::from_le_bytes(*offset));
        row
    }

    pub(crate) fn finish(&mut self) -> [ArrayRef; 7] {
        let rows = self.offset.len();
        let nulls = |data_type: &DataType| new_null_array(data_type, rows);
        [
            repeated(Some(&self.origin.stream), rows),
            repeated(self.origin.partition.as_deref(), rows),
            Arc::new(self.offset.finish()),
            nulls(&DataType::Utf8),
            nulls(&self.key),
            nulls(&DataType::Utf8),
            nulls(&DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        ]
    }
}

/// Returns a column that has the same value in every row.
pub(crate) fn repeated(value: Option<&str>, rows: usize) -> ArrayRef {
    let keys: Int32Array = match value {
        Some(_) => vec![0; rows].into(),
        None => vec![None; rows].into(),
    };
    let values = StringArray::from_iter_values(value);
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(values)))
}
