//! Tests every form of every field of an envelope, valid and invalid.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bronze::{Connector, Content, Envelope, EnvelopeError, EnvelopeProblem, Kept, LineReader};

const GOOD: [(&str, &str); 6] = [
    ("stream", r#""ledger""#),
    ("partition", r#""0""#),
    ("key", r#""S00=""#),
    ("value", r#""e30=""#),
    ("offset", "1919522"),
    ("timestamp", "1719563324779"),
];

/// Returns an envelope with one field in another form, or without the field if the form is empty.
fn with(field: &str, form: &str) -> String {
    let members = GOOD.iter().map(|(name, good)| (*name, if *name == field { form } else { good }));
    let members: Vec<String> = members
        .filter(|(_, form)| !form.is_empty())
        .map(|(name, form)| format!("\"{name}\":{form}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[track_caller]
fn envelope(line: &str) -> Envelope<'_> {
    Envelope::parse(line.as_bytes()).unwrap()
}

#[track_caller]
fn refused(line: &str) -> EnvelopeError {
    Envelope::parse(line.as_bytes()).expect_err(line)
}

#[test]
fn the_connectors_form_is_read() {
    let line = with("", "");
    let envelope = envelope(&line);
    assert!(envelope.stream.is("ledger"));
    assert_eq!((&*envelope.partition, envelope.offset), ("0", 1_919_522));
    assert_eq!(envelope.enqueued_at, 1_719_563_324_779_000);
    assert!(envelope.others.is_empty() && !envelope.has_error);
    let (mut key, mut value) = (Vec::new(), Vec::new());
    assert_eq!(envelope.decode_key(&mut key), Ok(true));
    assert_eq!(envelope.decode_value(&mut value), Ok(()));
    assert_eq!((&key[..], &value[..]), (&b"KM"[..], &b"{}"[..]));
}

#[test]
fn order_white_space_and_unknown_fields_do_not_matter() {
    let line = " {\"extra\" : [ {\"value\":1} ],\t\"timestamp\":0 ,\"offset\":0,\"value\":\"\", \"key\":\"\",\"partition\":\"00\",\"stream\":\"\"} \r";
    let envelope = envelope(line);
    assert!(envelope.stream.is("") && envelope.value.is(""));
    assert_eq!((&*envelope.partition, envelope.offset, envelope.enqueued_at), ("00", 0, 0));
    let mut key = Vec::new();
    assert_eq!(envelope.decode_key(&mut key), Ok(true), "an empty key is a key");
    assert!(key.is_empty());
}

#[test]
fn a_partition_is_digits_quoted_or_not() {
    for (form, digits) in [(r#""0""#, "0"), (r#""007""#, "007"), ("12", "12"), ("0", "0")] {
        assert_eq!(envelope(&with("partition", form)).partition, digits);
    }
    for form in [
        r#""""#, r#""-1""#, r#"" 1""#, r#""x""#, r#""1.0""#, r#""٣""#, "-1", "1.5", "1e3", "true", "[]", "{}",
    ] {
        let error = refused(&with("partition", form));
        assert_eq!((error.problem, error.field), (EnvelopeProblem::BadField, Some("partition")), "{form}");
        assert!(error.is_object);
    }
}

#[test]
fn an_offset_is_a_whole_number_from_zero() {
    assert_eq!(envelope(&with("offset", "9223372036854775807")).offset, i64::MAX);
    for form in ["-1", "1.0", "1e3", "9223372036854775808", r#""5""#, "true", "[1]"] {
        let error = refused(&with("offset", form));
        assert_eq!((error.problem, error.field), (EnvelopeProblem::BadField, Some("offset")), "{form}");
    }
}

#[test]
fn a_timestamp_is_epoch_milliseconds_or_rfc_3339() {
    let good = [
        ("0", 0),
        ("-1", -1000),
        ("253402300799999", 253_402_300_799_999_000),
        (r#""2024-06-28T08:28:44.779Z""#, 1_719_563_324_779_000),
        (r#""2024-06-28T10:28:44.779001+02:00""#, 1_719_563_324_779_001),
        (r#""2024-06-28T08:28:44.779000000Z""#, 1_719_563_324_779_000),
        (r#""1969-12-31T23:59:59.999999Z""#, -1),
    ];
    for (form, micros) in good {
        assert_eq!(envelope(&with("timestamp", form)).enqueued_at, micros, "{form}");
    }
    let bad = [
        "253402300800000",
        "1.5",
        "1e3",
        "99999999999999999999",
        r#""""#,
        r#""1719563324779""#,
        r#""2024-06-28T08:28:44""#,
        r#""2024-06-28""#,
        r#""2024-02-30T00:00:00Z""#,
        r#""2024-06-28T08:28:60Z""#,
        r#""2024-06-28T08:28:44.0000001Z""#,
        "true",
        "{}",
    ];
    for form in bad {
        let error = refused(&with("timestamp", form));
        assert_eq!((error.problem, error.field), (EnvelopeProblem::BadField, Some("timestamp")), "{form}");
    }
}

#[test]
fn a_time_is_within_the_years_that_tables_hold() {
    for form in ["-62135596800001", "-253402300799999", r#""0000-12-31T23:59:59Z""#] {
        let error = refused(&with("timestamp", form));
        assert_eq!((error.problem, error.field), (EnvelopeProblem::BadField, Some("timestamp")), "{form}");
    }
    assert_eq!(envelope(&with("timestamp", "-62135596800000")).enqueued_at, -62_135_596_800_000_000);
}

#[test]
fn only_the_key_may_be_missing_or_null() {
    for form in ["", "null"] {
        let line = with("key", form);
        let envelope = envelope(&line);
        assert!(envelope.key.is_none());
        assert_eq!(envelope.decode_key(&mut Vec::new()), Ok(false));
        for field in ["stream", "partition", "value", "offset", "timestamp"] {
            let error = refused(&with(field, form));
            assert_eq!((error.problem, error.field), (EnvelopeProblem::MissingField, Some(field)), "{form}");
            assert!(error.is_object);
        }
    }
}

#[test]
fn text_fields_accept_only_strings() {
    for field in ["stream", "key", "value"] {
        for form in ["1", "true", "[]", "{\"a\":1}"] {
            let error = refused(&with(field, form));
            assert_eq!((error.problem, error.field), (EnvelopeProblem::BadField, Some(field)), "{form}");
        }
    }
}

#[test]
fn a_field_occurs_once() {
    for (field, form) in GOOD {
        let line = format!("{},\"{field}\":{form}}}", with("", "").trim_end_matches('}'));
        let error = refused(&line);
        assert_eq!((error.problem, error.field), (EnvelopeProblem::DuplicateField, Some(field)));
        assert!(error.is_object);
    }
    let twice_null = with("key", "null,\"key\":null");
    assert_eq!(refused(&twice_null).problem, EnvelopeProblem::DuplicateField);
}

#[test]
fn a_name_with_escapes_is_the_same_name() {
    let line = with("", "").replace("\"value\"", r#""\u0076alue""#);
    assert!(envelope(&line).value.is("e30="));
    let twice = format!("{},\"\\u0076alue\":\"e30=\"}}", with("", "").trim_end_matches('}'));
    assert_eq!(refused(&twice).problem, EnvelopeProblem::DuplicateField);
}

#[test]
fn invalid_json_takes_precedence_over_a_bad_field() {
    let lines = [
        with("offset", "-1") + "}",
        with("offset", "-1").replace("1719563324779", "01"),
        with("stream", "1").replace('}', ",}"),
        with("", "").replace("ledger", "\\ud800"),
        with("", "").replace("ledger", "a\tb"),
    ];
    for line in lines {
        let error = refused(&line);
        assert_eq!(
            (error.problem, error.field, error.is_object),
            (EnvelopeProblem::NotJson, None, false),
            "{line}"
        );
    }
}

#[test]
fn a_line_that_is_not_an_object_is_not_an_envelope() {
    for line in ["", "null", "[]", "\"x\"", "5", "\u{feff}{}", "{", "plain text"] {
        assert_eq!(refused(line).problem, EnvelopeProblem::NotJson, "{line:?}");
    }
    for line in [&b"\xff"[..], b"{\"stream\":\"\xc3\x28\"}", b"\x1f\x8b\x08"] {
        assert_eq!(Envelope::parse(line).unwrap_err().problem, EnvelopeProblem::NotJson, "{line:?}");
    }
}

#[test]
fn an_object_without_a_field_of_the_envelope_is_kept_as_raw() {
    for line in [
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1,"error":{"code":"x"}}"#,
        r#"{"raw":"e30="}"#,
        r#"{"raw":1,"error":{"code":"x"}}"#,
    ] {
        assert!(!refused(line).is_object, "{line}");
    }
}

#[test]
fn escapes_inside_base64_are_resolved_first() {
    let line = with("value", r#""\/\/\/\/Zm\u0039v""#).replace("S00=", "S00\\u003d");
    let envelope = envelope(&line);
    let (mut key, mut value) = (Vec::new(), Vec::new());
    assert_eq!(envelope.decode_value(&mut value), Ok(()));
    assert_eq!(envelope.decode_key(&mut key), Ok(true));
    assert_eq!((&value[..], &key[..]), (&b"\xff\xff\xfffoo"[..], &b"KM"[..]));
    let newline = with("value", r#""Zm9v\n""#);
    assert!(self::envelope(&newline).decode_value(&mut Vec::new()).is_err());
}

#[test]
fn other_members_are_kept_as_they_were_sent() {
    let line = with("", "").replace('{', r#"{ "headers" : [ {"a":"\u0031"} ],"raw":"AAEC" , "#);
    assert_eq!(envelope(&line).others, [r#""headers" : [ {"a":"\u0031"} ]"#, r#""raw":"AAEC""#]);
    let mut reader = Connector::default();
    let Content::Record(record) = reader.read(line.as_bytes()).content else { panic!("{line}") };
    assert_eq!(record.headers, Some(r#"{"headers" : [ {"a":"\u0031"} ],"raw":"AAEC"}"#));
    let plain = with("", "");
    let Content::Record(record) = reader.read(plain.as_bytes()).content else { panic!("{plain}") };
    assert_eq!(record.headers, None);
}

#[test]
fn a_line_with_an_error_of_its_own_is_kept_as_raw() {
    for good in [with("", ""), with("offset", "-1"), with("value", "")] {
        for own in [r#"{"code":"type_mismatch"}"#, r#""text""#, "null"] {
            let line = format!("{},\"error\":{own}}}", good.strip_suffix('}').unwrap());
            let mut reader = Connector::default();
            assert_eq!(reader.read(good.as_bytes()).kept, Kept::Object(good.as_bytes()));
            assert_eq!(reader.read(line.as_bytes()).kept, Kept::Raw(line.as_bytes()));
        }
    }
}
