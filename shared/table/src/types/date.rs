use super::datetime;
use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use crate::cell::Cell;
use crate::reason::Reason;
use arrow_array::builder::Date32Builder;
use arrow_schema::DataType;
use json::{Kind, excerpt};

/// Type `date`: a calendar day in the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference =
        TypeReference { name: "date", json: "`\"2024-06-28\"`", parquet: "date", options: &[] };
    const CAN_PARTITION: bool = true;
    type Builder = Date32Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Date32
    }

    fn scan(&self, _: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        if value.kind != Kind::String {
            return Err(value.mismatch(Self::REFERENCE.name));
        }
        let text = value.string()?.resolve();
        datetime::date(&text)
            .map(Cell::Int32)
            .map_err(|problem| Failure::Refused(Reason::BadDate, format!("{:?}: {problem}", excerpt(&text))))
    }

    fn builder(&self) -> Date32Builder {
        Date32Builder::new()
    }

    fn partition_text(&self, cell: &Cell) -> String {
        match cell {
            Cell::Int32(days) => datetime::date_text(*days),
            other => other.to_string(),
        }
    }
}
