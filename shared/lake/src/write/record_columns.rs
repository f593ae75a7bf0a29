use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, new_null_array};
use arrow_schema::DataType;
use bronze::{Position, Record};
use std::sync::Arc;
use table::KeyType;

/// Bits of the byte that tells which cells there are.
const PARTITION: u8 = 1;
const KEY: u8 = 2;
const HEADERS: u8 = 4;
const ENQUEUED_AT: u8 = 8;

/// Appends the cells of the system columns to a packed row: a byte that tells which of the others there are, the offset and the enqueue time
/// (`i64` each), and stream, partition, key and headers (each a `u32` length and the bytes).
pub(crate) fn append_record_cells(record: &Record<'_>, position: &Position<'_>, row: &mut Vec<u8>) {
    let bit = |bit: u8, is_there: bool| if is_there { bit } else { 0 };
    row.push(
        bit(PARTITION, position.partition.is_some())
            | bit(KEY, record.key.is_some())
            | bit(HEADERS, record.headers.is_some())
            | bit(ENQUEUED_AT, record.enqueued_at.is_some()),
    );
    row.extend_from_slice(&position.offset.to_le_bytes());
    row.extend_from_slice(&record.enqueued_at.unwrap_or_default().to_le_bytes());
    push_bytes(row, position.stream.as_bytes());
    let partition = position.partition.as_deref().map(str::as_bytes);
    for bytes in [partition, record.key, record.headers.map(str::as_bytes)].into_iter().flatten() {
        push_bytes(row, bytes);
    }
}

#[inline]
fn push_bytes(row: &mut Vec<u8>, bytes: &[u8]) {
    row.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    row.extend_from_slice(bytes);
}

/// Builds the system columns of records that have a position of their own.
pub(crate) struct RecordColumns {
    stream: StringBuilder,
    partition: StringBuilder,
    offset: Int64Builder,
    key: KeyBuilder,
    headers: StringBuilder,
    enqueued_at: TimestampMicrosecondBuilder,
}

enum KeyBuilder {
    String(StringBuilder),
    Binary(BinaryBuilder),
}

const COMPLETE: &str = "a packed row is as long as its cells say";
const TEXT: &str = "these cells are taken from UTF-8";

impl RecordColumns {
    pub(crate) fn new(key: KeyType) -> Self {
        RecordColumns {
            stream: StringBuilder::new(),
            partition: StringBuilder::new(),
            offset: Int64Builder::new(),
            key: match key {
                KeyType::String => KeyBuilder::String(StringBuilder::new()),
                KeyType::Binary => KeyBuilder::Binary(BinaryBuilder::new()),
            },
            headers: StringBuilder::new(),
            enqueued_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
        }
    }

    /// Appends the cells at the start of `row` and returns the rest of it.
    pub(crate) fn append<'a>(&mut self, row: &'a [u8]) -> &'a [u8] {
        let (cells, row) = row.split_first().expect(COMPLETE);
        let is_there = |bit: u8| cells & bit != 0;
        let (offset, row) = row.split_first_chunk().expect(COMPLETE);
        self.offset.append_value(i64::from_le_bytes(*offset));
        let (enqueued_at, mut row) = row.split_first_chunk().expect(COMPLETE);
        let enqueued_at = i64::from_le_bytes(*enqueued_at);
        self.enqueued_at.append_option(is_there(ENQUEUED_AT).then_some(enqueued_at));
        self.stream.append_value(text(take_bytes(&mut row)));
        self.partition.append_option(is_there(PARTITION).then(|| text(take_bytes(&mut row))));
        self.key.append(is_there(KEY).then(|| take_bytes(&mut row)));
        self.headers.append_option(is_there(HEADERS).then(|| text(take_bytes(&mut row))));
        row
    }

    pub(crate) fn finish(&mut self) -> [ArrayRef; 7] {
        let rows = self.offset.len();
        [
            Arc::new(self.stream.finish()),
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            new_null_array(&DataType::Utf8, rows),
            match &mut self.key {
                KeyBuilder::String(builder) => ArrayBuilder::finish(builder),
                KeyBuilder::Binary(builder) => ArrayBuilder::finish(builder),
            },
            Arc::new(self.headers.finish()),
            Arc::new(self.enqueued_at.finish()),
        ]
    }
}

impl KeyBuilder {
    fn append(&mut self, key: Option<&[u8]>) {
        match self {
            KeyBuilder::String(builder) => builder.append_option(key.map(text)),
            KeyBuilder::Binary(builder) => builder.append_option(key),
        }
    }
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect(TEXT)
}

fn take_bytes<'a>(row: &mut &'a [u8]) -> &'a [u8] {
    let (length, rest) = row.split_first_chunk().expect(COMPLETE);
    let (bytes, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
    *row = rest;
    bytes
}
