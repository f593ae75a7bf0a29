//! Parsers for common kinds of values. Their errors are the end of a sentence.

use bytesize::ByteSize;

/// Parses any text except an empty one.
pub fn text(value: &str) -> Result<String, String> {
    if value.is_empty() { Err("is empty".into()) } else { Ok(value.into()) }
}

/// Parses a size in bytes: `512MB`, `1GiB`, `64 MiB`. A number without a unit is rejected, because nobody means 512 bytes.
pub fn size(value: &str) -> Result<u64, String> {
    let has_unit = value.trim_end().ends_with(|last: char| last.is_ascii_alphabetic());
    match value.parse::<ByteSize>() {
        Ok(size) if has_unit => Ok(size.as_u64()),
        _ => Err("expected a size with its unit, such as 512MB or 1GiB".into()),
    }
}

/// Parses a whole number that is at least 1.
pub fn count(value: &str) -> Result<usize, String> {
    value.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a whole number, at least 1".into())
}
