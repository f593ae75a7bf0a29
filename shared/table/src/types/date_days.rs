use super::date;
use super::datetime;
use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::Date32Builder;
use arrow_schema::DataType;

/// Type `date_days`: a calendar day given as days since 1970, as tools for change data capture send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "date_days",
        json: "a whole number of days since 1970",
        parquet: "date",
        options: &[OptionName::FromString],
    };
    const CAN_PARTITION: bool = true;
    type Builder = Date32Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        date::Type.arrow_type()
    }

    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::NOT_WHOLE, |text| {
            datetime::epoch_days(text).map(Cell::Int32)
        })
    }

    fn builder(&self) -> Date32Builder {
        date::Type.builder()
    }

    fn partition_text(&self, cell: &Cell) -> String {
        date::Type.partition_text(cell)
    }
}
