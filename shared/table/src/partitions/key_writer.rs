use crate::cell::Cell;
use crate::column::Column;
use crate::partitions::derivation::Derivation;
use crate::partitions::empty_partition::EmptyPartition;
use crate::partitions::hive::DEFAULT_PARTITION;
use crate::partitions::partition_field::{ENQUEUED_AT, PartitionField};
use crate::partitions::partition_key::PartitionKey;
use crate::partitions::source_kind::Source;
use crate::pending_row::PendingRow;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::schema::Schema;

/// Collects the values of a row's partitions in a [`PartitionKey`].
///
/// Everything that follows from the schema is decided once.
#[derive(Debug)]
pub(crate) struct KeyWriter {
    parts: Vec<Part>,
    empty: EmptyPartition,
}

/// One partition of the table.
#[derive(Debug)]
struct Part {
    field: PartitionField,
    /// The index of the source's column. `None` is the time at which the stream accepted the record.
    column: Option<usize>,
    derivation: Derivation,
    /// Whether the value is that of a required column, which is only in the path.
    required: bool,
}

const CHECKED: &str = "a schema's partitions have been checked";

impl KeyWriter {
    pub(crate) fn new(schema: &Schema) -> Self {
        let part = |field: &PartitionField| {
            let source = Source::find(&field.from, schema.columns()).expect(CHECKED);
            let derivation = Derivation::new(field.transform, source).expect(CHECKED);
            let (column, required) = match source {
                Source::Column(index, column) => (Some(index), field.is_column() && column.required),
                Source::EnqueuedAt => (None, false),
            };
            Part { field: field.clone(), column, derivation, required }
        };
        KeyWriter {
            parts: schema.partition_by().iter().map(part).collect(),
            empty: schema.empty_partition().unwrap_or_default(),
        }
    }

    /// Appends the key of a row, given the record's value and the time at which the stream accepted it, or returns why the row can't be in
    /// a partition. A refusal leaves `key` incomplete.
    pub(crate) fn append(
        &self,
        row: &PendingRow,
        columns: &[Column],
        value: &[u8],
        enqueued_at: Option<i64>,
        key: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let enqueued_at = enqueued_at.map_or(Cell::Null, Cell::Int64);
        for part in &self.parts {
            let cell = part.column.map_or(&enqueued_at, |index| &row.cells[index]);
            let text = cell.text(value, &row.buffers.resolved);
            match (text, part.derivation, part.column) {
                (Some(text), derivation, _) if derivation.is_text() => {
                    self.append_text(part, &derivation.text_of(text), key)?;
                }
                _ if matches!(cell, Cell::Missing | Cell::Null) => PartitionKey::push_null(key),
                (_, Derivation::Plain, Some(index)) => {
                    let text = columns[index].column_type.partition_text(cell);
                    PartitionKey::push_value(key, text.as_bytes());
                }
                (text, derivation, _) => derivation
                    .append(cell, text, key)
                    .map_err(|_| part.refusal(Reason::OutOfRange, "is out of range for the column's type"))?,
            }
        }
        Ok(())
    }

    #[inline]
    fn append_text(&self, part: &Part, text: &[u8], key: &mut Vec<u8>) -> Result<(), Refusal> {
        if text.is_empty() || text == DEFAULT_PARTITION.as_bytes() {
            return self.append_empty(part, text, key);
        }
        PartitionKey::push_value(key, text);
        Ok(())
    }

    /// Appends a value that has no folder name that all readers understand.
    #[cold]
    fn append_empty(&self, part: &Part, text: &[u8], key: &mut Vec<u8>) -> Result<(), Refusal> {
        let what = if text.is_empty() { "is empty" } else { "is the text that marks null" };
        match self.empty {
            EmptyPartition::Keep => PartitionKey::push_value(key, text),
            EmptyPartition::Null if part.required => {
                let problem = format!("{what}, so it would be null in a required column");
                return Err(part.refusal(Reason::MissingRequired, &problem));
            }
            EmptyPartition::Null => PartitionKey::push_null(key),
            EmptyPartition::Quarantine => return Err(part.refusal(Reason::EmptyPartitionValue, what)),
        }
        Ok(())
    }
}

impl Part {
    #[cold]
    fn refusal(&self, reason: Reason, problem: &str) -> Refusal {
        let PartitionField { name, from, transform } = &self.field;
        let message = match self.field.is_column() {
            true => format!("the partition value {problem}"),
            false => format!("the value of the partition {name}, {transform} of {from}, {problem}"),
        };
        let field = if self.column.is_some() { from } else { ENQUEUED_AT };
        Refusal::new(reason, Some(field.to_owned()), message)
    }
}
