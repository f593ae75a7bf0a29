use crate::table::field_paths::{self, FieldPath};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use table::{MAX_FIELD_ID, Schema};

/// The version of the document's format. A program that finds another version writes nothing.
pub(crate) const TABLE_FORMAT: u32 = 1;

/// The lake's own statement of which table it holds, stored as `_table.json`.
///
/// It is a pure function of the schemas that the lake has accepted, in order. So programs that race to write it write the same bytes, or
/// one of them loses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDocument {
    format: u32,
    /// The table's name.
    name: String,
    /// The version of the schema.
    version: u32,
    /// Every field that the table has or had, by id.
    fields: Vec<TableField>,
    /// The highest id given so far. Ids are never used again.
    last_id: u32,
    /// The schema of the highest version, in full: columns, partitions, rules.
    #[serde(serialize_with = "write_schema", deserialize_with = "read_schema")]
    schema: Arc<Schema>,
}

/// A field and its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableField {
    pub(crate) id: u32,
    pub(crate) path: FieldPath,
    /// The type as in a schema file. A nested field has none, because it is part of its column's.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) column_type: Option<String>,
    /// Whether the current schema no longer has the field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dropped: bool,
}

impl TableDocument {
    /// Creates the document of a new table.
    pub(crate) fn new(schema: &Arc<Schema>) -> Self {
        let nothing = TableDocument {
            format: TABLE_FORMAT,
            name: schema.name().into(),
            version: schema.version(),
            fields: Vec::new(),
            last_id: 0,
            schema: Arc::clone(schema),
        };
        nothing.with(schema)
    }

    /// Returns the document after the table has taken on this schema. Known fields keep their ids, and new ones get the next free ids.
    pub(crate) fn with(&self, schema: &Arc<Schema>) -> Self {
        let mut fields: Vec<TableField> =
            self.fields.iter().map(|field| TableField { dropped: true, ..field.clone() }).collect();
        let wanted = field_paths::of(schema);
        let current = self.ids();
        let stated = wanted.iter().filter_map(|field| field.id).max();
        let mut last_id = self.last_id.max(stated.unwrap_or(0));
        for field in wanted {
            let known =
                current.get(&field.path).and_then(|id| fields.iter_mut().find(|known| known.id == *id));
            match known {
                Some(known) => known.dropped = false,
                None => {
                    let id = field.id.unwrap_or_else(|| {
                        last_id += 1;
                        last_id
                    });
                    let (path, column_type) = (field.path, field.column_type);
                    fields.push(TableField { id, path, column_type, dropped: false });
                }
            }
        }
        fields.sort_by_key(|field| field.id);
        let (name, version) = (schema.name().into(), schema.version());
        TableDocument { format: TABLE_FORMAT, name, version, fields, last_id, schema: Arc::clone(schema) }
    }

    /// Returns the table's schema.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(crate) fn fields(&self) -> &[TableField] {
        &self.fields
    }

    /// Returns the ids of the fields by path. A field that was dropped has its last id, so that an older schema can still be written.
    pub(crate) fn all_ids(&self) -> HashMap<FieldPath, u32> {
        let mut ids: HashMap<FieldPath, u32> =
            self.fields.iter().map(|field| (field.path.clone(), field.id)).collect();
        ids.extend(self.ids());
        ids
    }

    fn ids(&self) -> HashMap<FieldPath, u32> {
        let current = self.fields.iter().filter(|field| !field.dropped);
        current.map(|field| (field.path.clone(), field.id)).collect()
    }

    /// Returns the document as stored: indented JSON with a newline at the end.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a document is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Parses a stored document. An error describes what is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if version.format != TABLE_FORMAT {
            return Err(format!(
                "unknown format {}; this program knows format {TABLE_FORMAT}, so a newer one wrote it",
                version.format
            ));
        }
        let document: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), String> {
        if (self.name.as_str(), self.version) != (self.schema.name(), self.schema.version()) {
            return Err("its name and version are not those of its schema".into());
        }
        let distinct: HashSet<u32> = self.fields.iter().map(|field| field.id).collect();
        let in_range = |id: &u32| (1..=self.last_id).contains(id) && self.last_id <= MAX_FIELD_ID;
        if distinct.len() < self.fields.len() || !distinct.iter().all(in_range) {
            return Err("its field ids are not distinct numbers from 1 to last_id".into());
        }
        let current = self.ids();
        match field_paths::of(&self.schema).iter().find(|field| !current.contains_key(&field.path)) {
            Some(field) => Err(format!("the field {} of its schema has no id", field.path.join("."))),
            None => Ok(()),
        }
    }
}

fn write_schema<S: Serializer>(schema: &Arc<Schema>, serializer: S) -> Result<S::Ok, S::Error> {
    schema.serialize(serializer)
}

fn read_schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Schema>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let schema = Schema::parse(value.to_string().as_bytes()).map_err(serde::de::Error::custom)?;
    Ok(Arc::new(schema))
}
