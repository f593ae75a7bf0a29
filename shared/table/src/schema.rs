use crate::column_type::{ColumnType, TYPE_NAMES};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The most columns a table may have: every one costs an encoder in each open file.
pub const MAX_COLUMNS: usize = 1000;

/// The column that keeps the fields no other column names, as JSON text.
pub const RESCUED: &str = "_rescued";

/// The name of the schema that is built in.
pub const BUILT_IN: &str = "gl-journal";

/// What a table is: its columns, where they come from, and how strict it is.
///
/// Read from a JSON file with [`parse`](Self::parse), which checks everything; a `Schema` is good by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    name: String,
    version: u32,
    columns: Vec<Column>,
    partition_by: Vec<String>,
    unknown_fields: UnknownFields,
    key: KeyType,
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
    /// What to do with digits beyond the column's scale; without it they are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Rounding>,
    /// Whether a number or boolean may also come in quotes.
    pub from_string: bool,
}

/// How digits beyond a column's scale are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, a tie to the even digit.
    HalfEven,
}

/// What to do with fields that no column names.
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

/// What the column `_key`, the record's key, holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Text: a key that is not UTF-8 is refused.
    #[default]
    String,
    /// The bytes as they are.
    Binary,
}

/// What is wrong with a schema file: everything at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct SchemaError {
    /// One sentence for each problem.
    pub problems: Vec<String>,
}

/// A schema file as it stands, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    name: String,
    version: u32,
    columns: Vec<ColumnEntry>,
    #[serde(default)]
    partition_by: Vec<String>,
    #[serde(default)]
    unknown_fields: UnknownFields,
    #[serde(default)]
    key: KeyType,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    name: String,
    #[serde(rename = "type")]
    column_type: String,
    from: Option<String>,
    #[serde(default)]
    required: bool,
    round: Option<Rounding>,
    #[serde(default)]
    from_string: bool,
}

impl Schema {
    /// The journal lines of a general ledger, as the public load generator sends them.
    pub fn gl_journal() -> Self {
        Self::parse(include_bytes!("schemas/gl-journal.json")).expect("a test parses the built-in schema")
    }

    /// The schema built in under `name`.
    pub fn built_in(name: &str) -> Option<Self> {
        (name == BUILT_IN).then(Self::gl_journal)
    }

    /// Reads a schema file.
    pub fn parse(json: &[u8]) -> Result<Self, SchemaError> {
        let file: SchemaFile = serde_json::from_slice(json)
            .map_err(|error| SchemaError { problems: vec![format!("not a schema file: {error}")] })?;
        let mut problems = Vec::new();
        let columns: Vec<Column> =
            file.columns.into_iter().filter_map(|entry| entry.check(&mut problems)).collect();
        let schema = Schema {
            name: file.name,
            version: file.version,
            columns,
            partition_by: file.partition_by,
            unknown_fields: file.unknown_fields,
            key: file.key,
        };
        schema.check(&mut problems);
        if problems.is_empty() { Ok(schema) } else { Err(SchemaError { problems }) }
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the table's definition.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// All columns, partition columns among them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns stored inside the files: all but the partition columns.
    pub fn stored_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !self.partition_by.contains(&column.name))
    }

    /// Names of the partition columns, outermost first.
    pub fn partition_by(&self) -> &[String] {
        &self.partition_by
    }

    /// What to do with fields that no column names.
    pub fn unknown_fields(&self) -> UnknownFields {
        self.unknown_fields
    }

    /// What the record's key is stored as.
    pub fn key(&self) -> KeyType {
        self.key
    }

    /// The schema as text that is the same for the same schema, however its file was laid out.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("a schema is plain data")
    }

    fn check(&self, problems: &mut Vec<String>) {
        if self.name.is_empty() {
            problems.push("name is empty".into());
        }
        if self.columns.len() > MAX_COLUMNS {
            problems.push(format!("{} columns, at most {MAX_COLUMNS} are allowed", self.columns.len()));
        }
        self.check_names(problems);
        self.check_pointers(problems);
        let mut seen = HashSet::new();
        for name in &self.partition_by {
            if !seen.insert(name) {
                problems.push(format!("partition_by names {name:?} twice"));
            }
            match self.columns.iter().find(|column| column.name == *name) {
                None => problems.push(format!("partition_by names {name:?}, which is no column")),
                Some(column) if !column.column_type.can_partition() => problems.push(format!(
                    "partition_by names {name:?}: a {} column cannot be a partition column",
                    column.column_type
                )),
                Some(_) => {}
            }
        }
    }

    fn check_names(&self, problems: &mut Vec<String>) {
        let mut seen = HashSet::new();
        for column in &self.columns {
            let name = &column.name;
            if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
                problems.push(format!(
                    "column name {name:?}: 1 to {MAX_NAME} bytes without control characters are allowed"
                ));
            }
            if name.starts_with('_') {
                problems
                    .push(format!("column name {name:?}: names with _ in front are kept for the program"));
            }
            // Most engines that read the files do not tell capitals apart.
            if !seen.insert(name.to_lowercase()) {
                problems.push(format!("column name {name:?} occurs twice (capitals do not count)"));
            }
        }
    }

    fn check_pointers(&self, problems: &mut Vec<String>) {
        let mut sorted: Vec<&Column> = self.columns.iter().collect();
        sorted.sort_by(|a, b| a.from.split('/').cmp(b.from.split('/')));
        let mut sorted = sorted.into_iter();
        let Some(mut outer) = sorted.next() else { return };
        // What is inside of a field comes right behind it.
        for inner in sorted {
            let inside = inner.from.strip_prefix(&outer.from);
            if !inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                outer = inner;
            } else {
                problems.push(format!(
                    "columns {:?} and {:?} read the same field, or one inside the other: {:?}, {:?}",
                    outer.name, inner.name, outer.from, inner.from
                ));
            }
        }
    }
}

/// Longest column name: it is part of a partition folder's name, and file systems stop at 255 bytes.
const MAX_NAME: usize = 100;

impl ColumnEntry {
    fn check(self, problems: &mut Vec<String>) -> Option<Column> {
        let name = self.name;
        let mut problem = |text: String| problems.push(format!("column {name:?}: {text}"));
        let Some(column_type) = ColumnType::parse(&self.column_type) else {
            problem(format!("unknown type {:?}; types are {TYPE_NAMES}", self.column_type));
            return None;
        };
        let from = self.from.unwrap_or_else(|| format!("/{}", name.replace('~', "~0").replace('/', "~1")));
        if !is_pointer(&from) {
            problem(format!("from {from:?} is not a JSON pointer to a field (like /data/amount)"));
        }
        if self.round.is_some() && !matches!(column_type, ColumnType::Decimal { .. }) {
            problem(format!("round is for decimals, not {column_type}"));
        }
        if self.from_string && !column_type.is_numeric() && column_type != ColumnType::Boolean {
            problem(format!("from_string is for numbers and booleans, not {column_type}"));
        }
        Some(Column {
            name,
            column_type,
            from,
            required: self.required,
            round: self.round,
            from_string: self.from_string,
        })
    }
}

/// Whether `text` is a JSON pointer with at least one step, of a depth the scanner allows.
fn is_pointer(text: &str) -> bool {
    let steps = text.split('/').skip(1);
    text.starts_with('/')
        && steps.clone().count() < json::MAX_DEPTH as usize
        && steps.into_iter().all(|step| step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1'])))
}
