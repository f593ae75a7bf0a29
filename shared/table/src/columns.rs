use crate::packed_row::RowReader;
use crate::schema::{RESCUED, Schema, UnknownFields};
use crate::types::{ColumnBuilder, ColumnType};
use arrow_array::ArrayRef;
use arrow_schema::Field;

/// Converts packed rows of one schema to Arrow columns: those of [`Schema::stored_columns`], then `_rescued`.
///
/// Memory: the content of the rows, once. Text is limited to 2 GiB per column; callers finish long before that.
#[derive(Debug)]
pub struct ColumnBuilders {
    builders: Vec<ColumnBuilder>,
}

impl ColumnBuilders {
    /// Creates empty columns.
    pub fn new(schema: &Schema) -> Self {
        let rescued = rescued_type(schema);
        let types = schema.stored_columns().map(|column| &column.column_type).chain(rescued);
        ColumnBuilders { builders: types.map(ColumnBuilder::new).collect() }
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
        row.rest()
    }

    /// Returns the columns and leaves the builders empty.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}

fn rescued_type(schema: &Schema) -> Option<&'static ColumnType> {
    (schema.unknown_fields() == UnknownFields::Rescue).then_some(&ColumnType::JSON)
}
