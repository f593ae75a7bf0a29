use super::*;
use proptest::prelude::*;

/// Divides text exactly wherever a line isn't one object, and describes each value.
fn divide(text: &[u8]) -> Vec<String> {
    let mut values = Values::new(text, false);
    let mut found = Vec::new();
    while let Some(unit) = values.next_unit() {
        let unit = match unit {
            Unit::Line(line) if str::from_utf8(line).is_ok_and(is_json) => Unit::Value(line),
            Unit::Line(line) => values.reject(line),
            unit => unit,
        };
        found.push(match unit {
            Unit::Value(value) => String::from_utf8_lossy(value).into_owned(),
            Unit::Broken(text, Broken::NotUtf8) => format!("not UTF-8: {}", String::from_utf8_lossy(text)),
            Unit::Broken(text, Broken::NotJson(_)) => format!("broken: {}", String::from_utf8_lossy(text)),
            Unit::Line(_) => unreachable!(),
        });
    }
    found
}

fn is_json(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.any().and_then(|_| scanner.end()).is_ok()
}

#[test]
fn values_may_be_separated_by_anything_or_nothing() {
    for text in [
        "{\"a\":1}{\"b\":\"}{\"}{}",
        "{\"a\":1}\n{\"b\":\"}{\"}\r\n\n{}\n",
        "{\"a\":1}  {\"b\":\"}{\"}\t{}",
        "\x1e{\"a\":1}\n\x1e{\"b\":\"}{\"}\x1e{}",
        "[{\"a\":1},{\"b\":\"}{\"},\n{}]",
        "[{\"a\":1}]\n[]\n[{\"b\":\"}{\"} , {}\n]",
    ] {
        assert_eq!(divide(text.as_bytes()), ["{\"a\":1}", "{\"b\":\"}{\"}", "{}"], "{text:?}");
    }
    assert_eq!(divide(b"{\n \"a\": {\n }\n}\n{\"b\":\n2}"), ["{\n \"a\": {\n }\n}", "{\"b\":\n2}"]);
    assert_eq!(divide(b"1 \"x\" null true[2,[3]]"), ["1", "\"x\"", "null", "true", "2", "[3]"]);
}

#[test]
fn a_broken_value_ends_with_its_line() {
    assert_eq!(divide(b"{\"a\":\n{\"b\":1}\n{}"), ["broken: {\"a\":", "{\"b\":1}", "{}"]);
    assert_eq!(divide(b"{\"a\":[1,\n{\"b\":1}\n{}"), ["broken: {\"a\":[1,", "{\"b\":1}", "{}"]);
    assert_eq!(divide(b"{}{\"a\":01}{}\n{}"), ["{}", "broken: {\"a\":01}{}", "{}"]);
    assert_eq!(divide(b"{}x\x1e{}"), ["{}", "broken: x", "{}"]);
    assert_eq!(divide(b"{\"a\":\"\xff\"}\n{}"), ["not UTF-8: {\"a\":\"\u{fffd}\"}", "{}"]);
    assert_eq!(divide(b"[{} {},\n{}]{}"), ["{}", "broken: {},", "{}", "{}"]);
    assert_eq!(divide(b"[{},]\n{}"), ["{}", "broken: ]", "{}"]);
}

#[test]
fn deep_nesting_is_broken_and_costs_one_line() {
    let deep = format!("{}\n{{}}", "{\"a\":".repeat(1000));
    let found = divide(deep.as_bytes());
    assert_eq!((found.len(), found[1].as_str()), (2, "{}"));
}

fn value() -> impl Strategy<Value = String> {
    let string = "[ -~\u{e9}]{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap());
    let leaf = prop_oneof![string, Just("-1.5e3".to_owned()), Just("null".to_owned())];
    let inner = leaf.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.clone().prop_map(|items| format!("[{}]", items.join(",\n"))),
            list.prop_map(|items| {
                let members: Vec<String> = items.iter().map(|item| format!("\"k\" : {item}")).collect();
                format!("{{\n{}}}", members.join(","))
            }),
        ]
    });
    inner.prop_map(|inner| format!("{{\"v\":{inner}}}"))
}

proptest! {
    #[test]
    fn chunks_divide_text_as_the_whole(
        values in prop::collection::vec((value(), prop_oneof![Just(""), Just("\n"), Just(" \n\n"), Just("\x1e")]), 0..20),
        as_array in any::<bool>(),
        size in 8_usize..200,
    ) {
        let mut text = String::new();
        for (value, separator) in &values {
            text.push_str(value);
            if as_array { text.push(',') } else { text.push_str(separator) }
        }
        if as_array {
            text = format!("[{}]", text.trim_end_matches(','));
        }
        let expected: Vec<String> = values.into_iter().map(|(value, _)| value).collect();
        prop_assert_eq!(divide(text.as_bytes()), expected.clone());

        let mut framer = crate::Framer::new(crate::Framing::Values, size, 1 << 20);
        let (mut rest, mut found) = (text.as_bytes(), Vec::new());
        let mut decode = |chunk: crate::Chunk| {
            let crate::ChunkKind::Values { in_array } = chunk.kind else { panic!("{:?}", chunk.kind) };
            let mut values = Values::new(&chunk.bytes, in_array);
            while let Some(unit) = values.next_unit() {
                let unit = match unit {
                    Unit::Line(line) if str::from_utf8(line).is_ok_and(is_json) => Unit::Value(line),
                    Unit::Line(line) => values.reject(line),
                    unit => unit,
                };
                let Unit::Value(value) = unit else { panic!("{unit:?}") };
                found.push(String::from_utf8(value.to_vec()).unwrap());
            }
        };
        while !rest.is_empty() {
            let space = framer.space();
            let count = rest.len().min(space.capacity() - space.len());
            space.extend_from_slice(&rest[..count]);
            rest = &rest[count..];
            if framer.is_full() && let Some(chunk) = framer.cut(Vec::new()) {
                decode(chunk);
            }
        }
        while let Some(chunk) = framer.finish() {
            decode(chunk);
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_byte_is_lost_or_read_twice(text in prop::collection::vec(prop_oneof![Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b','), Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b' '), Just(b'1'), Just(0x1e), Just(0xff), Just(b':')], 0..60)) {
        let mut values = Values::new(&text, false);
        let mut end = 0;
        while let Some(unit) = values.next_unit() {
            let unit = if let Unit::Line(line) = unit { values.reject(line) } else { unit };
            let (Unit::Value(part) | Unit::Broken(part, _)) = unit else { panic!("divided exactly") };
            prop_assert!(!part.is_empty());
            let start = part.as_ptr() as usize - text.as_ptr() as usize;
            prop_assert!(start >= end);
            prop_assert!(text[end..start].iter().all(|byte| matches!(byte, b' ' | b'\n' | 0x1e | b',' | b'[' | b']')));
            end = start + part.len();
        }
        prop_assert!(text[end..].iter().all(|byte| matches!(byte, b' ' | b'\n' | 0x1e | b',' | b'[' | b']')));
    }
}
