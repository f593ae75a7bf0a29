//! Names of columns and tables in SQL.

use super::reserved_words::is_reserved;

/// Returns a name as an identifier: as it is if every engine accepts that, else in quotes. A quote inside is doubled.
pub(crate) fn identifier(name: &str, quote: char) -> String {
    if is_plain(name) { name.to_owned() } else { quoted(name, quote) }
}

/// Returns whether every engine accepts a name without quotes, and none changes it in a way that matters.
///
/// Hive, and so Athena, wants quotes around names that begin with an underscore.
pub(crate) fn is_plain(name: &str) -> bool {
    let ordinary = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(ordinary)
        && !is_reserved(name)
}

fn quoted(name: &str, quote: char) -> String {
    let mut text = String::from(quote);
    for character in name.chars() {
        if character == quote {
            text.push(quote);
        }
        text.push(character);
    }
    text.push(quote);
    text
}

/// Returns a string literal of standard SQL, in which a quote is doubled.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns a string literal of Spark and Hive, in which a backslash escapes the next character.
pub(crate) fn backslash_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_not_quoted() {
        for plain in ["a", "period_code", "x1"] {
            assert_eq!(identifier(plain, '"'), plain);
        }
        for (name, expected) in [
            ("", r#""""#),
            ("Day", r#""Day""#),
            ("_key", r#""_key""#),
            ("order", r#""order""#),
            ("1st", r#""1st""#),
        ] {
            assert_eq!(identifier(name, '"'), expected);
        }
        assert_eq!(identifier("a \"b\" `c`", '"'), r#""a ""b"" `c`""#);
        assert_eq!(identifier("a \"b\" `c`", '`'), r#"`a "b" ``c```"#);
        assert_eq!(identifier("größe", '`'), "`größe`");
    }

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(literal(r"it's a \ path"), r"'it''s a \ path'");
        assert_eq!(backslash_literal(r"it's a \ path"), r"'it\'s a \\ path'");
    }
}
