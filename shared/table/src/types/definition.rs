use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use crate::cell::Cell;
use crate::packed_row::{FixedCell, RowReader};
use arrow_array::builder::{BinaryBuilder, BooleanBuilder, PrimitiveBuilder};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

/// Everything specific to one column type: its name, the JSON that it accepts, and how its values are stored.
pub(crate) trait TypeDefinition: Clone {
    /// The type's row in the reference documentation.
    const REFERENCE: TypeReference;
    /// Whether values of the type can be partition values.
    const CAN_PARTITION: bool = false;
    /// The builder that collects cells into an Arrow array.
    type Builder: CellBuilder;

    /// Returns the type with this name in a schema file, including its parameters if it has any. `None` means that the name is not one of
    /// this type, and an error that its parameters are wrong.
    fn parse(name: &str) -> Option<Result<Self, TypeError>>;

    /// Returns the type's name in schema files, with parameters: the inverse of [`parse`](Self::parse).
    fn name(&self) -> Cow<'static, str> {
        Self::REFERENCE.name.into()
    }

    fn arrow_type(&self) -> DataType;

    /// Returns whether a column of this type accepts an option.
    fn accepts(&self, option: OptionName) -> bool {
        Self::REFERENCE.options.contains(&option)
    }

    /// Reads a value that is not null. Leaves the cursor behind the value even if it is refused.
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure>;

    fn builder(&self) -> Self::Builder;

    /// Returns the text of a cell as a partition value. It is not called for text cells, whose text is the value.
    fn partition_text(&self, cell: &Cell) -> String {
        cell.to_string()
    }
}

/// Why a text in a schema file is not a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeError {
    /// No type has this name.
    Unknown(String),
    /// A type has this name, but its parameters are wrong.
    Invalid {
        /// The type, with its parameters.
        name: String,
        problem: String,
    },
}

impl TypeError {
    pub(crate) fn invalid(name: &str, problem: impl Into<String>) -> Self {
        TypeError::Invalid { name: name.into(), problem: problem.into() }
    }
}

/// A column type as shown in the reference documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeReference {
    /// The name in a schema file, with letters for parameters.
    pub name: &'static str,
    /// The JSON that a column accepts, in Markdown.
    pub json: &'static str,
    /// The type in Parquet.
    pub parquet: &'static str,
    /// The options that a column accepts.
    pub options: &'static [OptionName],
}

/// An Arrow builder that reads its cells from packed rows.
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

impl CellBuilder for BinaryBuilder {
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        self.append_value(row.text());
    }

    fn append_null_cell(&mut self) {
        self.append_null();
    }

    fn finish_array(&mut self) -> ArrayRef {
        Arc::new(self.finish())
    }
}

/// The Arrow type of a timestamp without a zone. It has microseconds, because few readers accept nanoseconds.
pub(crate) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

pub(crate) fn timestamp_utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}
