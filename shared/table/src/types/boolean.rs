use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use crate::cell::Cell;
use crate::reason::Reason;
use arrow_array::builder::BooleanBuilder;
use arrow_schema::DataType;
use json::{Kind, excerpt};

/// Type `boolean`: `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "boolean",
        json: "`true`, `false`",
        parquet: "boolean",
        options: &[OptionName::FromString],
    };
    const CAN_PARTITION: bool = true;
    type Builder = BooleanBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Boolean
    }

    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        match value.kind {
            Kind::Boolean => Ok(Cell::Boolean(value.boolean()?)),
            Kind::String if options.from_string => quoted(&value.string()?.resolve()),
            _ => Err(value.mismatch(Self::REFERENCE.name)),
        }
    }

    fn builder(&self) -> BooleanBuilder {
        BooleanBuilder::new()
    }
}

fn quoted(text: &str) -> Result<Cell, Failure> {
    match text {
        "true" => Ok(Cell::Boolean(true)),
        "false" => Ok(Cell::Boolean(false)),
        _ => {
            let message = format!("{:?} is neither true nor false", excerpt(text));
            Err(Failure::Refused(Reason::TypeMismatch, message))
        }
    }
}
