use crate::column::Column;
use crate::partitions::derivation::Derivation;
use crate::partitions::fixed_offset::FixedOffset;
use crate::partitions::partition_field::{ENQUEUED_AT, PartitionField};
use crate::partitions::source_kind::{Source, SourceKind};
use crate::partitions::transform::Transform;
use crate::schema::{MAX_COLUMNS, MAX_NAME};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// One entry of `partition_by` in a schema file, before it is checked.
#[derive(Debug)]
pub(crate) enum PartitionEntry {
    Column(String),
    Derived(DerivedEntry),
}

/// A partition that is derived from a column.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DerivedEntry {
    name: String,
    from: String,
    transform: String,
    offset: Option<String>,
}

/// Returns whether a value of one of the fields can be the empty string.
pub(crate) fn may_be_empty(fields: &[PartitionField], columns: &[Column]) -> bool {
    let derivation =
        |field: &PartitionField| Derivation::new(field.transform, Source::find(&field.from, columns)?);
    fields.iter().filter_map(derivation).any(Derivation::is_text)
}

/// The columns of a schema file.
pub(crate) struct FileColumns<'a> {
    /// The names of all columns.
    pub(crate) names: HashSet<String>,
    /// The columns without a problem.
    pub(crate) valid: &'a [Column],
}

/// Checks the entries of `partition_by`, and returns those without a problem.
pub(crate) fn fields(
    entries: Vec<PartitionEntry>,
    columns: &FileColumns<'_>,
    problems: &mut Vec<String>,
) -> Vec<PartitionField> {
    if entries.len() > MAX_COLUMNS {
        problems.push(format!("{} entries in partition_by; the maximum is {MAX_COLUMNS}", entries.len()));
    }
    let lower_case = columns.names.iter().map(|name| name.to_lowercase()).collect();
    let mut fields: Vec<PartitionField> = Vec::new();
    let mut seen = HashSet::new();
    for entry in entries.into_iter().take(MAX_COLUMNS) {
        let field = match entry {
            PartitionEntry::Column(name) => column(name, columns, problems),
            PartitionEntry::Derived(entry) => entry.check(columns, &lower_case, problems),
        };
        let Some(field) = field else { continue };
        // Most engines that read the lake ignore case.
        if !seen.insert(field.name.to_lowercase()) {
            problems.push(format!("partition_by names {:?} twice", field.name));
        } else if let Some(same) =
            fields.iter().find(|other| other.from == field.from && other.transform == field.transform)
        {
            problems.push(format!("partitions {:?} and {:?} have the same values", same.name, field.name));
        }
        fields.push(field);
    }
    fields
}

/// Checks an entry that names a column.
fn column(name: String, columns: &FileColumns<'_>, problems: &mut Vec<String>) -> Option<PartitionField> {
    let derive = || {
        let example = format!(r#"{{"name": "day", "from": {name:?}, "transform": "day"}}"#);
        format!("; derive a partition from it, for example {example}")
    };
    let problem = match Source::find(&name, columns.valid) {
        Some(source) if source.can_partition() => return Some(PartitionField::column(name)),
        Some(Source::EnqueuedAt) => format!("it is only in the files{}", derive()),
        Some(source) => {
            let cannot = format!("a {} column cannot be a partition column", source.type_name());
            let has_day = matches!(source.kind(), SourceKind::LocalTime | SourceKind::Instant);
            if has_day { cannot + &derive() } else { cannot }
        }
        // The column's own problem is reported.
        None if columns.names.contains(&name) => return None,
        None => {
            problems.push(format!("partition_by names {name:?}, which is not a column"));
            return None;
        }
    };
    problems.push(format!("partition_by names {name:?}: {problem}"));
    None
}

impl DerivedEntry {
    /// Checks a derived partition. `lower_case` are the names of the columns in lower case.
    fn check(
        self,
        columns: &FileColumns<'_>,
        lower_case: &HashSet<String>,
        problems: &mut Vec<String>,
    ) -> Option<PartitionField> {
        let DerivedEntry { name, from, transform, offset } = self;
        let before = problems.len();
        let mut problem = |text: String| problems.push(format!("partition {name:?}: {text}"));
        if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            problem(format!("a name has 1 to {MAX_NAME} bytes without control characters"));
        }
        if name.starts_with('_') {
            problem("names that start with _ are reserved".into());
        }
        if name != from && lower_case.contains(&name.to_lowercase()) {
            problem("a column has this name (case is ignored)".into());
        }
        let source = Source::find(&from, columns.valid);
        if source.is_none() && !columns.names.contains(&from) {
            problem(format!("{from:?} is neither a column nor {ENQUEUED_AT}"));
        }
        let transform = with_offset(&transform, offset.as_deref()).map_err(&mut problem).ok()?;
        let source = source?;
        if Derivation::new(transform, source).is_none() {
            let column = format!("{from:?}, which is {}", source.type_name());
            problem(match Derivation::new(without_offset(transform), source) {
                Some(_) => format!("an offset has no effect on {column}: it has no time zone"),
                None => format!("{transform} takes {}, not {column}", transform.takes()),
            });
        } else if name == from && transform != Transform::Identity {
            problem(format!("the column that it is derived from has this name; {transform} needs another"));
        }
        (problems.len() == before).then_some(PartitionField { name, from, transform })
    }
}

/// Returns the transform with this name and offset.
fn with_offset(transform: &str, offset: Option<&str>) -> Result<Transform, String> {
    let transform = Transform::parse(transform)?;
    let Some(offset) = offset.map(FixedOffset::parse).transpose()? else { return Ok(transform) };
    transform
        .with_offset(offset)
        .ok_or_else(|| format!("{transform} has no offset; only year, month, day and hour depend on one"))
}

fn without_offset(transform: Transform) -> Transform {
    transform.with_offset(FixedOffset::UTC).unwrap_or(transform)
}

/// Reads the name of a column or an object. (An untagged enum would report neither's problems.)
impl<'de> Deserialize<'de> for PartitionEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = PartitionEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or an object with name, from and transform")
            }

            fn visit_str<E>(self, name: &str) -> Result<PartitionEntry, E> {
                Ok(PartitionEntry::Column(name.to_owned()))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<PartitionEntry, M::Error> {
                DerivedEntry::deserialize(MapAccessDeserializer::new(map)).map(PartitionEntry::Derived)
            }
        }

        deserializer.deserialize_any(Entry)
    }
}
