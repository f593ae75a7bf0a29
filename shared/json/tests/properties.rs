//! Compares the scanner with serde_json: both must accept the same texts and find the same strings and numbers in them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use json::{MAX_DEPTH, Scanner};
use proptest::prelude::*;
use serde_json::Value;

fn is_json(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.any().and_then(|_| scanner.end()).is_ok()
}

/// Returns serde_json's verdict. Callers avoid two known differences: its limit is 127 levels where the scanner's is 128, and it treats the
/// key `$serde_json::private::Number` specially.
fn serde_accepts(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Generates texts that are almost JSON: random sequences of JSON tokens and of a few pieces that aren't JSON.
fn near_json() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"a\":",
        "1",
        "-",
        "0",
        ".",
        "e",
        "E+",
        "5",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\\",
        "\\u",
        "\\ud83d",
        "\\udE00",
        "\\u0061",
        "\\n",
        "\"\\ud800\"",
        "00",
        "é",
        "\u{feff}",
        "\u{1}",
        "\u{7f}",
        "/",
        "\\/",
        "NaN",
        "[]",
        "{}",
        "[1]",
        "{\"b\":2}",
        "12345678",
        "'",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_serde_json_writes_is_json(value in value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert!(is_json(&text), "{}", text);
        prop_assert_eq!(Scanner::new(&text).any(), Ok(&text[..]));
    }

    #[test]
    fn a_changed_text_is_json_exactly_if_serde_json_says_so(
        value in value(),
        at in any::<prop::sample::Index>(),
        piece in near_json(),
        removed in 0..4_usize,
    ) {
        let mut characters: Vec<char> = serde_json::to_string(&value).unwrap().chars().collect();
        let at = at.index(characters.len());
        let end = (at + removed).min(characters.len());
        characters.splice(at..end, piece.chars());
        let text: String = characters.into_iter().collect();
        prop_assert_eq!(is_json(&text), serde_accepts(&text), "{}", text);
    }

    #[test]
    fn texts_that_are_almost_json_get_the_same_verdict(text in near_json()) {
        prop_assert_eq!(is_json(&text), serde_accepts(&text), "{}", text);
        let quoted = format!("\"{text}\"");
        prop_assert_eq!(is_json(&quoted), serde_accepts(&quoted), "{}", quoted);
    }

    #[test]
    fn a_prefix_of_a_text_gets_the_same_verdict(value in value(), at in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&value).unwrap();
        let mut end = at.index(text.len() + 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert_eq!(is_json(&text[..end]), serde_accepts(&text[..end]), "{}", &text[..end]);
    }

    #[test]
    fn a_string_resolves_as_in_serde_json(content in prop::collection::vec(any::<char>(), 0..20), ascii: bool) {
        let content: String = content.into_iter().collect();
        let text = if ascii { all_escaped(&content) } else { serde_json::to_string(&content).unwrap() };
        let string = Scanner::new(&text).string().unwrap();
        let mut resolved = Vec::new();
        string.append_to(&mut resolved);
        prop_assert_eq!(String::from_utf8(resolved).unwrap(), content.clone());
        prop_assert!(string.is(&content));
        let longer = content.clone() + "x";
        prop_assert!(!string.is(&longer));
        prop_assert_eq!(string.plain().is_some(), text.len() == content.len() + 2 && !text.contains('\\'));
    }

    #[test]
    fn a_number_is_returned_as_sent(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,5})?", after in "[, \\]}]?") {
        let sent = format!(" {text}{after}");
        prop_assert_eq!(Scanner::new(&sent).number(), Ok(&text[..]));
    }

    #[test]
    fn any_text_is_scanned_without_a_panic(text in any::<String>()) {
        prop_assert_eq!(is_json(&text), serde_accepts(&text));
    }
}

/// Returns a JSON string in which every UTF-16 unit is escaped.
fn all_escaped(content: &str) -> String {
    let units: String = content.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}

#[test]
fn serde_json_stops_one_level_earlier() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let limit = MAX_DEPTH as usize;
    assert!(is_json(&nested(limit)) && !serde_accepts(&nested(limit)));
    assert!(is_json(&nested(limit - 1)) && serde_accepts(&nested(limit - 1)));
}

#[test]
fn serde_json_refuses_lone_surrogates_and_accepts_duplicate_keys_like_the_scanner() {
    for (text, taken) in
        [(r#""\ud800""#, false), (r#""\udc00""#, false), (r#"{"a":1,"a":2}"#, true), ("1e999999", true)]
    {
        assert_eq!((is_json(text), serde_accepts(text)), (taken, taken), "{text}");
    }
}
