use crate::input::{Input, Units};
use crate::write::origin_columns::OriginColumns;
use crate::write::record_columns::RecordColumns;
use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, TimeUnit};
use table::{ENQUEUED_AT, KeyType};

/// Names of the columns that every row has in addition to the schema's. (`_stream`, `_partition`, `_offset`) identifies a record
/// permanently, and is used to find duplicates. `_sequence` is for positions that are text, which no input has yet.
pub const SYSTEM_COLUMNS: [&str; 8] =
    ["_stream", "_partition", "_offset", "_sequence", "_key", "_headers", ENQUEUED_AT, "_source"];

/// Returns the Arrow fields of the system columns, in order.
pub(crate) fn fields(key: KeyType, input: &Input) -> [Field; 8] {
    let [stream, partition, offset, sequence, key_name, headers, enqueued_at, source] = SYSTEM_COLUMNS;
    let key_type = match key {
        KeyType::String => DataType::Utf8,
        KeyType::Binary => DataType::Binary,
    };
    let repeated = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    // In the file, both are the same type.
    let origin = match input.units {
        Units::Envelopes | Units::Quarantined => DataType::Utf8,
        Units::Values(_) => repeated.clone(),
    };
    [
        Field::new(stream, origin.clone(), false),
        Field::new(partition, origin, true),
        Field::new(offset, DataType::Int64, false),
        Field::new(sequence, DataType::Utf8, true),
        Field::new(key_name, key_type, true),
        Field::new(headers, DataType::Utf8, true),
        Field::new(enqueued_at, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        Field::new(source, repeated, false),
    ]
}

/// Builds the system columns, except for `_source`, from packed rows.
pub(crate) enum SystemBuilders {
    Records(Box<RecordColumns>),
    Values(OriginColumns),
}

impl SystemBuilders {
    pub(crate) fn new(key: KeyType, input: &Input) -> Self {
        match &input.units {
            Units::Envelopes | Units::Quarantined => {
                SystemBuilders::Records(Box::new(RecordColumns::new(key)))
            }
            Units::Values(origin) => SystemBuilders::Values(OriginColumns::new(key, origin)),
        }
    }

    /// Appends the cells at the start of `row` and returns the rest of it.
    #[inline]
    pub(crate) fn append<'a>(&mut self, row: &'a [u8]) -> &'a [u8] {
        match self {
            SystemBuilders::Records(columns) => columns.append(row),
            SystemBuilders::Values(columns) => columns.append(row),
        }
    }

    pub(crate) fn finish(&mut self) -> [ArrayRef; 7] {
        match self {
            SystemBuilders::Records(columns) => columns.finish(),
            SystemBuilders::Values(columns) => columns.finish(),
        }
    }
}
