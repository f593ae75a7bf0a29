use crate::refusal::{Refusal, RefusalCode};
use lake::{Reason, partition_path};
use std::sync::Arc;
use table::{KeyType, PartitionKey, RowDecoder, Schema};

/// Judges records as `curate` will, by the same decoder: what would go into quarantine is refused while its producer still listens.
#[derive(Debug)]
pub(crate) struct TableCheck {
    schema: Arc<Schema>,
    decoder: RowDecoder,
    row: Vec<u8>,
    partition: Vec<u8>,
}

impl TableCheck {
    pub(crate) fn new(schema: Arc<Schema>) -> Self {
        let decoder = RowDecoder::new(&schema);
        TableCheck { schema, decoder, row: Vec::new(), partition: Vec::new() }
    }

    /// Judges a record as it will be on the stream.
    pub(crate) fn check(&mut self, key: Option<&[u8]>, value: &[u8]) -> Result<(), Refusal> {
        // In `curate`'s order, so that the reason is the one it would give.
        if self.schema.key() == KeyType::String && key.is_some_and(|key| str::from_utf8(key).is_err()) {
            let message = "the key's bytes are not UTF-8, and the table's keys are text";
            return Err(Refusal::new(RefusalCode::Table(Reason::KeyNotUtf8), message));
        }
        self.row.clear();
        self.partition.clear();
        self.decoder.decode(value, &mut self.row, &mut self.partition)?;
        if partition_path(self.schema.partition_by(), PartitionKey(&self.partition)).is_none() {
            let message = "the partition values are too long for a path";
            return Err(Refusal::new(RefusalCode::Table(Reason::PartitionValueTooLong), message));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "table_check_tests.rs"]
mod tests;
