use super::refused::Refused;
use super::visible::{preview, visible};
use crate::terminal::units::{count, grouped};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Maximum number of reasons and fields counted individually. A field inside an array is one for each index, so there can be millions.
const GROUPS: usize = 1000;

/// Maximum number of reasons and fields shown.
const SHOWN: usize = 20;

/// The numbers of records by reason and field, with an example of each.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) records: u64,
    groups: BTreeMap<(String, Option<String>), Group>,
    /// Number of records of other reasons and fields than `groups` has.
    others: u64,
}

#[derive(Debug)]
struct Group {
    records: u64,
    /// The message and the value of the first record.
    example: Vec<String>,
}

impl Summary {
    pub(super) fn add(&mut self, refused: &Refused) {
        self.records += 1;
        let error = &refused.error;
        let key = (error.code.clone(), error.field.clone());
        if let Some(group) = self.groups.get_mut(&key) {
            group.records += 1;
        } else if self.groups.len() < GROUPS {
            let example = example(refused);
            self.groups.insert(key, Group { records: 1, example });
        } else {
            self.others += 1;
        }
    }

    /// Writes the groups, largest first.
    pub(super) fn write(&self, out: &mut String) -> fmt::Result {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(_, group)| Reverse(group.records));
        let (shown, rest) = groups.split_at(groups.len().min(SHOWN));
        for ((code, field), group) in shown {
            let field = field.as_deref().map(|field| format!("  {}", visible(field))).unwrap_or_default();
            writeln!(out, "{:>12}  {}{field}", grouped(group.records), visible(code))?;
            group.example.iter().try_for_each(|line| writeln!(out, "{:14}{line}", ""))?;
        }
        let rest: u64 = rest.iter().map(|(_, group)| group.records).sum();
        match rest + self.others {
            0 => Ok(()),
            more => writeln!(out, "{:>12}  for other reasons or fields", grouped(more)),
        }
    }
}

/// Returns what a record was refused for and its value, each on a line.
pub(super) fn example(refused: &Refused) -> Vec<String> {
    let message = visible(&refused.error.message);
    let content = refused.content.as_ref().map(preview);
    [Some(message), content].into_iter().flatten().filter(|line| !line.is_empty()).collect()
}

/// Returns the number of records with its noun.
pub(super) fn records(number: u64) -> String {
    count(number, "refused record")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::quarantine::reader::Line;

    fn refused(code: &str, field: usize) -> Refused {
        let entry =
            format!(r#"{{"raw":"eA==","error":{{"code":"{code}","field":"f{field}","message":"m"}}}}"#);
        Refused::read(Line::Whole(entry.as_bytes()))
    }

    #[test]
    fn the_largest_group_comes_first_with_the_first_example() {
        let mut summary = Summary::default();
        for (code, field) in [("a", 1), ("b", 1), ("b", 1)] {
            summary.add(&refused(code, field));
        }
        let mut text = String::new();
        summary.write(&mut text).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(lines, ["2  b  f1", "m", "x", "1  a  f1", "m", "x"]);
    }

    #[test]
    fn groups_beyond_the_limits_are_counted_together() {
        let mut summary = Summary::default();
        (0..GROUPS + 5).for_each(|field| summary.add(&refused("a", field)));
        let mut text = String::new();
        summary.write(&mut text).unwrap();
        assert!(text.ends_with(" 985  for other reasons or fields\n"), "{text}");
        assert_eq!(summary.groups.len(), GROUPS);
    }
}
