use crate::column::Column;
use crate::column_source::ColumnSource;
use crate::jq::JqFilter;
use crate::partitions::{self, EmptyPartition, FileColumns, PartitionEntry};
use crate::schema::{KeyType, MAX_COLUMNS, MAX_FIELD_ID, MAX_NAME, Schema};
use crate::types::{ColumnType, OffsetForm, Options, Rounding, Truncation, TypeError, suggestion};
use crate::unknown_fields::UnknownFields;
use json::excerpt;
use serde::Deserialize;
use std::collections::HashSet;

/// All problems with a schema file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct SchemaError {
    /// One sentence for each problem.
    pub problems: Vec<String>,
}

/// A schema file before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    name: String,
    version: u32,
    columns: Vec<ColumnEntry>,
    #[serde(default)]
    partition_by: Vec<PartitionEntry>,
    #[serde(default)]
    unknown_fields: UnknownFields,
    #[serde(default)]
    key: KeyType,
    #[serde(default)]
    empty_partition: EmptyPartition,
}

/// One entry of `columns`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    name: String,
    #[serde(rename = "type")]
    column_type: String,
    id: Option<u32>,
    from: Option<String>,
    jq: Option<String>,
    #[serde(default)]
    required: bool,
    round: Option<Rounding>,
    truncate: Option<Truncation>,
    offset: Option<OffsetForm>,
    #[serde(default)]
    from_string: bool,
}

impl Schema {
    /// Parses and checks a schema file. All problems are reported together.
    pub fn parse(json: &[u8]) -> Result<Self, SchemaError> {
        let file: SchemaFile = serde_json::from_slice(json)
            .map_err(|error| SchemaError { problems: vec![format!("not a schema file: {error}")] })?;
        let names = file.columns.iter().map(|entry| entry.name.clone()).collect();
        let (mut problems, mut listed) = (Vec::new(), false);
        let columns: Vec<Column> =
            file.columns.into_iter().filter_map(|entry| entry.check(&mut problems, &mut listed)).collect();
        let partition_by =
            partitions::fields(file.partition_by, &FileColumns { names, valid: &columns }, &mut problems);
        let may_be_empty = partitions::may_be_empty(&partition_by, &columns);
        let schema = Schema {
            name: file.name,
            version: file.version,
            columns,
            partition_by,
            unknown_fields: file.unknown_fields,
            key: file.key,
            empty_partition: may_be_empty.then_some(file.empty_partition),
        };
        schema.check(&mut problems);
        if problems.is_empty() { Ok(schema) } else { Err(SchemaError { problems }) }
    }

    fn check(&self, problems: &mut Vec<String>) {
        if self.name.is_empty() {
            problems.push("name is empty".into());
        }
        let leaves: usize = self.columns.iter().map(|column| column.column_type.leaves()).sum();
        if leaves > MAX_COLUMNS {
            let counted =
                if leaves > self.columns.len() { ", counting those inside nested types" } else { "" };
            problems.push(format!("{leaves} columns{counted}; the maximum is {MAX_COLUMNS}"));
        }
        self.check_names(problems);
        self.check_pointers(problems);
    }

    fn check_names(&self, problems: &mut Vec<String>) {
        let (mut seen, mut ids) = (HashSet::new(), HashSet::new());
        for column in &self.columns {
            let name = &column.name;
            if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
                problems.push(format!(
                    "column name {name:?}: 1 to {MAX_NAME} bytes without control characters are allowed"
                ));
            }
            if name.starts_with('_') {
                problems.push(format!("column name {name:?}: names that start with _ are reserved"));
            }
            // Most engines that read the files ignore case.
            if !seen.insert(name.to_lowercase()) {
                problems.push(format!("column name {name:?} occurs twice (case is ignored)"));
            }
            if column.id.is_some_and(|id| !ids.insert(id)) {
                problems.push(format!("column {name:?}: its id occurs twice"));
            }
        }
    }

    fn check_pointers(&self, problems: &mut Vec<String>) {
        let mut sorted: Vec<(&str, &Column)> =
            self.columns.iter().filter_map(|column| Some((column.source.pointer()?, column))).collect();
        sorted.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
        let mut sorted = sorted.into_iter();
        let Some(mut outer) = sorted.next() else { return };
        // After sorting, a pointer into a field comes directly after the field's own.
        for inner in sorted {
            let inside = inner.0.strip_prefix(outer.0);
            if !inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                outer = inner;
            } else {
                problems.push(format!(
                    "columns {:?} and {:?} read the same field, or one reads inside the other's: {:?}, {:?}",
                    outer.1.name, inner.1.name, outer.0, inner.0
                ));
            }
        }
    }
}

impl ColumnEntry {
    /// Checks a column by itself. `listed` tells whether a problem has already listed all types, which one of them does at most.
    fn check(self, problems: &mut Vec<String>, listed: &mut bool) -> Option<Column> {
        let name = self.name;
        let mut problem = |text: String| problems.push(format!("column {name:?}: {text}"));
        let column_type = match ColumnType::parse(&self.column_type) {
            Ok(column_type) => column_type,
            Err(error) => {
                problem(type_problem(error, listed));
                return None;
            }
        };
        let ColumnEntry { from, jq, round, truncate, offset, from_string, .. } = self;
        let source = match (from, jq) {
            (from, None) => {
                let from = from.unwrap_or_else(|| format!("/{}", name.replace('~', "~0").replace('/', "~1")));
                if !is_pointer(&from) {
                    problem(format!("from {from:?} is not a JSON pointer to a field, such as /data/amount"));
                }
                Some(ColumnSource::From(from))
            }
            (None, Some(filter)) => {
                let filter = JqFilter::parse(&filter).map_err(|text| problem(format!("jq: {text}")));
                filter.ok().map(ColumnSource::Jq)
            }
            (Some(_), Some(_)) => {
                problem("it has both from and jq: a value comes from a field or from a filter".into());
                None
            }
        };
        let pointer = source.as_ref().and_then(ColumnSource::pointer).unwrap_or_default();
        if steps(pointer).count() + column_type.depth() > json::MAX_DEPTH as usize {
            problem(format!(
                "its values are nested deeper than {} levels, which no JSON is",
                json::MAX_DEPTH
            ));
        }
        let options = Options { round, truncate, offset, from_string };
        for option in options.names().filter(|option| !column_type.accepts(*option)) {
            let types = ColumnType::names_accepting(option);
            problem(format!("{option} is not an option of {column_type} columns, only of {types}"));
        }
        if self.id.is_some_and(|id| !(1..=MAX_FIELD_ID).contains(&id)) {
            problem(format!("an id is a number from 1 to {MAX_FIELD_ID}"));
        }
        Some(Column { name, id: self.id, column_type, source: source?, required: self.required, options })
    }
}

/// Describes a type that can't be read. `listed` tells whether another problem has already listed all types.
fn type_problem(error: TypeError, listed: &mut bool) -> String {
    match error {
        TypeError::Invalid { name, problem } => format!("type {:?}: {problem}", excerpt(&name)),
        TypeError::Unknown(name) => {
            let unknown = format!("unknown type {:?}", excerpt(&name));
            match suggestion::of(&name) {
                Some(advice) => format!("{unknown}: {advice}"),
                None if std::mem::replace(listed, true) => unknown,
                None => format!("{unknown}; types are {}", ColumnType::names()),
            }
        }
    }
}

fn steps(pointer: &str) -> impl Iterator<Item = &str> + Clone {
    pointer.split('/').skip(1)
}

/// Returns whether `text` is a JSON pointer with at least one step and no deeper than the scanner allows.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
        && steps(text).count() < json::MAX_DEPTH as usize
        && steps(text).all(|step| step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1'])))
}
