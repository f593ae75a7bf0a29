use crate::types::{ColumnType, Options};
use serde::Serialize;

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The column's name in the table.
    pub name: String,
    /// The column's field id, if the schema states it. A lake gives the others theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The type of the column's values.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of the field that the column reads. It passes through an array by
    /// index.
    pub from: String,
    /// Whether a record with null or without the field is refused.
    pub required: bool,
    /// How the column relaxes the rules of its type.
    #[serde(flatten)]
    pub options: Options,
}
