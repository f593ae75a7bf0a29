use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use crate::cell::Cell;
use crate::packed_row::{FixedCell, RowReader};
use arrow_array::builder::{BooleanBuilder, PrimitiveBuilder};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

/// Everything particular to one column type: its name, the JSON it accepts, and how its values are stored.
pub(crate) trait TypeDefinition: Copy {
    /// Its row in the reference documentation.
    const REFERENCE: TypeReference;
    /// The options that a column of this type accepts.
    const OPTIONS: &'static [OptionName] = Self::REFERENCE.options;
    /// Whether its values can be partition values.
    const CAN_PARTITION: bool = false;
    /// Collects its cells into an Arrow array.
    type Builder: CellBuilder;

    /// The type with this name in a schema file, with its parameters if it has some.
    fn parse(name: &str) -> Option<Self>;

    /// The name in schema files, with parameters: the inverse of [`parse`](Self::parse).
    fn name(self) -> Cow<'static, str> {
        Self::REFERENCE.name.into()
    }

    fn arrow_type(self) -> DataType;

    /// Takes a value that is not null, and leaves the cursor behind it even if the value is refused.
    fn scan(self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure>;

    fn builder(self) -> Self::Builder;

    /// The text of a cell as a partition value. Text cells never get here: their text is the value.
    fn partition_text(self, cell: &Cell) -> String {
        cell.to_string()
    }
}

/// A column type as the reference documentation shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeReference {
    /// The name in a schema file; parameters as letters.
    pub name: &'static str,
    /// The JSON that a column accepts, in Markdown.
    pub json: &'static str,
    /// What it is in Parquet.
    pub parquet: &'static str,
    /// The options that a column accepts.
    pub options: &'static [OptionName],
}

/// An Arrow builder that takes its cells from packed rows.
pub(crate) trait CellBuilder: Debug {
    fn append_cell(&mut self, row: &mut RowReader<'_>);
    fn append_null_cell(&mut self);
    /// Returns the array and leaves the builder empty.
    fn finish_array(&mut self) -> ArrayRef;
}

impl<T: ArrowPrimitiveType<Native: FixedCell> + Debug> CellBuilder for PrimitiveBuilder<T> {
    #[inline]
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        self.append_value(row.fixed());
    }

    fn append_null_cell(&mut self) {
        self.append_null();
    }

    fn finish_array(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

impl CellBuilder for BooleanBuilder {
    #[inline]
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        self.append_value(row.fixed());
    }

    fn append_null_cell(&mut self) {
        self.append_null();
    }

    fn finish_array(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

/// Timestamps are in microseconds, never nanoseconds, which few readers accept.
pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

pub(crate) fn timestamp_utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}
