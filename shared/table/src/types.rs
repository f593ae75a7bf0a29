//! The column types, one file for each.
//!
//! To add a type, add a file that implements [`TypeDefinition`] and a line in the list below. The schema parser, the decoder, the Arrow
//! builders and the reference documentation are derived from the list.

mod binary;
mod boolean;
mod date;
mod date_days;
pub(crate) mod datetime;
mod decimal;
mod definition;
mod epoch;
mod float64;
mod int32;
mod int64;
mod json;
mod json_value;
mod number;
mod numeric;
mod options;
mod string;
pub(crate) mod suggestion;
mod text_builder;
mod timestamp;
mod timestamp_micros;
mod timestamp_millis;
mod timestamp_nanos;
mod timestamp_seconds;
mod timestamp_text;
mod timestamp_utc;

pub use definition::TypeReference;
pub(crate) use json_value::{Failure, JsonValue};
pub use options::{OffsetForm, OptionName, Options, Rounding, Truncation};

use crate::cell::Cell;
use crate::packed_row::RowReader;
use arrow_array::ArrayRef;
use arrow_schema::DataType;
use definition::{CellBuilder, TypeDefinition};
use serde::{Serialize, Serializer};
use std::fmt;

/// Generates the enums over all types. Matching on an enum makes the decoder's dispatch a jump, unlike a trait object for each column.
macro_rules! column_types {
    ($($variant:ident $module:ident,)*) => {
        /// The type of a column's values.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum ColumnType {
            $(#[doc = concat!("See `types/", stringify!($module), ".rs`.")] $variant($module::Type),)*
        }

        impl ColumnType {
            /// All types, for the reference documentation.
            pub const REFERENCE: &[TypeReference] = &[$(<$module::Type as TypeDefinition>::REFERENCE,)*];

            /// Returns the type with this name in a schema file.
            pub(crate) fn parse(name: &str) -> Option<Self> {
                None$(.or_else(|| $module::Type::parse(name).map(ColumnType::$variant)))*
            }

            /// Returns the Arrow type of the column.
            pub fn arrow_type(&self) -> DataType {
                match self { $(ColumnType::$variant(definition) => definition.arrow_type(),)* }
            }

            /// Returns whether values of this type can be partition values.
            pub(crate) fn can_partition(&self) -> bool {
                match self { $(ColumnType::$variant(_) => <$module::Type as TypeDefinition>::CAN_PARTITION,)* }
            }

            /// Returns whether a column of this type accepts an option.
            pub(crate) fn accepts(&self, option: OptionName) -> bool {
                match self { $(ColumnType::$variant(_) => $module::Type::OPTIONS.contains(&option),)* }
            }

            /// Reads the value at the cursor, which must not be null.
            #[inline]
            pub(crate) fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
                match self { $(ColumnType::$variant(definition) => definition.scan(options, value),)* }
            }

            /// Returns the text of a cell as a partition value.
            pub(crate) fn partition_text(&self, cell: &Cell) -> String {
                match self { $(ColumnType::$variant(definition) => definition.partition_text(cell),)* }
            }
        }

        impl fmt::Display for ColumnType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(ColumnType::$variant(definition) => f.write_str(&definition.name()),)* }
            }
        }

        /// An Arrow array under construction.
        #[derive(Debug)]
        pub(crate) enum ColumnBuilder {
            $($variant(<$module::Type as TypeDefinition>::Builder),)*
        }

        impl ColumnBuilder {
            pub(crate) fn new(column_type: &ColumnType) -> Self {
                match column_type {
                    $(ColumnType::$variant(definition) => ColumnBuilder::$variant(definition.builder()),)*
                }
            }

            /// Appends the next cell of a packed row.
            #[inline]
            pub(crate) fn append(&mut self, row: &mut RowReader<'_>) {
                match self { $(ColumnBuilder::$variant(builder) => builder.append_cell(row),)* }
            }

            pub(crate) fn append_null(&mut self) {
                match self { $(ColumnBuilder::$variant(builder) => builder.append_null_cell(),)* }
            }

            pub(crate) fn finish(&mut self) -> ArrayRef {
                match self { $(ColumnBuilder::$variant(builder) => builder.finish_array(),)* }
            }
        }
    };
}

column_types! {
    String string,
    Binary binary,
    Int32 int32,
    Int64 int64,
    Float64 float64,
    Decimal decimal,
    Boolean boolean,
    Date date,
    DateDays date_days,
    Timestamp timestamp,
    TimestampUtc timestamp_utc,
    TimestampSeconds timestamp_seconds,
    TimestampMillis timestamp_millis,
    TimestampMicros timestamp_micros,
    TimestampNanos timestamp_nanos,
    Json json,
}

impl ColumnType {
    /// The type of `_rescued`: JSON text.
    pub(crate) const JSON: ColumnType = ColumnType::Json(json::Type);

    /// Returns the names of all types, for a message.
    pub(crate) fn names() -> String {
        let names: Vec<&str> = Self::REFERENCE.iter().map(|reference| reference.name).collect();
        names.join(", ")
    }

    /// Returns the names of the types that accept an option, for a message.
    pub(crate) fn names_accepting(option: OptionName) -> String {
        let accepting = Self::REFERENCE.iter().filter(|reference| reference.options.contains(&option));
        let names: Vec<&str> = accepting.map(|reference| reference.name).collect();
        names.join(", ")
    }
}

impl Serialize for ColumnType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
