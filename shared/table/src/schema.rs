use crate::column::Column;
use crate::partitions::empty_partition::EmptyPartition;
use crate::partitions::partition_field::PartitionField;
use crate::partitions::value_type;
use crate::unknown_fields::UnknownFields;
use arrow_schema::Field;
use serde::{Deserialize, Serialize};

/// Maximum number of columns of a table, where each scalar inside a nested type counts. Each one costs an encoder in every open file.
pub const MAX_COLUMNS: usize = 1000;

/// The highest field id that a schema may state. Those above are reserved: for the columns that every table has, and by Iceberg.
pub const MAX_FIELD_ID: u32 = 1_999_999_999;

/// Maximum length of the name of a column or partition. It becomes part of a folder's name, and file systems allow 255 bytes.
pub(crate) const MAX_NAME: usize = 100;

/// Name of the column that keeps the fields that no other column reads, as JSON text.
pub const RESCUED: &str = "_rescued";

/// The definition of a table: its columns, where their values come from, and how strict it is.
///
/// [`Schema::parse`] reads a schema from a JSON file and checks everything, so a `Schema` is always valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) columns: Vec<Column>,
    pub(crate) partition_by: Vec<PartitionField>,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) key: KeyType,
    /// `None` if no partition value can be empty. It is then not part of the canonical text, because it affects nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) empty_partition: Option<EmptyPartition>,
}

/// The type of the column `_key`, which holds the record's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Text. A record whose key isn't UTF-8 is refused.
    #[default]
    String,
    /// Bytes, stored unchanged.
    Binary,
}

impl Schema {
    /// Returns the table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version of the table's definition.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns all columns, including the partition columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the columns stored in files: all except those that are partitions themselves.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| self.is_stored(column))
    }

    pub(crate) fn is_stored(&self, column: &Column) -> bool {
        !self.partition_by.iter().any(|field| field.is_column() && field.name == column.name)
    }

    /// Returns the table's partitions, outermost first.
    pub fn partition_by(&self) -> &[PartitionField] {
        &self.partition_by
    }

    /// Returns the names of the table's partitions, outermost first.
    pub fn partition_names(&self) -> impl Iterator<Item = &str> {
        self.partition_by.iter().map(|field| field.name.as_str())
    }

    /// Returns the columns that readers take from the path, outermost first, with the types that represent their values exactly. A
    /// column that can be null is nullable.
    pub fn partition_columns(&self) -> Vec<Field> {
        let field = |field: &PartitionField| {
            let data_type = value_type::value_type(field, &self.columns);
            let becomes_null = self.empty_partition == Some(EmptyPartition::Null);
            let nullable = becomes_null || value_type::may_be_null(field, &self.columns);
            Field::new(&field.name, data_type, nullable)
        };
        self.partition_by.iter().map(field).collect()
    }

    /// Returns what to do with rows whose partition value is empty, or `None` if no partition value can be.
    pub fn empty_partition(&self) -> Option<EmptyPartition> {
        self.empty_partition
    }

    /// Returns what to do with fields that no column reads.
    pub fn unknown_fields(&self) -> UnknownFields {
        self.unknown_fields
    }

    /// Returns the type of the record's key in the table.
    pub fn key(&self) -> KeyType {
        self.key
    }

    /// Returns the schema as JSON text that is the same for equal schemas, however their files are formatted. Receipts contain its SHA-256.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("a schema is plain data")
    }

    /// Returns the canonical text that the same table had before `empty_partition` existed, if it is another one. Receipts from that time
    /// contain its SHA-256.
    pub fn former_canonical(&self) -> Option<String> {
        self.empty_partition?;
        Some(Schema { empty_partition: None, ..self.clone() }.canonical())
    }
}
