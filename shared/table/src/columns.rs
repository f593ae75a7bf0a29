use crate::packed_row::RowReader;
use crate::schema::{RESCUED, Schema, UnknownFields};
use crate::types::{ColumnBuilder, ColumnType};
use arrow_array::ArrayRef;
use arrow_schema::Field;

/// Turns packed rows of one schema into Arrow columns: those of [`Schema::stored_columns`], then `_rescued`.
///
/// Memory: what the rows hold, once. Text is limited to 2 GiB a column; callers finish long before.
#[derive(Debug)]
pub struct ColumnBuilders {
    builders: Vec<ColumnBuilder>,
}

impl ColumnBuilders {
    /// Empty columns.
    pub fn new(schema: &Schema) -> Self {
        let rescued = rescued_type(schema);
        let types = schema.stored_columns().map(|column| column.column_type).chain(rescued);
        ColumnBuilders { builders: types.map(ColumnBuilder::new).collect() }
    }

    /// The Arrow fields of the columns, in order.
    pub fn fields(schema: &Schema) -> Vec<Field> {
        let stored = schema
            .stored_columns()
            .map(|column| Field::new(&column.name, column.column_type.arrow_type(), !column.required));
        let rescued = rescued_type(schema).map(|text| Field::new(RESCUED, text.arrow_type(), true));
        stored.chain(rescued).collect()
    }

    /// Appends the packed row at the start of `bytes`, and returns what follows it.
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

fn rescued_type(schema: &Schema) -> Option<ColumnType> {
    (schema.unknown_fields() == UnknownFields::Rescue).then_some(ColumnType::JSON)
}
