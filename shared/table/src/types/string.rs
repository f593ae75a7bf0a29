use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use super::text_builder::TextBuilder;
use crate::cell::Cell;
use arrow_schema::DataType;
use json::Kind;

/// Type `string`: text, stored exactly as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference =
        TypeReference { name: "string", json: "a string", parquet: "string", options: &[] };
    const CAN_PARTITION: bool = true;
    type Builder = TextBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Utf8
    }

    #[inline(always)]
    fn scan(&self, _: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        match value.kind {
            Kind::String => value.string_cell(),
            _ => Err(value.mismatch(Self::REFERENCE.name)),
        }
    }

    fn builder(&self) -> TextBuilder {
        TextBuilder::default()
    }
}
