use crate::column::Column;
use crate::partitions::partition_field::PartitionField;
use crate::partitions::source_kind::Source;
use crate::partitions::time_unit::TimeUnit;
use crate::partitions::transform::Transform;
use arrow_schema::DataType;

/// Returns the type that represents all values of a partition exactly. In the path they are text.
///
/// A year, month or hour stays text: engines have no types for them, and a year may begin with zeros.
pub(crate) fn value_type(field: &PartitionField, columns: &[Column]) -> DataType {
    let source = match Source::find(&field.from, columns) {
        Some(Source::Column(_, column)) => column.column_type.arrow_type(),
        Some(Source::EnqueuedAt) | None => DataType::Utf8,
    };
    match field.transform {
        Transform::Time(TimeUnit::Day, _) => DataType::Date32,
        Transform::Time(..) => DataType::Utf8,
        Transform::Bucket(_) => DataType::Int32,
        // Iceberg prints truncated bytes in base64.
        Transform::Truncate(_) if source == DataType::Binary => DataType::Utf8,
        Transform::Truncate(_) | Transform::Identity => source,
    }
}

/// Returns whether a partition has rows without a value.
pub(crate) fn may_be_null(field: &PartitionField, columns: &[Column]) -> bool {
    match Source::find(&field.from, columns) {
        Some(Source::Column(_, column)) => !column.required,
        Some(Source::EnqueuedAt) | None => true,
    }
}
