use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::number;
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::Int32Builder;
use arrow_schema::DataType;

/// Type `int32`: a whole number of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "int32",
        json: "any number whose value is whole and in range (`5`, `5.0`, `5e0`)",
        parquet: "int32",
        options: &[OptionName::FromString],
    };
    const CAN_PARTITION: bool = true;
    type Builder = Int32Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Int32
    }

    #[inline]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::NOT_WHOLE, |text| {
            let value = number::integer(text)?;
            i32::try_from(value).map(Cell::Int32).map_err(|_| number::NumberError::OutOfRange)
        })
    }

    fn builder(&self) -> Int32Builder {
        Int32Builder::new()
    }
}
