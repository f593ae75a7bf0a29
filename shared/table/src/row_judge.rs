use crate::decoder::RowDecoder;
use crate::partitions::{PartitionKey, PathLimit};
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::schema::{KeyType, Schema};

/// Decides whether a record becomes a row of the table. `curate` and `ingest` share this decision.
///
/// A judge serves one thread. It keeps its buffers from record to record, and allocates only for rows larger than any before, and for
/// refusals.
#[derive(Debug)]
pub struct RowJudge {
    decoder: RowDecoder,
    key_type: KeyType,
    paths: PathLimit,
    cells: Vec<u8>,
    partition: Vec<u8>,
}

/// The row that a record has become, borrowed from its [`RowJudge`] until the next record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The values of the partition columns.
    pub partition: PartitionKey<'a>,
    /// The packed row, for [`ColumnBuilders::append`](crate::ColumnBuilders::append).
    pub cells: &'a [u8],
}

impl RowJudge {
    /// Creates a judge for rows of `schema`.
    pub fn new(schema: &Schema) -> Self {
        RowJudge {
            decoder: RowDecoder::new(schema),
            key_type: schema.key(),
            paths: PathLimit::new(schema.partition_names()),
            cells: Vec::new(),
            partition: Vec::new(),
        }
    }

    /// Checks a record, given the bytes of its key and value on the stream, and returns its row. The first problem found is reported,
    /// except that a value that isn't JSON is always reported as such.
    ///
    /// `enqueued_at` is when the stream accepted the record, in microseconds since 1970. If it isn't known (or not yet), partitions that are
    /// derived from it are null. No record is refused because of it.
    pub fn judge(
        &mut self,
        key: Option<&[u8]>,
        value: &[u8],
        enqueued_at: Option<i64>,
    ) -> Result<Row<'_>, Refusal> {
        if self.key_type == KeyType::String && key.is_some_and(|key| str::from_utf8(key).is_err()) {
            let message = "the key's bytes are not UTF-8, and the table's keys are text";
            return Err(Refusal::new(Reason::KeyNotUtf8, Some("key".into()), message));
        }
        self.cells.clear();
        self.partition.clear();
        self.decoder.decode(value, enqueued_at, &mut self.cells, &mut self.partition)?;
        let partition = PartitionKey(&self.partition);
        if !self.paths.allows(partition) {
            let message = "the partition values are too long for a path";
            return Err(Refusal::new(Reason::PartitionValueTooLong, None, message));
        }
        Ok(Row { partition, cells: &self.cells })
    }

    /// Frees the memory of buffers that have grown beyond `capacity` bytes.
    pub fn shrink_to(&mut self, capacity: usize) {
        self.decoder.shrink_to(capacity);
        for buffer in [&mut self.cells, &mut self.partition] {
            buffer.clear();
            buffer.shrink_to(capacity);
        }
    }
}
