use crate::partitions::partition_key::PartitionKey;
use std::fmt::Write;

/// The folder value for null in Hive and in every system that follows its layout.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Maximum length of a folder name. File systems allow 255 bytes.
const MAX_SEGMENT: usize = 255;

/// Maximum length of all folders together. Object names are limited to 1,024 bytes, and the lake's prefix and the file name need room as
/// well.
const MAX_PATH: usize = 700;

/// Returns the folders of a partition, such as `period_code=202406/currency_code=EUR`, or `None` if a value is too long for a path.
///
/// `names` are those of the partitions, outermost first. Values are escaped as in Hive and Spark (`%XX`, upper case). Null is [`DEFAULT_PARTITION`]. An empty string is an empty value. If a
/// string equals the marker for null, its first character is escaped, so it stays a string. The path needs no further escaping: pass it to
/// a store with `object_store::path::Path::parse`, which escapes nothing.
pub fn partition_path<'n>(names: impl IntoIterator<Item = &'n str>, key: PartitionKey<'_>) -> Option<String> {
    let mut path = String::new();
    for (name, value) in names.into_iter().zip(key.values()) {
        if !path.is_empty() {
            path.push('/');
        }
        let start = path.len();
        escape(name, &mut path);
        path.push('=');
        match value {
            None => path.push_str(DEFAULT_PARTITION),
            Some(DEFAULT_PARTITION) => {
                path.push_str("%5F");
                path.push_str(&DEFAULT_PARTITION[1..]);
            }
            Some(value) => escape(value, &mut path),
        }
        if path.len() - start > MAX_SEGMENT {
            return None;
        }
    }
    (path.len() <= MAX_PATH).then_some(path)
}

/// Decides which partition keys have a path. For keys of ordinary length, the length alone decides.
#[derive(Debug)]
pub(crate) struct PathLimit {
    names: Vec<String>,
    /// Keys shorter than this have a path even if every byte needs escaping.
    always_fits: usize,
}

impl PathLimit {
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        // A null is one byte in the key, but this long in the path.
        const LONGEST_MARKER: usize = "%5F".len() - 1 + DEFAULT_PARTITION.len();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let lengths = || names.iter().map(|name| escaped_len(name) + "=/".len());
        let longest = lengths().max().unwrap_or(0) + LONGEST_MARKER;
        let all = lengths().sum::<usize>() + names.len() * LONGEST_MARKER;
        let room = MAX_SEGMENT.saturating_sub(longest).min(MAX_PATH.saturating_sub(all));
        PathLimit { always_fits: room / "%XX".len(), names }
    }

    pub(crate) fn allows(&self, key: PartitionKey<'_>) -> bool {
        key.0.len() < self.always_fits || partition_path(self.names.iter().map(String::as_str), key).is_some()
    }
}

fn escaped_len(text: &str) -> usize {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped.len()
}

/// Escapes NUL and the characters that Hive's `FileUtils.escapePathName` and Spark's `ExternalCatalogUtils` escape.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        let special = matches!(
            character,
            '\0'..='\x1f'
                | '\x7f'
                | '"'
                | '#'
                | '%'
                | '\''
                | '*'
                | '/'
                | ':'
                | '='
                | '?'
                | '\\'
                | '{'
                | '['
                | ']'
                | '^'
        );
        if special {
            write!(out, "%{:02X}", character as u32).expect("writing to memory does not fail");
        } else {
            out.push(character);
        }
    }
}

#[cfg(test)]
#[path = "hive_tests.rs"]
mod tests;
