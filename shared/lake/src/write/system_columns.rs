use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, Field, TimeUnit};
use bronze::Position;
use std::sync::Arc;
use table::{ENQUEUED_AT, KeyType};

/// Names of the columns that every row has in addition to the schema's. (`_stream`, `_partition`, `_offset`) identifies a record
/// permanently, and is used to find duplicates.
pub const SYSTEM_COLUMNS: [&str; 6] = ["_stream", "_partition", "_offset", "_key", ENQUEUED_AT, "_source"];

/// Returns the Arrow fields of the system columns, in order.
pub(crate) fn fields(key: KeyType) -> [Field; 6] {
    let [stream, partition, offset, key_name, enqueued_at, source] = SYSTEM_COLUMNS;
    let key_type = match key {
        KeyType::String => DataType::Utf8,
        KeyType::Binary => DataType::Binary,
    };
    let repeated = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    [
        Field::new(stream, DataType::Utf8, false),
        Field::new(partition, DataType::Utf8, false),
        Field::new(offset, DataType::Int64, false),
        Field::new(key_name, key_type, true),
        Field::new(enqueued_at, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        Field::new(source, repeated, false),
    ]
}

/// Appends the cells of the system columns to a packed row: stream and partition (each a `u32` length and the text), offset and enqueue
/// time (`i64` each), a byte that tells whether there is a key, and the key.
pub(crate) fn append_system_cells(
    position: &Position<'_>,
    enqueued_at: i64,
    key: Option<&[u8]>,
    row: &mut Vec<u8>,
) {
    push_bytes(row, position.stream.as_bytes());
    push_bytes(row, position.partition.as_bytes());
    row.extend_from_slice(&position.offset.to_le_bytes());
    row.extend_from_slice(&enqueued_at.to_le_bytes());
    row.push(u8::from(key.is_some()));
    if let Some(key) = key {
        push_bytes(row, key);
    }
}

fn push_bytes(row: &mut Vec<u8>, bytes: &[u8]) {
    row.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    row.extend_from_slice(bytes);
}

/// Builds the system columns from packed rows.
pub(crate) struct SystemBuilders {
    stream: StringBuilder,
    partition: StringBuilder,
    offset: Int64Builder,
    enqueued_at: TimestampMicrosecondBuilder,
    key: KeyBuilder,
}

enum KeyBuilder {
    String(StringBuilder),
    Binary(BinaryBuilder),
}

const COMPLETE: &str = "a packed row is as long as its cells say";
const TEXT: &str = "these cells are taken from UTF-8";

impl SystemBuilders {
    pub(crate) fn new(key: KeyType) -> Self {
        SystemBuilders {
            stream: StringBuilder::new(),
            partition: StringBuilder::new(),
            offset: Int64Builder::new(),
            enqueued_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            key: match key {
                KeyType::String => KeyBuilder::String(StringBuilder::new()),
                KeyType::Binary => KeyBuilder::Binary(BinaryBuilder::new()),
            },
        }
    }

    /// Appends the cells at the start of `row` and returns the rest of it.
    pub(crate) fn append<'a>(&mut self, row: &'a [u8]) -> &'a [u8] {
        let (stream, row) = take_bytes(row);
        self.stream.append_value(str::from_utf8(stream).expect(TEXT));
        let (partition, row) = take_bytes(row);
        self.partition.append_value(str::from_utf8(partition).expect(TEXT));
        let (offset, row) = row.split_first_chunk().expect(COMPLETE);
        self.offset.append_value(i64::from_le_bytes(*offset));
        let (enqueued_at, row) = row.split_first_chunk().expect(COMPLETE);
        self.enqueued_at.append_value(i64::from_le_bytes(*enqueued_at));
        let (has_key, row) = row.split_first().expect(COMPLETE);
        if *has_key == 0 {
            self.key.append(None);
            return row;
        }
        let (key, row) = take_bytes(row);
        self.key.append(Some(key));
        row
    }

    pub(crate) fn finish(&mut self) -> [ArrayRef; 5] {
        [
            Arc::new(self.stream.finish()),
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            match &mut self.key {
                KeyBuilder::String(builder) => ArrayBuilder::finish(builder),
                KeyBuilder::Binary(builder) => ArrayBuilder::finish(builder),
            },
            Arc::new(self.enqueued_at.finish()),
        ]
    }
}

impl KeyBuilder {
    fn append(&mut self, key: Option<&[u8]>) {
        match self {
            KeyBuilder::String(builder) => {
                builder.append_option(key.map(|key| str::from_utf8(key).expect(TEXT)));
            }
            KeyBuilder::Binary(builder) => builder.append_option(key),
        }
    }
}

fn take_bytes(row: &[u8]) -> (&[u8], &[u8]) {
    let (length, row) = row.split_first_chunk().expect(COMPLETE);
    row.split_at(u32::from_le_bytes(*length) as usize)
}
