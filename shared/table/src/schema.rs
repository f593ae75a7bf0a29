use crate::types::{ColumnType, Options};
use serde::{Deserialize, Serialize};

/// The most columns a table may have: each one costs an encoder in every open file.
pub const MAX_COLUMNS: usize = 1000;

/// The column that keeps the fields no other column reads, as JSON text.
pub const RESCUED: &str = "_rescued";

/// What a table is: its columns, where they come from, and how strict it is.
///
/// [`Schema::parse`] reads it from a JSON file and checks everything, so a `Schema` is always valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) columns: Vec<Column>,
    pub(crate) partition_by: Vec<String>,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) key: KeyType,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name in the table.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of its field in the value, through objects only.
    pub from: String,
    /// Whether null or a missing field is refused.
    pub required: bool,
    /// How it relaxes its type's rules.
    #[serde(flatten)]
    pub options: Options,
}

/// What to do with fields that no column reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// Keep them in the column [`RESCUED`], as JSON text.
    #[default]
    Rescue,
    /// Drop them.
    Ignore,
    /// Refuse the row.
    Quarantine,
}

/// The type of the column `_key`, which holds the record's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Text: a key that isn't UTF-8 is refused.
    #[default]
    String,
    /// The bytes, unchanged.
    Binary,
}

impl Schema {
    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the table's definition.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// All columns, including the partition columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns inside the files: all but the partition columns.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !self.partition_by.contains(&column.name))
    }

    /// Names of the partition columns, outermost first.
    pub fn partition_by(&self) -> &[String] {
        &self.partition_by
    }

    /// What to do with fields that no column reads.
    pub fn unknown_fields(&self) -> UnknownFields {
        self.unknown_fields
    }

    /// The type of the record's key in the table.
    pub fn key(&self) -> KeyType {
        self.key
    }

    /// The schema as JSON text that is the same for equal schemas, however their files are formatted. Receipts hold its SHA-256.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("a schema is plain data")
    }
}
