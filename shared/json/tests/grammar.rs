//! Each rule of RFC 8259, with texts that follow it and texts that break it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use json::{Error, Kind, MAX_DEPTH, Problem, Scanner};

/// Scans a text to its end.
fn whole(text: &str) -> Result<&str, Error> {
    let mut scanner = Scanner::new(text);
    let value = scanner.any()?;
    scanner.end()?;
    Ok(value)
}

#[track_caller]
fn good(texts: &[&str]) {
    for text in texts {
        assert!(whole(text).is_ok(), "{text:?}: {:?}", whole(text));
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "serde_json refuses {text:?}");
    }
}

#[track_caller]
fn bad(cases: &[(&str, usize, Problem)]) {
    for (text, at, problem) in cases {
        assert_eq!(whole(text), Err(Error { at: *at, problem: *problem }), "{text:?}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "serde_json accepts {text:?}");
    }
}

#[test]
fn every_kind_of_value_is_a_text() {
    good(&[
        "null",
        "true",
        "false",
        "0",
        "\"\"",
        "[]",
        "{}",
        " \t\r\n[ ]\n",
        "[1,[2,{}],{\"a\":null}]",
        "{\"a\":1,\"b\":[]}",
    ]);
}

#[test]
fn commas_are_only_between_members() {
    let element = Problem::Expected("a value");
    let key = Problem::Expected("a key in quotes");
    bad(&[
        ("[1,]", 3, element),
        ("[,1]", 1, element),
        ("[,]", 1, element),
        ("[1,,2]", 3, element),
        ("[1 2]", 3, Problem::Expected("',' or ']'")),
        ("[1}", 2, Problem::Expected("',' or ']'")),
        ("{\"a\":1,}", 7, key),
        ("{,}", 1, key),
        ("{\"a\":1 \"b\":2}", 7, Problem::Expected("',' or '}'")),
        ("{\"a\":1]", 6, Problem::Expected("',' or '}'")),
        ("{\"a\" 1}", 5, Problem::Expected("':'")),
        ("{\"a\"}", 4, Problem::Expected("':'")),
        ("{a:1}", 1, key),
        ("{'a':1}", 1, key),
        ("{1:1}", 1, key),
    ]);
}

#[test]
fn numbers_follow_the_grammar() {
    good(&[
        "0",
        "-0",
        "10",
        "-1",
        "0.0",
        "1.50",
        "1e5",
        "1E+5",
        "1e-5",
        "0e0",
        "123456789012345678901234567890.5e-400",
    ]);
    let number = Problem::InvalidNumber;
    bad(&[
        ("007", 1, number),
        ("-01", 2, number),
        ("7.", 2, Problem::UnexpectedEnd),
        ("7.,", 2, number),
        ("7.e1", 2, number),
        ("1e", 2, Problem::UnexpectedEnd),
        ("1e+", 3, Problem::UnexpectedEnd),
        ("1e+x", 3, number),
        ("1.2.3", 3, number),
        ("1e2e3", 3, number),
        ("1e2.5", 3, number),
        ("-", 1, Problem::UnexpectedEnd),
        ("-x", 1, number),
        ("--1", 1, number),
        ("+1", 0, Problem::Expected("a value")),
        (".5", 0, Problem::Expected("a value")),
        ("0x10", 1, Problem::TrailingText),
        ("1_000", 1, Problem::TrailingText),
        ("-Infinity", 1, number),
    ]);
}

#[test]
fn literals_are_true_false_and_null_in_lower_case() {
    let value = Problem::Expected("a value");
    bad(&[
        ("True", 0, value),
        ("NULL", 0, value),
        ("nul", 0, Problem::UnexpectedEnd),
        ("nulL", 0, value),
        ("truefalse", 4, Problem::TrailingText),
        ("NaN", 0, value),
        ("Infinity", 0, value),
        ("undefined", 0, value),
        ("fals", 0, Problem::UnexpectedEnd),
    ]);
}

#[test]
fn strings_hold_no_raw_control_characters() {
    for byte in 0..0x20_u8 {
        // Covers every offset within a word of eight bytes, and offsets beyond one.
        for before in 0..20 {
            let text = format!("\"{}{}\"", "x".repeat(before), char::from(byte));
            assert_eq!(
                whole(&text),
                Err(Error { at: before + 1, problem: Problem::ControlCharacter }),
                "{text:?}"
            );
        }
    }
    good(&["\"\u{7f}\"", "\"\u{80}\u{2028}\"", "\"日本語 €\u{10ffff}\""]);
}

#[test]
fn escapes_are_those_of_the_rfc() {
    good(&[r#""\"\\\/\b\f\n\r\t""#, r#""\u0000\u00e9\uFFFF\ud83d\uDE00""#]);
    let escape = Problem::InvalidEscape;
    bad(&[
        (r#""\a""#, 2, escape),
        (r#""\'""#, 2, escape),
        (r#""\x41""#, 2, escape),
        (r#""\U0041""#, 2, escape),
        (r#""\u004""#, 6, escape),
        (r#""\u00g0""#, 5, escape),
        (r#""\u+041""#, 3, escape),
        (r#""\"#, 2, Problem::UnexpectedEnd),
        (r#""\u00"#, 5, Problem::UnexpectedEnd),
        (r#""\""#, 3, Problem::UnexpectedEnd),
    ]);
}

#[test]
fn a_surrogate_without_its_other_half_is_refused() {
    let lone = Problem::LoneSurrogate;
    bad(&[
        (r#""\ud800""#, 1, lone),
        (r#""x\udc00""#, 2, lone),
        (r#""\ud800\ud800""#, 1, lone),
        (r#""\ud800\n""#, 1, lone),
        (r#""\ud800A""#, 1, lone),
        (r#""\ud83d\u0041""#, 1, lone),
        (r#""\udc00\ud800""#, 1, lone),
    ]);
}

#[test]
fn a_text_is_one_value_and_white_space() {
    let value = Problem::Expected("a value");
    bad(&[
        ("", 0, Problem::UnexpectedEnd),
        ("  ", 2, Problem::UnexpectedEnd),
        ("1 2", 2, Problem::TrailingText),
        ("{}{}", 2, Problem::TrailingText),
        ("[]]", 2, Problem::TrailingText),
        ("1,", 1, Problem::TrailingText),
        ("\u{feff}1", 0, value),
        ("\u{a0}1", 0, value),
        ("\u{c}1", 0, value),
        ("\u{b}1", 0, value),
        ("1\0", 1, Problem::TrailingText),
        ("// no comment\n1", 0, value),
        ("1 /* none */", 2, Problem::TrailingText),
        ("]", 0, value),
        ("[", 1, Problem::UnexpectedEnd),
        ("[1", 2, Problem::UnexpectedEnd),
        ("[1,", 3, Problem::UnexpectedEnd),
        ("{", 1, Problem::UnexpectedEnd),
        ("{\"a", 3, Problem::UnexpectedEnd),
        ("{\"a\"", 4, Problem::UnexpectedEnd),
        ("{\"a\":", 5, Problem::UnexpectedEnd),
        ("{\"a\":1", 6, Problem::UnexpectedEnd),
        ("{\"a\":1,", 7, Problem::UnexpectedEnd),
    ]);
}

#[test]
fn nesting_is_limited_to_the_documented_depth() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let limit = MAX_DEPTH as usize;
    assert!(whole(&nested(limit)).is_ok());
    assert!(whole(&objects(limit)).is_ok());
    assert_eq!(whole(&nested(limit + 1)).unwrap_err().problem, Problem::TooDeep);
    assert_eq!(whole(&objects(limit + 1)).unwrap_err().problem, Problem::TooDeep);
    assert_eq!(whole(&nested(100_000)).unwrap_err().problem, Problem::TooDeep);
    let wide = format!("[{}[]]", "[[]],".repeat(10_000));
    assert!(whole(&wide).is_ok(), "only open brackets count toward the depth");
}

#[test]
fn duplicate_keys_are_left_to_the_caller() {
    assert_eq!(whole(r#"{"a":1,"a":2}"#), Ok(r#"{"a":1,"a":2}"#));
    let mut scanner = Scanner::new(r#"{"a":1,"\u0061":2}"#);
    scanner.open_object().unwrap();
    assert!(scanner.next_key(true).unwrap().unwrap().is("a"));
    assert_eq!(scanner.number(), Ok("1"));
    let second = scanner.next_key(false).unwrap().unwrap();
    assert!(second.is("a") && second.plain().is_none());
    assert_eq!(second.raw(), r"\u0061");
}

#[test]
fn the_kind_is_known_before_the_value_is_read() {
    let kinds = [
        ("{", Kind::Object),
        (" [", Kind::Array),
        ("\"", Kind::String),
        ("-", Kind::Number),
        ("7", Kind::Number),
    ];
    for (text, kind) in
        kinds.into_iter().chain([("t", Kind::Boolean), ("f", Kind::Boolean), ("\nn", Kind::Null)])
    {
        assert_eq!(Scanner::new(text).kind(), Ok(kind), "{text:?}");
    }
}

#[test]
fn an_expected_key_is_taken_only_if_it_is_that_key() {
    let text = r#"{"amount" : 5, "amounts": 6}"#;
    let mut scanner = Scanner::new(text);
    scanner.open_object().unwrap();
    assert!(scanner.next_member(true).unwrap());
    assert!(!scanner.take_key("amo\"").unwrap());
    assert!(!scanner.take_key("amounts\"").unwrap());
    assert!(scanner.take_key("amount\"").unwrap());
    assert_eq!(scanner.number(), Ok("5"));
    assert!(scanner.next_member(false).unwrap());
    assert!(!scanner.take_key("amount\"").unwrap());
    assert!(scanner.take_key("amounts\"").unwrap());
    assert_eq!(scanner.any(), Ok("6"));
    assert!(!scanner.next_member(false).unwrap());
    assert_eq!(scanner.position(), text.len());
    assert_eq!(scanner.end(), Ok(()));
}

#[test]
fn an_array_is_read_element_by_element() {
    let text = r#" [ {"a": [1]} ,2,"]" ] "#;
    let mut scanner = Scanner::new(text);
    scanner.open_array().unwrap();
    for (number, element) in [r#"{"a": [1]}"#, "2", r#""]""#].into_iter().enumerate() {
        assert!(scanner.next_element(number == 0).unwrap());
        assert_eq!(scanner.any(), Ok(element));
    }
    assert!(!scanner.next_element(false).unwrap());
    assert_eq!(scanner.end(), Ok(()));

    let mut empty = Scanner::new("[ ]");
    empty.open_array().unwrap();
    assert_eq!(empty.next_element(true), Ok(false));
    let mut missing = Scanner::new("[1 2]");
    missing.open_array().unwrap();
    missing.next_element(true).and_then(|_| missing.any()).unwrap();
    assert_eq!(missing.next_element(false), Err(Error { at: 3, problem: Problem::Expected("',' or ']'") }));
    assert_eq!(Scanner::new("{}").open_array(), Err(Error { at: 0, problem: Problem::Expected("'['") }));
}
