//! Text that cannot control the terminal on which it is shown.

use std::fmt::Write;

/// Returns whether a character controls a terminal, or changes the direction of text.
fn is_control(character: char) -> bool {
    let changes_direction = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || changes_direction
}

/// Returns a text with such characters escaped.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_control(character) {
            true if character.is_ascii_control() => shown.extend(character.escape_default()),
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// Returns a JSON text with such characters in its strings escaped as JSON does it. It means the same.
pub(crate) fn visible_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // JSON's own rules leave only white space outside strings, and none of the others is outside the basic plane.
        match is_control(character) && !character.is_ascii_whitespace() {
            true => {
                write!(shown, "\\u{:04x}", u32::from(character)).expect("writing to memory does not fail")
            }
            false => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_escaped() {
        assert_eq!(visible("é\x1b[31m\r\n\u{202e}\u{9b}"), r"é\u{1b}[31m\r\n\u{202e}\u{9b}");
    }

    #[test]
    fn json_with_escapes_means_the_same() {
        let text = "{\n  \"b\u{202e}é\": \"c\u{9b}\u{7f}d\"\n}";
        let shown = visible_json(text);
        assert_eq!(shown, "{\n  \"b\\u202eé\": \"c\\u009b\\u007fd\"\n}");
        let value = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&shown), value(text));
    }
}
