use crate::table::document::{TableDocument, TableField};
use crate::table::field_paths::{self, SchemaField};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use table::Schema;

/// Why a schema doesn't fit a lake's table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct NotThisTable {
    /// One sentence for each problem.
    pub problems: Vec<String>,
}

/// What a schema that fits means for the document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The document already covers it.
    Covered,
    /// It is a newer version, and this is the document with it.
    Newer(Box<TableDocument>),
}

impl TableDocument {
    /// Compares a schema with the table. The rules:
    ///
    /// - The name, the partitions, the type of the key and the type of each column stay.
    /// - A newer version may add nullable columns, drop columns, and make required columns nullable.
    /// - The same version has the same columns. Everything else may differ, and the document keeps what it has.
    /// - An older version may still be used, as long as the table knows its columns.
    pub(crate) fn admit(&self, schema: &Arc<Schema>) -> Result<Fit, NotThisTable> {
        let comparison = Comparison { table: self, schema, wanted: field_paths::of(schema) };
        let mut problems = comparison.identity();
        // If it is another table altogether, its columns are beside the point.
        if problems.is_empty() {
            problems = comparison.columns();
        }
        if !problems.is_empty() {
            return Err(NotThisTable { problems });
        }
        Ok(match schema.version().cmp(&self.schema().version()) {
            Ordering::Greater => Fit::Newer(Box::new(self.with(schema))),
            Ordering::Less | Ordering::Equal => Fit::Covered,
        })
    }
}

struct Comparison<'a> {
    table: &'a TableDocument,
    schema: &'a Schema,
    wanted: Vec<SchemaField>,
}

impl Comparison<'_> {
    /// Compares what identifies the table.
    fn identity(&self) -> Vec<String> {
        let (lake, schema) = (self.table.schema(), self.schema);
        let partitions = |schema: &Schema| {
            serde_json::to_string(schema.partition_by()).expect("partitions are plain data")
        };
        let key = |schema: &Schema| format!("{:?}", schema.key()).to_lowercase();
        [
            differs("name", lake.name(), schema.name()),
            differs("partition_by", partitions(lake), partitions(schema)),
            differs("key", key(lake), key(schema)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn columns(&self) -> Vec<String> {
        let mut problems: Vec<String> =
            self.wanted.iter().filter_map(|field| self.column(field).err()).collect();
        let version = self.schema.version();
        let lake = self.table.schema();
        if version == lake.version() {
            let has = |name: &str| self.schema.columns().iter().any(|column| column.name == name);
            for column in lake.columns().iter().filter(|column| !has(&column.name)) {
                problems.push(format!(
                    "version {version} of the lake has a column {:?}, and the schema does not: give the schema a higher version to drop it",
                    column.name
                ));
            }
        }
        problems
    }

    /// Compares a column of the schema with the one in the table.
    fn column(&self, wanted: &SchemaField) -> Result<(), String> {
        let (Some(column_type), [name]) = (&wanted.column_type, wanted.path.as_slice()) else {
            return Ok(());
        };
        let problem = |text: String| Err(format!("column {name:?}: {text}"));
        let of_name = |field: &&TableField| matches!(field.path.as_slice(), [known] if known == name);
        // The last one: a column may have been dropped and added again.
        let Some(known) = self.table.fields().iter().rfind(of_name) else {
            return self.new_column(name, wanted.id);
        };
        if let Some(id) = wanted.id.filter(|id| *id != known.id && !known.dropped) {
            return problem(format!("its id is {} in the lake, and {id} in the schema", known.id));
        }
        if known.column_type.as_ref() != Some(column_type) {
            let lake = known.column_type.as_deref().unwrap_or_default();
            let was = if known.dropped { "was, before it was dropped," } else { "is" };
            return problem(format!(
                "the lake's {was} {lake}, and the schema's is {column_type}; a column's type cannot be changed"
            ));
        }
        let older = self.schema.version() < self.table.schema().version();
        if known.dropped && !older {
            return self.new_column(name, wanted.id);
        }
        let required =
            |schema: &Schema| schema.columns().iter().any(|column| column.name == *name && column.required);
        if required(self.schema) && !required(self.table.schema()) && !older {
            return problem("it is nullable in the lake, and required in the schema".into());
        }
        Ok(())
    }

    /// Checks a column that the table doesn't have.
    fn new_column(&self, name: &str, id: Option<u32>) -> Result<(), String> {
        let problem = |text: String| Err(format!("column {name:?}: {text}"));
        let (version, lake) = (self.schema.version(), self.table.schema().version());
        if version <= lake {
            return problem(format!(
                "version {lake} of the lake does not have it: give the schema a version higher than {lake} to add it"
            ));
        }
        let same_but_for_case = |field: &&TableField| matches!(field.path.as_slice(), [known] if known != name && known.to_lowercase() == name.to_lowercase());
        if let Some(known) = self.table.fields().iter().find(same_but_for_case) {
            return problem(format!("the lake has {:?}, which differs only in case", known.path[0]));
        }
        if let Some(known) = self.table.fields().iter().find(|field| Some(field.id) == id) {
            return problem(format!("its id {} belongs to {:?} in the lake", known.id, known.path.join(".")));
        }
        if self.schema.columns().iter().any(|column| column.name == name && column.required) {
            return problem("it is new, and must be nullable: the lake's rows do not have it".into());
        }
        Ok(())
    }
}

fn differs(what: &str, lake: impl fmt::Display + PartialEq, schema: impl fmt::Display) -> Option<String> {
    let (lake, schema) = (lake.to_string(), schema.to_string());
    (lake != schema).then(|| format!("{what}: the lake's is {lake}, and the schema's is {schema}"))
}

#[cfg(test)]
#[path = "evolution_tests.rs"]
mod tests;
