use crate::packed_row::RowReader;
use crate::schema::{RESCUED, Schema};
use crate::types::{ColumnBuilder, ColumnType, MAX_BATCH};
use crate::unknown_fields::UnknownFields;
use arrow_array::ArrayRef;
use arrow_schema::Field;

/// Converts packed rows of one schema to Arrow columns: those of [`Schema::stored_columns`], then `_rescued`.
///
/// Memory: the content of the rows, once, and a slot for each value that is missing. Text is limited to 2 GiB per column, and elements to
/// 2^31; callers finish long before that.
#[derive(Debug)]
pub struct ColumnBuilders {
    builders: Vec<ColumnBuilder>,
    /// Bytes that each row takes, apart from those of strings, elements and entries.
    row_bytes: usize,
    bytes: usize,
}

impl ColumnBuilders {
    /// Creates empty columns.
    pub fn new(schema: &Schema) -> Self {
        let rescued = rescued_type(schema);
        let types = || schema.stored_columns().map(|column| &column.column_type).chain(rescued);
        ColumnBuilders {
            builders: types().map(ColumnBuilder::new).collect(),
            row_bytes: types().map(ColumnType::slot).sum(),
            bytes: 0,
        }
    }

    /// Returns the Arrow fields of the columns, in order.
    pub fn fields(schema: &Schema) -> Vec<Field> {
        let stored = schema
            .stored_columns()
            .map(|column| Field::new(&column.name, column.column_type.arrow_type(), !column.required));
        let rescued = rescued_type(schema).map(|text| Field::new(RESCUED, text.arrow_type(), true));
        stored.chain(rescued).collect()
    }

    /// Appends the packed row at the start of `bytes`, and returns the bytes after it.
    pub fn append<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut row = RowReader::new(bytes, self.builders.len());
        for builder in &mut self.builders {
            if row.next_is_null() { builder.append_null() } else { builder.append(&mut row) }
        }
        self.bytes += self.row_bytes + row.expanded();
        row.rest()
    }

    /// Returns whether the columns take so much memory that they should be finished. Missing values take memory in columns, and none in
    /// packed rows, so a caller that counts only the bytes of packed rows would not notice.
    pub fn are_full(&self) -> bool {
        self.bytes >= MAX_BATCH
    }

    /// Returns the columns and leaves the builders empty.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        self.bytes = 0;
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}

fn rescued_type(schema: &Schema) -> Option<&'static ColumnType> {
    (schema.unknown_fields() == UnknownFields::Rescue).then_some(&ColumnType::JSON)
}
