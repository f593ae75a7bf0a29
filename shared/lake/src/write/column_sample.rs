use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Number of rows sampled to find out whether a column's values repeat: enough to recognize a thousand account codes.
const SAMPLE: usize = 4096;

/// Statistics of the first rows of a column, from which its encoding is chosen.
pub(crate) struct ColumnSample {
    rows: usize,
    /// Whether the sample covers all rows of the row group.
    whole: bool,
    distinct: usize,
    /// Total size of the distinct values in bytes.
    bytes: usize,
}

impl ColumnSample {
    /// Samples a column. Returns `None` for types that use the library's defaults.
    pub(crate) fn of(column: &ArrayRef) -> Option<Self> {
        let rows = column.len().min(SAMPLE);
        let first = column.slice(0, rows);
        let (distinct, bytes) = match column.data_type() {
            DataType::Utf8 => distinct(first.as_string::<i32>().iter(), |text| text.len()),
            DataType::Binary => distinct(first.as_binary::<i32>().iter(), |bytes| bytes.len()),
            DataType::Decimal128(..) => distinct(first.as_primitive::<Decimal128Type>().iter(), |_| 16),
            DataType::Int32 => distinct(first.as_primitive::<Int32Type>().iter(), |_| 4),
            DataType::Int64 => distinct(first.as_primitive::<Int64Type>().iter(), |_| 8),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                distinct(first.as_primitive::<TimestampMicrosecondType>().iter(), |_| 8)
            }
            DataType::Dictionary(..) => {
                distinct(first.as_any_dictionary().values().as_string::<i32>().iter(), |text| text.len())
            }
            _ => return None,
        };
        Some(ColumnSample { rows, whole: rows == column.len(), distinct, bytes })
    }

    /// Returns whether the values repeat often enough for a dictionary. A column without a dictionary saves the hashing, and the copy of
    /// all values that the dictionary would hold.
    pub(crate) fn repeats(&self) -> bool {
        // Measured on journal lines: if half of the values are zero and the others unique, plain encoding is smaller.
        self.distinct * 3 <= self.rows
    }

    /// Returns whether the encoded column is only a few bytes, which compression wouldn't reduce. The library creates zstd contexts for
    /// each column of each file; in thousands of small files they took a third of the time.
    pub(crate) fn is_tiny(&self) -> bool {
        const TINY: usize = 192;
        let index_bits = self.distinct.next_power_of_two().ilog2() as usize;
        self.whole && self.repeats() && self.bytes + self.rows * index_bits / 8 <= TINY
    }
}

/// Returns the number of distinct values and their total size in bytes.
fn distinct<T: std::hash::Hash + Eq>(
    values: impl Iterator<Item = Option<T>>,
    size: impl Fn(&T) -> usize,
) -> (usize, usize) {
    let values: HashSet<Option<T>, FixedState> = values.collect();
    let bytes = values.iter().flatten().map(size).sum();
    (values.len(), bytes)
}
