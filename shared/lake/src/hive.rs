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

/// Whether the partition's path is not too long; cheap for keys of ordinary length.
pub(crate) fn fits(columns: &[String], key: PartitionKey<'_>) -> bool {
    /// Even with every byte escaped, and names as long as they may be, one segment stays below its limit.
    const SURELY_SHORT: usize = 45;
    key.0.len() <= SURELY_SHORT || partition_path(columns, key).is_some()
}

/// Escapes what Hive's `FileUtils.escapePathName` and Spark's `ExternalCatalogUtils` escape, and NUL.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        let special = matches!(
            character,
            '\0'..='\x1f'
                | '\x7f'
                | '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^'
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
