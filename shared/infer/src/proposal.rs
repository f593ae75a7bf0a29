//! Decides on a table for the records that were observed.

mod column;
mod draft_type;
mod field_names;
mod note;
mod partition;
mod time_name;
mod type_finder;
mod wording;

pub use note::Note;

use crate::members::{Member, Names};
use crate::observer::Observer;
use column::DraftColumn;
use field_names::{ColumnNames, in_order};
use partition::Partition;
use serde_json::Value;
use std::cmp::Reverse;
use std::fmt::Write;
use table::MAX_COLUMNS;
use type_finder::TypeFinder;

/// A schema file, and the reasons for what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The schema file. It is valid, and accepts every record that was observed, apart from outliers, which the notes count.
    pub schema: String,
    /// The decisions, column by column.
    pub notes: Vec<Note>,
}

/// The most values that arrays and maps of a record have in all columns together. A row has room for more, but it depends on their types for
/// how many.
const MAX_EXPANSION: u64 = 100_000;

impl Proposal {
    /// Proposes a table with this name.
    pub fn of(observer: &Observer, name: &str) -> Self {
        let records = observer.root.objects;
        let (fields, left_out) = fields(observer);
        let mut names = ColumnNames::default();
        let mut columns: Vec<DraftColumn> = fields
            .into_iter()
            .map(|member| {
                let mut finder = TypeFinder::default();
                let found = finder.find(&member.node, &member.name, &member.name, 1);
                DraftColumn::new(names.take(&member.name), member, found, finder.notes, records)
            })
            .collect();
        limit(&mut columns);
        let partition = Partition::of(&columns, &names, observer.counts.records);
        if let Some(column) = columns.iter_mut().find(|column| partition.column() == Some(&column.name)) {
            column.require(records);
        }
        let mut notes: Vec<Note> = Vec::new();
        for column in &columns {
            notes.push(column.note(records));
            notes.extend(column.inside.iter().cloned());
        }
        if left_out > 0 {
            let reason =
                format!("a table has at most {MAX_COLUMNS} columns; these fields are the least frequent");
            notes.push(Note::new(format!("{} fields", wording::grouped(left_out)), "_rescued", reason));
        }
        if observer.context.left_out {
            let reason = "too many different fields; only some were looked at";
            notes.push(Note::new("other fields", "_rescued", reason));
        }
        if observer.counts.binary_keys > 0 {
            let reason =
                format!("keys that are not UTF-8: {}", wording::grouped(observer.counts.binary_keys));
            notes.push(Note::new("_key", "binary", reason));
        }
        notes.push(partition.note());
        let schema = schema_text(name, &columns, &partition, observer.counts.binary_keys > 0);
        Proposal { schema, notes }
    }
}

/// Returns the fields that become columns, in order, and the number of those for which there is no room.
fn fields(observer: &Observer) -> (Vec<&Member>, u64) {
    let members = observer.root.members.as_ref().map(|members| &members.names);
    let Some(Names::Named(named)) = members else { return (Vec::new(), 0) };
    let mut fields = in_order(&named.members);
    let left_out = fields.len().saturating_sub(MAX_COLUMNS);
    if left_out > 0 {
        let mut frequent = fields.clone();
        frequent.sort_by_key(|member| Reverse(member.present));
        let least = frequent[MAX_COLUMNS - 1].present;
        // Of the equally frequent ones at the limit, the first have room.
        let mut room = MAX_COLUMNS - frequent.iter().filter(|member| member.present > least).count();
        fields.retain(|member| {
            let at_limit = member.present == least;
            let kept = member.present > least || at_limit && room > 0;
            room -= usize::from(at_limit && kept);
            kept
        });
    }
    (fields, left_out as u64)
}

/// Makes the largest columns `json` until a table has room for all, and a row for the largest record.
fn limit(columns: &mut [DraftColumn]) {
    shrink(
        columns,
        MAX_COLUMNS as u64,
        |column| column.draft.leaves() as u64,
        |leaves| format!("{leaves} fields inside; a table has at most {MAX_COLUMNS} columns"),
    );
    shrink(
        columns,
        MAX_EXPANSION,
        |column| column.draft.expansion(),
        |values| {
            format!(
                "{} in the arrays and maps of one record, too many for a row",
                wording::count(values, "value")
            )
        },
    );
}

fn shrink(
    columns: &mut [DraftColumn],
    most: u64,
    size: impl Fn(&DraftColumn) -> u64,
    reason: impl Fn(u64) -> String,
) {
    while columns.iter().map(&size).fold(0, u64::saturating_add) > most {
        // The first of the largest ones.
        let Some(largest) = columns.iter_mut().rev().max_by_key(|column| size(column)) else { return };
        let reason = reason(size(largest));
        largest.give_up(reason);
    }
}

fn schema_text(name: &str, columns: &[DraftColumn], partition: &Partition, binary_keys: bool) -> String {
    let mut text = String::from("{\n");
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        text.write_fmt(arguments).expect("writing to memory does not fail");
    };
    line(format_args!("  \"name\": {}, \"version\": 1,\n  \"columns\": [\n", Value::from(name)));
    for (at, column) in columns.iter().enumerate() {
        let comma = if at + 1 < columns.len() { "," } else { "" };
        line(format_args!("    {}{comma}\n", column.json()));
    }
    line(format_args!("  ],\n"));
    if let Some(entry) = partition.json() {
        line(format_args!("  \"partition_by\": [{entry}],\n"));
    }
    if binary_keys {
        line(format_args!("  \"key\": \"binary\",\n"));
    }
    line(format_args!("  \"unknown_fields\": \"rescue\"\n}}\n"));
    text
}
