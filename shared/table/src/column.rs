use crate::column_source::ColumnSource;
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
    /// Where the values come from.
    #[serde(flatten)]
    pub source: ColumnSource,
    /// Whether a record that has null or nothing there is refused.
    pub required: bool,
    /// How the column relaxes the rules of its type.
    #[serde(flatten)]
    pub options: Options,
}
