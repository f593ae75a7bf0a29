use super::names::last;
use super::source::Source;
use std::collections::BTreeMap;

/// What a search finds.
#[derive(Debug)]
pub enum Found {
    /// An object to be curated.
    Source(Source),
    /// An object whose name matches none of the patterns.
    Ignored(Extension),
}

/// The end of a name from its last dot, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension(String);

/// Numbers of ignored objects by the ends of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(BTreeMap<Extension, u64>);

/// Longest end of a name that is shown. What is longer is a name with a dot in it.
const MAX_EXTENSION: usize = 12;

/// Number of different ends that are counted separately, and the end under which the others are counted.
const MAX_EXTENSIONS: usize = 100;

impl Extension {
    pub(crate) fn of(key: &str) -> Self {
        let name = last(key);
        let end = name.rfind('.').map_or("", |dot| &name[dot..]);
        Extension(if end.len() > MAX_EXTENSION { String::new() } else { end.to_lowercase() })
    }
}

impl Ignored {
    /// Counts an object.
    pub fn add(&mut self, extension: Extension) {
        let known = self.0.contains_key(&extension) || self.0.len() < MAX_EXTENSIONS;
        *self.0.entry(if known { extension } else { Extension(String::new()) }).or_default() += 1;
    }

    /// Returns the number of objects.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the most frequent ends with their numbers: `3 .csv, 2 .parquet, 1 other`.
    pub fn by_extension(&self) -> String {
        const SHOWN: usize = 5;
        let mut named: Vec<_> = self.0.iter().filter(|(extension, _)| !extension.0.is_empty()).collect();
        named.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        named.truncate(SHOWN);
        let other = self.total() - named.iter().map(|(_, count)| *count).sum::<u64>();
        let named = named.into_iter().map(|(extension, count)| format!("{count} {}", extension.0));
        let other = (other > 0).then(|| format!("{other} other"));
        named.chain(other).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_ends_come_first_and_the_rest_is_other() {
        let mut ignored = Ignored::default();
        for key in ["a.csv", "d/b.CSV", "c.parquet", "x.y/readme", "1719563324.779000000123", ".crc", "e.csv"]
        {
            ignored.add(Extension::of(key));
        }
        assert_eq!(ignored.by_extension(), "3 .csv, 1 .crc, 1 .parquet, 2 other");
        assert_eq!(ignored.total(), 7);
    }

    #[test]
    fn many_different_ends_take_bounded_memory() {
        let mut ignored = Ignored::default();
        (0..10_000).for_each(|at| ignored.add(Extension::of(&format!("x.{at}"))));
        assert!(ignored.0.len() <= MAX_EXTENSIONS + 1);
        assert_eq!(ignored.total(), 10_000);
    }
}
