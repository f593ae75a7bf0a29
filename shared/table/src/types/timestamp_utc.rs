use super::datetime::Zone;
use super::definition::{TypeDefinition, TypeError, TypeReference, timestamp_utc};
use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use super::timestamp_text;
use crate::cell::Cell;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_schema::DataType;

/// Type `timestamp_utc`: date and time with `Z` or an offset, stored as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_utc",
        json: "the same with `Z`, `z` or an offset such as `+05:30`",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::Truncate, OptionName::Offset],
    };
    type Builder = TimestampMicrosecondBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        timestamp_utc()
    }

    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        timestamp_text::scan(self, options, value, Zone::Required)
    }

    fn builder(&self) -> TimestampMicrosecondBuilder {
        TimestampMicrosecondBuilder::new().with_data_type(timestamp_utc())
    }
}
