use crate::partitions::fixed_offset::FixedOffset;
use crate::partitions::transform::Transform;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Name of the system column with the time at which the stream accepted the record. It is the only one that a partition can be derived
/// from.
pub const ENQUEUED_AT: &str = "_enqueued_at";

/// One level of a table's folders, `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionField {
    /// The name in the path.
    pub name: String,
    /// The source of the value: a column's name, or [`ENQUEUED_AT`].
    pub from: String,
    /// How the value follows from the source.
    pub transform: Transform,
}

impl PartitionField {
    /// Returns the field whose values are those of a column, under the column's own name.
    pub fn column(name: impl Into<String>) -> Self {
        let name = name.into();
        PartitionField { from: name.clone(), name, transform: Transform::Identity }
    }

    /// Returns whether the field is a column itself. Such a column is only in the path. The source of any other field is stored in the
    /// files as well.
    pub fn is_column(&self) -> bool {
        self.transform == Transform::Identity && self.name == self.from
    }
}

/// Writes what a schema file has in `partition_by`: the name of a column, or an object.
impl Serialize for PartitionField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_column() {
            return serializer.serialize_str(&self.name);
        }
        let offset = Some(self.transform.offset()).filter(|offset| *offset != FixedOffset::UTC);
        let mut field = serializer.serialize_struct("PartitionField", 3 + usize::from(offset.is_some()))?;
        field.serialize_field("name", &self.name)?;
        field.serialize_field("from", &self.from)?;
        field.serialize_field("transform", &self.transform.to_string())?;
        if let Some(offset) = offset {
            field.serialize_field("offset", &offset)?;
        }
        field.end()
    }
}
