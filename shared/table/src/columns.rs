use crate::column_type::ColumnType;
use crate::row::{Cell, RowReader};
use crate::schema::{RESCUED, Schema, UnknownFields};
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, TimeUnit};
use std::sync::Arc;

/// Turns packed rows of one schema into Arrow columns: those of [`Schema::stored_columns`], and `_rescued`.
///
/// Memory: what the rows hold, once. Text is limited to 2 GiB a column; callers finish long before.
#[derive(Debug)]
pub struct ColumnBuilders {
    builders: Vec<Builder>,
}

#[derive(Debug)]
enum Builder {
    Boolean(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(TextBuilder),
}

/// Gathers text that is checked once for a whole column: a string builder would check every cell.
#[derive(Debug)]
struct TextBuilder {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl ColumnBuilders {
    /// Empty columns.
    pub fn new(schema: &Schema) -> Self {
        let rescued = rescued_type(schema);
        let types = schema.stored_columns().map(|column| column.column_type).chain(rescued);
        ColumnBuilders { builders: types.map(Builder::new).collect() }
    }

    /// The Arrow fields of the columns, in order.
    pub fn fields(schema: &Schema) -> Vec<Field> {
        let stored = schema
            .stored_columns()
            .map(|column| Field::new(&column.name, column.column_type.arrow_type(), !column.required));
        let rescued = rescued_type(schema).map(|text| Field::new(RESCUED, text.arrow_type(), true));
        stored.chain(rescued).collect()
    }

    /// Appends the packed row in front of `bytes`, and returns what follows it.
    pub fn append<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut row = RowReader::new(bytes, self.builders.len());
        for builder in &mut self.builders {
            if row.next_is_null() { builder.append_null() } else { builder.append(&mut row) }
        }
        row.rest()
    }

    /// Gives the columns away, and is empty again.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        self.builders.iter_mut().map(Builder::finish).collect()
    }
}

fn rescued_type(schema: &Schema) -> Option<ColumnType> {
    (schema.unknown_fields() == UnknownFields::Rescue).then_some(ColumnType::Json)
}

impl ColumnType {
    /// The Arrow type of the column: timestamps in microseconds, never nanoseconds, which few readers take.
    pub fn arrow_type(self) -> DataType {
        match self {
            ColumnType::String | ColumnType::Json => DataType::Utf8,
            ColumnType::Int32 => DataType::Int32,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::Float64 => DataType::Float64,
            ColumnType::Decimal { precision, scale } => DataType::Decimal128(precision, scale as i8),
            ColumnType::Boolean => DataType::Boolean,
            ColumnType::Date => DataType::Date32,
            ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            ColumnType::TimestampUtc | ColumnType::TimestampMillis | ColumnType::TimestampSeconds => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
        }
    }
}

impl Builder {
    fn new(column_type: ColumnType) -> Self {
        let arrow_type = column_type.arrow_type();
        match column_type.cell() {
            Cell::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Cell::Int32 if column_type == ColumnType::Date => Builder::Date(Date32Builder::new()),
            Cell::Int32 => Builder::Int32(Int32Builder::new()),
            Cell::Int64 if column_type == ColumnType::Int64 => Builder::Int64(Int64Builder::new()),
            Cell::Int64 => Builder::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(arrow_type)),
            Cell::Float64 => Builder::Float64(Float64Builder::new()),
            Cell::Int128 => Builder::Decimal(Decimal128Builder::new().with_data_type(arrow_type)),
            Cell::Text => Builder::Text(TextBuilder::default()),
        }
    }

    #[inline]
    fn append(&mut self, row: &mut RowReader<'_>) {
        match self {
            Builder::Boolean(builder) => builder.append_value(row.take() == [1]),
            Builder::Int32(builder) => builder.append_value(i32::from_le_bytes(row.take())),
            Builder::Int64(builder) => builder.append_value(i64::from_le_bytes(row.take())),
            Builder::Float64(builder) => builder.append_value(f64::from_le_bytes(row.take())),
            Builder::Decimal(builder) => builder.append_value(i128::from_le_bytes(row.take())),
            Builder::Date(builder) => builder.append_value(i32::from_le_bytes(row.take())),
            Builder::Timestamp(builder) => builder.append_value(i64::from_le_bytes(row.take())),
            Builder::Text(builder) => builder.append(row.text()),
        }
    }

    fn append_null(&mut self) {
        match self {
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Int32(builder) => builder.append_null(),
            Builder::Int64(builder) => builder.append_null(),
            Builder::Float64(builder) => builder.append_null(),
            Builder::Decimal(builder) => builder.append_null(),
            Builder::Date(builder) => builder.append_null(),
            Builder::Timestamp(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Int32(builder) => Arc::new(builder.finish()),
            Builder::Int64(builder) => Arc::new(builder.finish()),
            Builder::Float64(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Timestamp(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(std::mem::take(builder).finish()),
        }
    }
}

impl Default for TextBuilder {
    fn default() -> Self {
        TextBuilder { offsets: vec![0], bytes: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }
}

impl TextBuilder {
    #[inline]
    fn append(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.nulls.append_non_null();
        self.offsets.push(self.bytes.len() as i32);
    }

    fn append_null(&mut self) {
        self.nulls.append_null();
        self.offsets.push(self.bytes.len() as i32);
    }

    fn finish(mut self) -> StringArray {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::try_new(offsets, Buffer::from_vec(self.bytes), self.nulls.finish())
            .expect("the decoder takes text from UTF-8 alone")
    }
}
