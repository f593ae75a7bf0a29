//! The syntax of types with parameters: Spark's DDL, such as `array<struct<sku: string, qty: int32>>`.

use super::TypeError;
use std::borrow::Cow;

/// Returns the trimmed text between `word<` and the last `>`, or `None` if the text isn't `word` with parameters.
pub(super) fn inside<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    Some(text.strip_prefix(word)?.trim_start().strip_prefix('<')?.strip_suffix('>')?.trim())
}

/// Splits text at the commas that are not inside parameters or backticks.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let comma = outside(text, ',');
        rest = comma.map(|at| &text[at + 1..]);
        Some(comma.map_or(text, |at| &text[..at]).trim())
    })
}

/// Splits a struct's field into its name and its type. The name is a word, or any text in backticks, in which `` `` `` stands for one.
pub(super) fn field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let colon = outside(text, ':')?;
    let (name, field_type) = (text[..colon].trim(), text[colon + 1..].trim());
    let name = match name.strip_prefix('`') {
        Some(quoted) => Cow::Owned(quoted.strip_suffix('`')?.replace("``", "`")),
        None if is_word(name) => Cow::Borrowed(name),
        None => return None,
    };
    Some((name, field_type))
}

/// Returns a struct's field name as it is written in a type: in backticks unless it is a word.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    if is_word(name) { name.into() } else { format!("`{}`", name.replace('`', "``")).into() }
}

/// Returns the error if angle brackets are nested so deep that no JSON could have the type.
pub(super) fn check_depth(text: &str) -> Result<(), TypeError> {
    let (mut depth, mut quoted) = (0_u32, false);
    for byte in text.bytes() {
        match byte {
            b'`' => quoted = !quoted,
            b'<' if !quoted => depth += 1,
            b'>' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > json::MAX_DEPTH {
            return Err(TypeError::invalid(text, format!("nested deeper than {} levels", json::MAX_DEPTH)));
        }
    }
    Ok(())
}

/// Returns the position of the first `wanted` that is not inside parameters or backticks.
fn outside(text: &str, wanted: char) -> Option<usize> {
    let (mut depth, mut quoted) = (0_i32, false);
    text.char_indices().find_map(|(at, character)| {
        match character {
            '`' => quoted = !quoted,
            _ if quoted => {}
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            found if found == wanted && depth == 0 => return Some(at),
            _ => {}
        }
        None
    })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || character == '_')
}
