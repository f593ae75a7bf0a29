use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::number;
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::Float64Builder;
use arrow_schema::DataType;

/// Type `float64`: the 64-bit float nearest to a number, always finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "float64",
        json: "a number, stored as the nearest float; refused if that would be infinite, or zero for a number that is not zero",
        parquet: "double",
        options: &[OptionName::FromString],
    };
    type Builder = Float64Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Float64
    }

    #[inline]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::LOSES_DIGITS, |text| {
            number::float(text).map(Cell::Float64)
        })
    }

    fn builder(&self) -> Float64Builder {
        Float64Builder::new()
    }
}
