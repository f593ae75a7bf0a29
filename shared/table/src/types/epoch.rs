use super::datetime;
use super::definition::{TypeDefinition, TypeError, TypeReference, timestamp_utc};
use super::json_value::{Failure, JsonValue};
use super::numeric;
use super::options::Options;
use crate::cell::Cell;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_schema::DataType;
use std::fmt::Debug;

/// A time given as a number of units since 1970, stored as UTC in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Epoch<U>(U);

/// The unit in which a type counts time since 1970.
pub(super) trait Unit: Debug + Copy + Default {
    /// The type's row in the reference documentation.
    const REFERENCE: TypeReference;
    /// Decimal digits between the unit and microseconds. It is negative if the unit is finer.
    const SCALE: i8;
}

impl<U: Unit> TypeDefinition for Epoch<U> {
    const REFERENCE: TypeReference = U::REFERENCE;
    type Builder = TimestampMicrosecondBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then(|| Ok(Self::default()))
    }

    fn arrow_type(&self) -> DataType {
        timestamp_utc()
    }

    #[inline]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::BEYOND_MICROS, |text| {
            datetime::epoch_micros(text, U::SCALE, options).map(Cell::Int64)
        })
    }

    fn builder(&self) -> TimestampMicrosecondBuilder {
        TimestampMicrosecondBuilder::new().with_data_type(timestamp_utc())
    }
}
