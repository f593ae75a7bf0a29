use super::preview::preview;
use super::refused::Refused;
use crate::terminal::units::{count, grouped};
use crate::terminal::visible;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Maximum number of reasons and fields counted individually. A field inside an array is one for each index, so there can be millions.
const GROUPS: usize = 1000;

/// Maximum number of reasons and fields shown.
const SHOWN: usize = 20;

/// Code of the reason, and the field.
type Key = (String, Option<String>);

/// The numbers of records by reason and field, with an example of each.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) records: u64,
    groups: BTreeMap<Key, Group>,
    /// Number of records of other reasons and fields than `groups` has.
    others: u64,
}

/// The records with a reason and a field.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) records: u64,
    /// The message of the first record.
    pub(crate) message: String,
    /// The value of the first record, as a terminal shows it.
    pub(crate) preview: Option<String>,
    /// URL of the first record's source object.
    pub(crate) source: String,
    /// The first record's line number in the source object.
    pub(crate) line: Option<u64>,
}

impl Summary {
    /// Adds a record of the source object at `source`.
    pub(crate) fn add(&mut self, refused: &Refused, source: &str) {
        let error = &refused.error;
        let group = || Group {
            records: 0,
            message: error.message.clone(),
            preview: refused.content.as_ref().map(preview),
            source: source.to_owned(),
            line: error.line,
        };
        self.count((error.code.clone(), error.field.clone()), 1, group);
    }

    /// Adds the records of another summary, which come after those of this one.
    pub(crate) fn merge(&mut self, later: Summary) {
        for (key, group) in later.groups {
            self.count(key, group.records, || Group { records: 0, ..group });
        }
        self.records += later.others;
        self.others += later.others;
    }

    fn count(&mut self, key: Key, records: u64, first: impl FnOnce() -> Group) {
        self.records += records;
        if let Some(group) = self.groups.get_mut(&key) {
            group.records += records;
        } else if self.groups.len() < GROUPS {
            self.groups.insert(key, Group { records, ..first() });
        } else {
            self.others += records;
        }
    }

    /// Returns the groups with their codes and fields, largest first.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&str, Option<&str>, &Group)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(_, group)| Reverse(group.records));
        groups.into_iter().map(|((code, field), group)| (code.as_str(), field.as_deref(), group))
    }

    /// Writes the groups, largest first.
    pub(crate) fn write(&self, out: &mut String) -> fmt::Result {
        let groups: Vec<_> = self.groups().collect();
        let (shown, rest) = groups.split_at(groups.len().min(SHOWN));
        for (code, field, group) in shown {
            let field = field.map(|field| format!("  {}", visible(field))).unwrap_or_default();
            writeln!(out, "{:>12}  {}{field}", grouped(group.records), visible(code))?;
            let message = visible(&group.message);
            let example = [Some(message), group.preview.clone()].into_iter().flatten();
            for line in example.filter(|line| !line.is_empty()) {
                writeln!(out, "{:14}{line}", "")?;
            }
        }
        let rest: u64 = rest.iter().map(|(_, _, group)| group.records).sum();
        match rest + self.others {
            0 => Ok(()),
            more => writeln!(out, "{:>12}  for other reasons or fields", grouped(more)),
        }
    }
}

/// Returns what a record was refused for and its value, each on a line.
pub(crate) fn example(refused: &Refused) -> Vec<String> {
    let message = visible(&refused.error.message);
    let content = refused.content.as_ref().map(preview);
    [Some(message), content].into_iter().flatten().filter(|line| !line.is_empty()).collect()
}

/// Returns the number of records with its noun.
pub(crate) fn records(number: u64) -> String {
    count(number, "refused record")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refused::Line;

    fn refused(code: &str, field: usize) -> Refused {
        let entry =
            format!(r#"{{"raw":"eA==","error":{{"code":"{code}","field":"f{field}","message":"m"}}}}"#);
        Refused::read(Line::Whole(entry.as_bytes()))
    }

    #[test]
    fn the_largest_group_comes_first_with_the_first_example() {
        let mut summary = Summary::default();
        for (code, field) in [("a", 1), ("b", 1), ("b", 1)] {
            summary.add(&refused(code, field), "s");
        }
        let mut text = String::new();
        summary.write(&mut text).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(lines, ["2  b  f1", "m", "x", "1  a  f1", "m", "x"]);
    }

    #[test]
    fn groups_beyond_the_limits_are_counted_together() {
        let mut summary = Summary::default();
        (0..GROUPS + 5).for_each(|field| summary.add(&refused("a", field), "s"));
        let mut text = String::new();
        summary.write(&mut text).unwrap();
        assert!(text.ends_with(" 985  for other reasons or fields\n"), "{text}");
        assert_eq!(summary.groups.len(), GROUPS);
    }

    #[test]
    fn summaries_are_merged_and_the_first_example_stays() {
        let mut first = Summary::default();
        first.add(&refused("a", 1), "x");
        let mut later = Summary::default();
        (0..GROUPS + 1).for_each(|field| later.add(&refused("a", field), "y"));
        first.merge(later);
        assert_eq!(first.records, GROUPS as u64 + 2);
        let (_, _, group) = first.groups().next().unwrap();
        assert_eq!((group.records, group.source.as_str()), (2, "x"));
        assert_eq!(
            first.groups().map(|(_, _, group)| group.records).sum::<u64>() + first.others,
            first.records
        );
    }
}
