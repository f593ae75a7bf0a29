use super::datetime::Zone;
use super::definition::{TIMESTAMP, TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use super::timestamp_text;
use crate::cell::Cell;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_schema::DataType;

/// Type `timestamp`: date and time without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp",
        json: "`\"2024-06-28T08:28:42.253667\"`, without a zone; `t` or a space may replace `T`, the fraction may be shorter or missing",
        parquet: "timestamp in µs",
        options: &[OptionName::Truncate],
    };
    type Builder = TimestampMicrosecondBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        TIMESTAMP
    }

    #[inline(always)]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        timestamp_text::scan(self, options, value, Zone::None)
    }

    fn builder(&self) -> TimestampMicrosecondBuilder {
        TimestampMicrosecondBuilder::new()
    }
}
