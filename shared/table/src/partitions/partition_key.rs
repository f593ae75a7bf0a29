use std::fmt::Display;
use std::io::Write;

/// The values of a row's partition columns in one run of bytes. Two keys are equal exactly if all their values are.
///
/// Each column begins with a byte (0: null, 1: a value). A value follows as its length (`u32`, little-endian) and its text: the string
/// itself, a whole number in decimal, `true` or `false`, a date as `YYYY-MM-DD`, or what a transform makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartitionKey<'a>(pub &'a [u8]);

impl<'a> PartitionKey<'a> {
    /// Returns the values, in the order of the schema's `partition_by`.
    pub fn values(self) -> impl Iterator<Item = Option<&'a str>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (tag, after) = rest.split_first()?;
            if *tag == 0 {
                rest = after;
                return Some(None);
            }
            let (length, after) = after.split_first_chunk().expect("a value is preceded by its length");
            let (value, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            rest = after;
            Some(Some(str::from_utf8(value).expect("values are taken from UTF-8")))
        })
    }

    /// Appends what `value` displays, without a string in between.
    pub(crate) fn push_display(key: &mut Vec<u8>, value: &impl Display) {
        key.extend_from_slice(&[1, 0, 0, 0, 0]);
        let start = key.len();
        write!(key, "{value}").expect("writing to memory does not fail");
        let length = (key.len() - start) as u32;
        key[start - 4..start].copy_from_slice(&length.to_le_bytes());
    }

    pub(crate) fn push_null(key: &mut Vec<u8>) {
        key.push(0);
    }

    pub(crate) fn push_value(key: &mut Vec<u8>, value: &[u8]) {
        key.push(1);
        key.extend_from_slice(&(value.len() as u32).to_le_bytes());
        key.extend_from_slice(value);
    }
}
