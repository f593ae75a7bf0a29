use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use crate::cell::Cell;
use arrow_array::builder::BinaryBuilder;
use arrow_schema::DataType;
use json::Kind;

/// Type `binary`: bytes, given as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "binary",
        json: "a string of standard base64 with padding",
        parquet: "bytes",
        options: &[],
    };
    type Builder = BinaryBuilder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        (name == Self::REFERENCE.name).then_some(Ok(Type))
    }

    fn arrow_type(&self) -> DataType {
        DataType::Binary
    }

    fn scan(&self, _: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        match value.kind {
            Kind::String => value.base64_cell(),
            _ => Err(value.mismatch(Self::REFERENCE.name)),
        }
    }

    fn builder(&self) -> BinaryBuilder {
        BinaryBuilder::new()
    }
}
