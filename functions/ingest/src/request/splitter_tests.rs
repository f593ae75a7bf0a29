use super::*;
use proptest::prelude::*;
use serde_json::Value;

type Walked = Result<Vec<Result<String, &'static str>>, (&'static str, Option<usize>, Option<u64>)>;

fn walk(splitter: Splitter<'_>) -> Walked {
    let piece = |piece: Piece<'_>| piece.map(str::to_owned).map_err(|refusal| refusal.code.code());
    let items: Result<Vec<_>, Rejection> = splitter.map(|item| item.map(piece)).collect();
    items.map_err(|rejection| (rejection.code.code(), rejection.index, rejection.byte))
}

fn json(body: &[u8]) -> Walked {
    walk(Splitter::value_or_elements(body))
}

fn good(texts: &[&str]) -> Walked {
    Ok(texts.iter().map(|text| Ok((*text).to_owned())).collect())
}

#[test]
fn one_object_is_one_record_without_the_white_space_around_it() {
    assert_eq!(json(b" {\"a\" : [1, 2]}\r\n"), good(&["{\"a\" : [1, 2]}"]));
    assert_eq!(json(b"[ {} ,{\"b\": 5.70}\n]\n"), good(&["{}", "{\"b\": 5.70}"]));
    assert_eq!(json(b"[]"), good(&[]));
}

#[test]
fn an_element_that_is_not_an_object_is_refused_alone() {
    let expected =
        Ok(vec![Ok("{}".into()), Err("value_not_object"), Err("value_not_object"), Ok("{}".into())]);
    assert_eq!(json(b"[{}, null, [{}], {}]"), expected);
    for body in ["5", "\"text\"", "null", "true"] {
        assert_eq!(json(body.as_bytes()), Ok(vec![Err("value_not_object")]), "{body}");
    }
}

#[test]
fn a_broken_array_is_rejected_with_the_element_and_the_byte() {
    for (body, code, index, byte) in [
        (&b"[{\"a\":1},{\"a\":01},{}]"[..], "body_not_json", 1, 15),
        (b"[{} {}]", "body_not_json", 1, 4),
        (b"[{},]", "body_not_json", 1, 4),
        (b"[{}]]", "body_not_json", 1, 4),
        (b"{\"a\":1}{", "body_not_json", 0, 7),
        (b"nonsense", "body_not_json", 0, 0),
        (b"[{\"a\":\"x", "body_truncated", 0, 8),
        (b"[{},{}", "body_truncated", 2, 6),
        (b"[{\"a\":\"\xff\"}]", "body_not_utf8", 0, 7),
        (b"[{},{\"a\":\"\xe2\x82", "body_not_utf8", 1, 10),
        (b"[{},{\"a\":7.},\xff]", "body_not_json", 1, 11),
        (b"\xef\xbb\xbf{}", "body_not_json", 0, 0),
    ] {
        let text = String::from_utf8_lossy(body);
        assert_eq!(json(body), Err((code, Some(index), Some(byte))), "{text}");
    }
    let deep = format!("[{{}},{}1{}]", "[".repeat(200), "]".repeat(200));
    assert!(matches!(json(deep.as_bytes()), Err(("nesting_too_deep", Some(1), _))));
}

#[test]
fn a_batch_must_be_an_array() {
    assert_eq!(walk(Splitter::elements(b"{}")), Err(("body_not_json", Some(0), Some(0))));
    assert_eq!(walk(Splitter::elements(b" [{}]")), good(&["{}"]));
}

#[test]
fn each_line_is_judged_by_itself() {
    let body = b"{\"a\":1}\r\n\n  \n {\"a\":01}\n\xff\n7\n{\"a\":\"cut\n{} {}\n\x0c{}\n{\"z\":0}";
    let expected = Ok(vec![
        Ok("{\"a\":1}".into()),
        Err("value_not_json"),
        Err("value_not_utf8"),
        Err("value_not_object"),
        Err("value_not_json"),
        Err("value_not_json"),
        Err("value_not_json"),
        Ok("{\"z\":0}".into()),
    ]);
    assert_eq!(walk(Splitter::lines(body)), expected);
    let deep = format!("{}1{}\n{{}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(walk(Splitter::lines(deep.as_bytes())), Ok(vec![Err("nesting_too_deep"), Ok("{}".into())]));
}

#[test]
fn a_broken_line_is_reported_by_its_number_counting_blank_lines() {
    let mut splitter = Splitter::lines(b"\n{}\n\n{\"a\":}\n");
    assert!(splitter.next().unwrap().unwrap().is_ok());
    let refusal = splitter.next().unwrap().unwrap().unwrap_err();
    assert_eq!(refusal.message, "line 4: expected a value at byte 5");
    assert!(splitter.next().is_none());
}

fn objects() -> impl Strategy<Value = Vec<String>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let value =
        leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from));
    let object = prop::collection::vec((".{0,6}", value), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()));
    prop::collection::vec(object.prop_map(|object| object.to_string()), 0..12)
}

proptest! {
    #[test]
    fn the_elements_of_an_array_are_what_was_joined(objects in objects(), space in "[ \t\r\n]{0,3}") {
        let body = format!("{space}[{space}{}{space}]{space}", objects.join(&format!("{space},{space}")));
        let texts: Vec<&str> = objects.iter().map(String::as_str).collect();
        prop_assert_eq!(json(body.as_bytes()), good(&texts));
        prop_assert_eq!(walk(Splitter::elements(body.as_bytes())), good(&texts));
    }

    #[test]
    fn lines_are_what_was_joined(objects in objects(), end in prop_oneof![Just("\n"), Just("\r\n"), Just("\n\n")]) {
        let texts: Vec<&str> = objects.iter().map(String::as_str).collect();
        prop_assert_eq!(walk(Splitter::lines(objects.join(end).as_bytes())), good(&texts));
        let closed: String = objects.iter().flat_map(|object| [object, end]).collect();
        prop_assert_eq!(walk(Splitter::lines(closed.as_bytes())), good(&texts));
    }

    #[test]
    fn an_array_truncated_anywhere_is_rejected(objects in objects(), cut in any::<prop::sample::Index>()) {
        let body = format!("[{}]", objects.join(","));
        let end = cut.index(body.len());
        prop_assert!(json(&body.as_bytes()[..end]).is_err());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for splitter in [Splitter::value(&body), Splitter::value_or_elements(&body), Splitter::lines(&body)] {
            let _ = walk(splitter);
        }
        let lines = body.split(|byte| *byte == b'\n').filter(|line| {
            !line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
        });
        prop_assert_eq!(walk(Splitter::lines(&body)).unwrap().len(), lines.count());
    }
}
