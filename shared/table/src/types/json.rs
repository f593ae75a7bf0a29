use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use super::text_builder::TextBuilder;
use crate::cell::Cell;
use arrow_schema::DataType;

/// Type `json`: any JSON value, stored as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "json",
        json: "any value",
        parquet: "string: the value's text, as sent; null is null",
        options: &[],
    };
    type Builder = TextBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Utf8
    }

    fn scan(&self, _: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        value.text_cell()
    }

    fn builder(&self) -> TextBuilder {
        TextBuilder::default()
    }
}
