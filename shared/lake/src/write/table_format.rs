use crate::packed_rows::PackedRows;
use crate::run::Run;
use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_schema::{DataType, Field, Schema as ArrowSchema, SchemaRef, TimeUnit};
use bronze::Envelope;
use std::sync::Arc;
use table::{ColumnBuilders, KeyType, Schema};

/// The columns that every row carries besides the schema's own. (`_stream`, `_partition`, `_offset`) identifies a record for
/// ever, and is what duplicates are found by.
pub const SYSTEM_COLUMNS: [&str; 6] = ["_stream", "_partition", "_offset", "_key", "_enqueued_at", "_source"];

/// What the files of a run look like: the schema's columns, then the system's.
#[derive(Debug, Clone)]
pub struct TableFormat {
    pub(crate) schema: Arc<Schema>,
    pub(crate) arrow: SchemaRef,
    pub(crate) run: Arc<Run>,
}

impl TableFormat {
    /// The format of the files of `run` under `schema`.
    pub fn new(schema: Arc<Schema>, run: Arc<Run>) -> Self {
        let [stream, partition, offset, key, enqueued_at, source] = SYSTEM_COLUMNS;
        let key_type = match schema.key() {
            KeyType::String => DataType::Utf8,
            KeyType::Binary => DataType::Binary,
        };
        let repeated = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut fields = ColumnBuilders::fields(&schema);
        fields.extend([
            Field::new(stream, DataType::Utf8, false),
            Field::new(partition, DataType::Utf8, false),
            Field::new(offset, DataType::Int64, false),
            Field::new(key, key_type, true),
            Field::new(enqueued_at, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
            Field::new(source, repeated, false),
        ]);
        TableFormat { schema, arrow: Arc::new(ArrowSchema::new(fields)), run }
    }

    /// Turns rows into columns, giving the rows' memory back block by block.
    pub(crate) fn columns(&self, rows: PackedRows) -> Vec<ArrayRef> {
        let count = rows.rows();
        let mut table = ColumnBuilders::new(&self.schema);
        let mut system = SystemBuilders::new(self.schema.key());
        for block in rows.into_blocks() {
            let mut rest = &block[..];
            while !rest.is_empty() {
                rest = system.append(table.append(rest));
            }
        }
        let mut columns = table.finish();
        columns.extend(system.finish());
        let source = StringArray::from(vec![self.run.source.url.as_str()]);
        let repeated = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0; count]), Arc::new(source));
        columns.push(Arc::new(repeated));
        columns
    }
}

/// Appends the cells of the system columns to a packed row: stream, partition (a `u32` length and the text), offset, time of
/// enqueuing (`i64`), and a byte that says whether there is a key, and the key.
pub(crate) fn append_system_cells(envelope: &Envelope<'_>, key: Option<&[u8]>, row: &mut Vec<u8>) {
    push_bytes(row, envelope.stream.resolve().as_bytes());
    push_bytes(row, envelope.partition.as_bytes());
    row.extend_from_slice(&envelope.offset.to_le_bytes());
    row.extend_from_slice(&envelope.enqueued_at.to_le_bytes());
    row.push(u8::from(key.is_some()));
    if let Some(key) = key {
        push_bytes(row, key);
    }
}

fn push_bytes(row: &mut Vec<u8>, bytes: &[u8]) {
    row.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    row.extend_from_slice(bytes);
}

/// The other way: from packed rows to columns.
struct SystemBuilders {
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

const WHOLE: &str = "a packed row is as long as its cells say";
const TEXT: &str = "these cells are taken from UTF-8";

impl SystemBuilders {
    fn new(key: KeyType) -> Self {
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

    /// Appends the cells in front of `row`, and returns what follows them.
    fn append<'a>(&mut self, row: &'a [u8]) -> &'a [u8] {
        let (stream, row) = take_bytes(row);
        self.stream.append_value(str::from_utf8(stream).expect(TEXT));
        let (partition, row) = take_bytes(row);
        self.partition.append_value(str::from_utf8(partition).expect(TEXT));
        let (offset, row) = row.split_first_chunk().expect(WHOLE);
        self.offset.append_value(i64::from_le_bytes(*offset));
        let (enqueued_at, row) = row.split_first_chunk().expect(WHOLE);
        self.enqueued_at.append_value(i64::from_le_bytes(*enqueued_at));
        let (has_key, row) = row.split_first().expect(WHOLE);
        if *has_key == 0 {
            self.key.append(None);
            return row;
        }
        let (key, row) = take_bytes(row);
        self.key.append(Some(key));
        row
    }

    fn finish(&mut self) -> [ArrayRef; 5] {
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
    let (length, row) = row.split_first_chunk().expect(WHOLE);
    row.split_at(u32::from_le_bytes(*length) as usize)
}
