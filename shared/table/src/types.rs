//! The column types, one file for each.
//!
//! To add a type, add a file that implements [`TypeDefinition`] and a line in the list below. The schema parser, the decoder, the Arrow
//! builders and the reference documentation are derived from the list.

mod array;
mod binary;
mod boolean;
mod date;
mod date_days;
pub(crate) mod datetime;
mod ddl;
mod decimal;
mod definition;
mod epoch;
mod float64;
mod footprint;
mod int32;
mod int64;
mod json;
mod json_value;
mod map;
mod nested;
pub(crate) mod number;
mod numeric;
mod options;
mod string;
mod structure;
pub(crate) mod suggestion;
mod text_builder;
mod timestamp;
mod timestamp_micros;
mod timestamp_millis;
mod timestamp_nanos;
mod timestamp_seconds;
mod timestamp_text;
mod timestamp_utc;

pub(crate) use definition::TypeError;
pub use definition::TypeReference;
pub(crate) use footprint::MAX_BATCH;
pub(crate) use json_value::{Failure, Inside, JsonValue};
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

            /// Returns the type with this name in a type with parameters. The text is not nested too deep.
            fn parse_inside(name: &str) -> Result<Self, TypeError> {
                $(if let Some(parsed) = $module::Type::parse(name) {
                    return parsed.map(ColumnType::$variant);
                })*
                Err(TypeError::Unknown(name.to_owned()))
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
                match self { $(ColumnType::$variant(definition) => definition.accepts(option),)* }
            }

            /// Reads the value at the cursor, which must not be null.
            // Nested types call it as well, and the compiler would then no longer make it a part of the decoder's loop: 8 % slower.
            #[inline(always)]
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
            // Part of the loop over a row's cells, although nested builders call it as well.
            #[inline(always)]
            pub(crate) fn append(&mut self, row: &mut RowReader<'_>) {
                match self { $(ColumnBuilder::$variant(builder) => builder.append_cell(row),)* }
            }

            #[inline(always)]
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
    Array array,
    Struct structure,
    Map map,
}

impl ColumnType {
    /// The type of `_rescued`: JSON text.
    pub(crate) const JSON: ColumnType = ColumnType::Json(json::Type);

    /// Returns the type with this name in a schema file.
    pub(crate) fn parse(name: &str) -> Result<Self, TypeError> {
        ddl::check_depth(name)?;
        Self::parse_inside(name)
    }

    /// Reads a value inside a nested one. [`scan`](Self::scan) is not recursive, so that it can be a part of the decoder's loop.
    #[inline(never)]
    fn scan_inside(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        self.scan(options, value)
    }

    /// Returns the number of scalars in the type, each of which is a column of its own in a Parquet file.
    pub(crate) fn leaves(&self) -> usize {
        footprint::leaves(&self.arrow_type())
    }

    /// Returns how many arrays and objects are nested in the JSON of a value.
    pub(crate) fn depth(&self) -> usize {
        footprint::depth(&self.arrow_type())
    }

    /// Returns the bytes that one value takes as a part of columns, apart from those of strings, elements and entries.
    pub(crate) fn slot(&self) -> usize {
        footprint::slot(&self.arrow_type())
    }

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

impl ColumnBuilder {
    /// Appends a value that comes after a byte that says whether there is one.
    fn append_tagged(&mut self, row: &mut RowReader<'_>) {
        if row.tag() { self.append_inside(row) } else { self.append_null_inside() }
    }

    /// Appends a value inside a nested one.
    #[inline(never)]
    fn append_inside(&mut self, row: &mut RowReader<'_>) {
        self.append(row);
    }

    /// Appends null inside a nested value.
    #[inline(never)]
    fn append_null_inside(&mut self) {
        self.append_null();
    }
}

impl Serialize for ColumnType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
