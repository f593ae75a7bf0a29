use super::datetime;
use super::definition::{TypeDefinition, TypeReference, timestamp_utc};
use super::json_value::{Failure, JsonValue};
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_schema::DataType;

/// Decimal digits between milliseconds and microseconds.
const SCALE: u8 = 3;

/// Type `timestamp_millis`: a time given as milliseconds since 1970, stored as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_millis",
        json: "a number of milliseconds since 1970, exact to the µs",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::FromString],
    };
    type Builder = TimestampMicrosecondBuilder;

    fn parse(name: &str) -> Option<Self> {
        (name == Self::REFERENCE.name).then_some(Type)
    }

    fn arrow_type(self) -> DataType {
        timestamp_utc()
    }

    #[inline]
    fn scan(self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::BEYOND_MICROS, |text| {
            datetime::epoch_micros(text, SCALE).map(Cell::Int64)
        })
    }

    fn builder(self) -> TimestampMicrosecondBuilder {
        TimestampMicrosecondBuilder::new().with_data_type(timestamp_utc())
    }
}
