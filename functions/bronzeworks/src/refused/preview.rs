//! What was refused, in the form in which a terminal shows it.

use super::refused::Refusable;
use crate::terminal::{units::size, visible};

/// Maximum number of characters shown of a value.
const SHOWN: usize = 200;

/// Returns what was refused on one line: its beginning, and how long it is if that is not all. Bytes that are not UTF-8 are escaped.
pub(crate) fn preview(content: &Refusable) -> String {
    let bytes = &content.bytes;
    let (shown, is_all) = match text(content) {
        Some(text) => {
            let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
            (visible(&text[..end]), end == text.len())
        }
        None => {
            let end = bytes.len().min(SHOWN);
            (bytes[..end].escape_ascii().to_string(), end == bytes.len())
        }
    };
    match (is_all, content.is_cut) {
        (_, true) => format!("{shown}… (too long to show)"),
        (false, false) => format!("{shown}… ({})", size(bytes.len() as u64)),
        (true, false) => shown,
    }
}

/// Returns what was refused as text, or `None` if it is binary. A text that was cut may end inside a character, which is left out.
pub(crate) fn text(content: &Refusable) -> Option<&str> {
    let bytes = &content.bytes;
    match str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if content.is_cut && error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], is_cut: bool) -> String {
        preview(&Refusable { bytes: bytes.to_vec(), is_line: false, is_cut })
    }

    #[test]
    fn what_controls_a_terminal_is_escaped() {
        assert_eq!(shown("é\x1b[31m\r\n\u{202e}".as_bytes(), false), r"é\u{1b}[31m\r\n\u{202e}");
        assert_eq!(shown(b"\xff\x1b\"", false), r#"\xff\x1b\""#);
    }

    #[test]
    fn a_long_value_is_cut_and_says_how_long_it_is() {
        assert!(shown(&b"x".repeat(1000), false).ends_with("x… (1.0 kB)"));
        assert!(shown(&[0xff; 1000], false).ends_with("… (1.0 kB)"));
        assert_eq!(shown(&"é".as_bytes()[..1], true), "… (too long to show)");
        assert_eq!(shown("xé".as_bytes(), true), "xé… (too long to show)");
    }
}
