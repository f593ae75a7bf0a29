use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::number;
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::Int64Builder;
use arrow_schema::DataType;

/// Type `int64`: a whole number of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "int64",
        json: "any number whose value is whole and in range, as for `int32`",
        parquet: "int64",
        options: &[OptionName::FromString],
    };
    const CAN_PARTITION: bool = true;
    type Builder = Int64Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Int64
    }

    #[inline]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::NOT_WHOLE, |text| number::integer(text).map(Cell::Int64))
    }

    fn builder(&self) -> Int64Builder {
        Int64Builder::new()
    }
}
