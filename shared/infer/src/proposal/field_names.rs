//! The names of columns and fields, made from the names of members.

use crate::members::Member;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Longest name of a column in bytes.
const MAX_NAME: usize = 100;

/// Returns the members in the order in which people expect them: as in the records, as far as their order is the same.
pub(super) fn in_order(members: &[Member]) -> Vec<&Member> {
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by(|one, other| (one.position, &one.name).cmp(&(other.position, &other.name)));
    sorted
}

/// Returns the members that can be fields of a struct, in order, and the number of those that can't. Of members whose names differ only in
/// case, the most frequent one can.
pub(super) fn usable_fields(members: &[Member]) -> (Vec<&Member>, u64) {
    let mut best: BTreeMap<String, &Member> = BTreeMap::new();
    let usable = |member: &&Member| !member.name.is_empty() && !member.name.chars().any(char::is_control);
    for member in members.iter().filter(usable) {
        let rank = |member: &Member| (Reverse(member.present), member.name.clone());
        let known = best.entry(member.name.to_lowercase()).or_insert(member);
        if rank(member) < rank(known) {
            *known = member;
        }
    }
    let mut fields = in_order(members);
    fields
        .retain(|member| best.get(&member.name.to_lowercase()).is_some_and(|best| best.name == member.name));
    let unusable = members.len() - fields.len();
    (fields, unusable as u64)
}

/// Gives columns names that are allowed, and all different.
#[derive(Debug, Default)]
pub(super) struct ColumnNames {
    taken: HashSet<String>,
}

impl ColumnNames {
    /// Returns the name of a column for a member. It is the member's own name if possible.
    pub(super) fn take(&mut self, member: &str) -> String {
        let name = allowed(member);
        let numbered = (2..).map(|number| format!("{}_{number}", shortened(&name, MAX_NAME - 6)));
        let mut candidates = std::iter::once(name.clone()).chain(numbered);
        candidates.find(|name| self.taken.insert(name.to_lowercase())).unwrap_or_default()
    }

    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name)
    }
}

fn allowed(member: &str) -> String {
    let name = member.replace(char::is_control, "_");
    match shortened(name.trim_start_matches('_'), MAX_NAME) {
        "" => "field".to_owned(),
        name => name.to_owned(),
    }
}

fn shortened(name: &str, most: usize) -> &str {
    &name[..name.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_cannot_name_a_column_gets_a_similar_name() {
        let mut names = ColumnNames::default();
        for (member, name) in [
            ("id", "id"),
            ("ID", "ID_2"),
            ("_id", "id_3"),
            ("", "field"),
            ("__", "field_2"),
            ("a\nb", "a_b"),
            ("\n\u{1}", "field_3"),
            ("e-mail", "e-mail"),
        ] {
            assert_eq!(names.take(member), name, "{member:?}");
        }
        assert_eq!(names.take(&"é".repeat(80)), "é".repeat(50));
        assert_eq!(names.take(&"é".repeat(90)), "é".repeat(47) + "_2");
    }
}
