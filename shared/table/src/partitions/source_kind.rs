use crate::column::Column;
use crate::partitions::partition_field::ENQUEUED_AT;
use crate::types::ColumnType;
use arrow_schema::DataType;

/// The source of a partition's values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A column of the schema, with its index.
    Column(usize, &'a Column),
    /// When the stream accepted the record.
    EnqueuedAt,
}

/// The type of a source, as far as transforms distinguish types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Text,
    Bytes,
    /// An integer that is at least `min`.
    Integer {
        min: i64,
    },
    Decimal {
        precision: u8,
        scale: u8,
    },
    Date,
    /// Date and time without a zone.
    LocalTime,
    /// A point in time.
    Instant,
    /// Any other type.
    Other,
}

impl<'a> Source<'a> {
    /// Finds the source with this name.
    pub(crate) fn find(name: &str, columns: &'a [Column]) -> Option<Self> {
        if name == ENQUEUED_AT {
            return Some(Source::EnqueuedAt);
        }
        let index = columns.iter().position(|column| column.name == name)?;
        Some(Source::Column(index, &columns[index]))
    }

    pub(crate) fn kind(self) -> SourceKind {
        match self {
            Source::Column(_, column) => SourceKind::of(&column.column_type),
            Source::EnqueuedAt => SourceKind::Instant,
        }
    }

    /// Returns whether the values themselves can be partition values.
    pub(crate) fn can_partition(self) -> bool {
        matches!(self, Source::Column(_, column) if column.column_type.can_partition())
    }

    /// Returns the source's type, for a message.
    pub(crate) fn type_name(self) -> String {
        match self {
            Source::Column(_, column) => column.column_type.to_string(),
            Source::EnqueuedAt => "timestamp_utc".to_owned(),
        }
    }
}

impl SourceKind {
    /// Returns the kind of a column. Types with the same Arrow type are the same to a transform, except for JSON: it is text, but a value
    /// has more than one.
    fn of(column_type: &ColumnType) -> Self {
        match column_type.arrow_type() {
            DataType::Utf8 if *column_type != ColumnType::JSON => SourceKind::Text,
            DataType::Binary => SourceKind::Bytes,
            DataType::Int32 => SourceKind::Integer { min: i32::MIN.into() },
            DataType::Int64 => SourceKind::Integer { min: i64::MIN },
            DataType::Decimal128(precision, scale) => {
                SourceKind::Decimal { precision, scale: scale.unsigned_abs() }
            }
            DataType::Date32 => SourceKind::Date,
            DataType::Timestamp(_, None) => SourceKind::LocalTime,
            DataType::Timestamp(_, Some(_)) => SourceKind::Instant,
            _ => SourceKind::Other,
        }
    }
}
