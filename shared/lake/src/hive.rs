use std::fmt::Write;
use table::PartitionKey;

/// What Hive and all its heirs write for null.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Longest name of one folder: file systems stop at 255 bytes.
const MAX_SEGMENT: usize = 255;

/// Longest path of all folders together: object names stop at 1,024 bytes, and the lake's prefix and the file's name need
/// room as well.
const MAX_PATH: usize = 700;

/// The folders of a partition, `period_code=202406/currency_code=EUR`; `None` when a value is too long for a path.
///
/// Values are escaped as Hive and Spark do (`%XX`, upper case). Null is [`DEFAULT_PARTITION`]; an empty string is an
/// empty value; a string that reads like the mark for null has its first character escaped, and so remains a string.
/// The path is final: give it to a store with [`object_store::path::Path::parse`], which escapes nothing.
pub fn partition_path(columns: &[String], key: PartitionKey<'_>) -> Option<String> {
    let mut path = String::new();
    for (column, value) in columns.iter().zip(key.values()) {
        if !path.is_empty() {
            path.push('/');
        }
        let start = path.len();
        escape(column, &mut path);
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

/// Tells which partition keys have a path, cheaply for keys of ordinary length.
#[derive(Debug)]
pub(crate) struct PathLimit {
    columns: Vec<String>,
    /// Keys up to this length have a path, even with every byte of them escaped.
    surely_short: usize,
}

impl PathLimit {
    pub(crate) fn new(columns: &[String]) -> Self {
        // A null takes one byte of the key; in the path it takes this.
        const LONGEST_MARK: usize = "%5F".len() - 1 + DEFAULT_PARTITION.len();
        let names: Vec<usize> = columns.iter().map(|column| escaped_len(column) + "=/".len()).collect();
        let longest = names.iter().max().unwrap_or(&0) + LONGEST_MARK;
        let all = names.iter().sum::<usize>() + columns.len() * LONGEST_MARK;
        let room = MAX_SEGMENT.saturating_sub(longest).min(MAX_PATH.saturating_sub(all));
        PathLimit { columns: columns.to_vec(), surely_short: room / "%XX".len() }
    }

    pub(crate) fn allows(&self, key: PartitionKey<'_>) -> bool {
        key.0.len() < self.surely_short || partition_path(&self.columns, key).is_some()
    }
}

fn escaped_len(text: &str) -> usize {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped.len()
}

/// Escapes what Hive's `FileUtils.escapePathName` and Spark's `ExternalCatalogUtils` escape, and NUL.
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
