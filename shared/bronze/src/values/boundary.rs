//! Finds where a buffer of JSON values can be cut, without checking them.

use super::RECORD_SEPARATOR;

/// A position at which text can be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Number of bytes before it.
    pub(crate) end: usize,
    /// Whether it is between the elements of an array at the top level.
    pub(crate) in_array: bool,
}

/// Returns the last boundary in `text`, which starts at one, if there is any.
pub(crate) fn last_boundary(text: &[u8], in_array: bool) -> Option<Boundary> {
    match last_certain(text) {
        Some(end) => Some(Boundary { end, in_array: false }),
        None => last_by_depth(text, in_array),
    }
}

/// Returns the last boundary that is certain whatever precedes it.
///
/// In valid JSON, a bracket that closes is never followed by one that opens, except between two values at the top level or inside a string,
/// and strings contain neither newlines nor U+001E.
fn last_certain(text: &[u8]) -> Option<usize> {
    let mut opens = false;
    let mut newline = None;
    for (at, byte) in text.iter().enumerate().rev() {
        match byte {
            b'\n' => newline = newline.or(Some(at + 1)),
            b' ' | b'\t' | b'\r' => {}
            &RECORD_SEPARATOR if at > 0 => return Some(at),
            b'}' | b']' if opens => match newline {
                Some(end) => return Some(end),
                None => opens = false,
            },
            _ => {
                opens = matches!(byte, b'{' | b'[');
                newline = None;
            }
        }
    }
    None
}

/// Returns the last position between two values by counting brackets outside of strings.
fn last_by_depth(text: &[u8], in_array: bool) -> Option<Boundary> {
    let (mut depth, mut in_array) = (u64::from(in_array), in_array);
    let mut last = None;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(text, at),
            b'[' | b'{' => {
                depth += 1;
                if depth == 1 {
                    in_array = *byte == b'[';
                }
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    in_array = false;
                    last = Some(Boundary { end: at, in_array });
                }
            }
            b',' if depth == 1 && in_array => last = Some(Boundary { end: at, in_array }),
            b'\n' if depth == 0 => last = Some(Boundary { end: at, in_array: false }),
            _ => {}
        }
    }
    last
}

/// Returns the offset after the string whose content starts at `at`. A newline ends it, too, because no string contains one.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', &text[at..]) {
        match text[at + found] {
            b'\\' => at = (at + found + 2).min(text.len()),
            b'"' => return at + found + 1,
            _ => return at + found,
        }
    }
    text.len()
}
