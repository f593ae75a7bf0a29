//! Tests whole values: their JSON, fields, unknown fields and partition.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use common::{columns, decode, decode_with, partition, refusal, schema};
use table::{Reason, RowJudge, Schema};

fn two() -> Schema {
    schema(&[r#"{"name":"a","type":"string"}"#, r#"{"name":"n","type":"int64","from":"/data/n"}"#], "")
}

/// Returns what `_rescued` holds for a value.
fn rescued(schema: &Schema, value: &str) -> Option<String> {
    let column = columns(schema, &[value]).pop().unwrap();
    let column = column.as_string::<i32>();
    column.is_valid(0).then(|| column.value(0).to_owned())
}

#[test]
fn invalid_utf8_is_reported_with_its_offset() {
    for (value, at) in [(&b"{\"a\":\"\xff\"}"[..], 6), (b"\xc3\x28", 0), (b"{}\xed\xa0\x80", 2)] {
        let refusal = decode(&two(), value).unwrap_err();
        assert_eq!((refusal.reason, refusal.field), (Reason::ValueNotUtf8, None));
        assert!(refusal.message.contains(&format!("at byte {at} ")), "{}", refusal.message);
    }
}

#[test]
fn lenient_json_is_refused_wherever_it_occurs() {
    let bad = [
        "{,}",
        "[1,]",
        "007",
        "7.",
        "NaN",
        "Infinity",
        "+1",
        "\"\t\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "'a'",
        "tru",
        "{\"a\" 1}",
        "1 2",
        "\u{feff}1",
        "/**/1",
        "",
    ];
    for form in bad {
        for value in [
            format!(r#"{{"a": {form}}}"#),
            format!(r#"{{"unknown": {form}}}"#),
            format!(r#"{{"data": {{"n": {form}}}}}"#),
            format!(r#"{{"data": {{"n": 1, "unknown": [{{"deep": {form}}}]}}}}"#),
            format!(r#"{{"a": "x"}}{form}x"#),
        ] {
            assert_eq!(refusal(&two(), &value).reason, Reason::ValueNotJson, "{value}");
        }
    }
    for value in
        ["", "   ", "{", "{\"a\":\"x\"", "{\"a\":\"x\"}}", "{\"a\":\"x\"} {}", "\u{feff}{}", "{\"a\":\"x\",}"]
    {
        assert_eq!(refusal(&two(), value).reason, Reason::ValueNotJson, "{value}");
    }
}

#[test]
fn a_value_that_is_not_an_object_is_not_a_row() {
    for value in ["null", "[]", "[{}]", "5", "\"{}\"", "true"] {
        assert_eq!(refusal(&two(), value).reason, Reason::ValueNotObject, "{value}");
    }
    assert_eq!(refusal(&two(), "[1,]").reason, Reason::ValueNotJson, "invalid JSON takes precedence");
}

#[test]
fn nesting_too_deep_has_its_own_reason() {
    let value = |levels: usize| format!(r#"{{"unknown": {}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(decode(&two(), value(127).as_bytes()).is_ok());
    assert_eq!(refusal(&two(), &value(128)).reason, Reason::NestingTooDeep);
}

#[test]
fn a_field_that_the_schema_names_may_occur_only_once() {
    let cases = [
        (r#"{"a":"x","a":"x"}"#, "a"),
        (r#"{"a":"x","\u0061":"x"}"#, "a"),
        (r#"{"a":null,"a":"x"}"#, "a"),
        (r#"{"a":"x","b":1,"data":{"n":1},"a":null}"#, "a"),
        (r#"{"data":{"n":1,"n":1}}"#, "n"),
        (r#"{"data":{"n":1},"data":{}}"#, "/data"),
        (r#"{"data":{"n":1},"d\u0061ta":{"n":1}}"#, "/data"),
        (r#"{"data":null,"data":{"n":1}}"#, "/data"),
    ];
    for (value, field) in cases {
        let refusal = refusal(&two(), value);
        assert_eq!(
            (refusal.reason, refusal.field.as_deref()),
            (Reason::DuplicateField, Some(field)),
            "{value}"
        );
    }
    assert_eq!(
        refusal(&two(), r#"{"a":1,"a":"x"}"#).reason,
        Reason::TypeMismatch,
        "the first problem is reported"
    );
    assert!(decode(&two(), br#"{"b":1,"b":2,"data":{"a":1,"b":2,"b":3}}"#).is_ok(), "others may occur twice");
}

#[test]
fn invalid_json_takes_precedence_over_any_other_problem() {
    for value in [r#"{"a":1,"b":}"#, r#"{"a":"x","a":"y",}"#, r#"{"data":5,"x":01}"#, r#"{"a":1}x"#] {
        assert_eq!(refusal(&two(), value).reason, Reason::ValueNotJson, "{value}");
    }
}

#[test]
fn a_required_field_must_be_present_and_not_null() {
    let required = schema(
        &[
            r#"{"name":"a","type":"string","required":true}"#,
            r#"{"name":"n","type":"int64","from":"/data/n","required":true}"#,
        ],
        "",
    );
    assert!(decode(&required, br#"{"a":"","data":{"n":0}}"#).is_ok());
    let cases = [
        ("{}", "a"),
        (r#"{"a":null,"data":{"n":1}}"#, "a"),
        (r#"{"a":"x"}"#, "n"),
        (r#"{"a":"x","data":{}}"#, "n"),
        (r#"{"a":"x","data":null}"#, "n"),
        (r#"{"a":"x","data":{"n":null}}"#, "n"),
        (r#"{"a":"x","n":1}"#, "n"),
        (r#"{"A":"x","data":{"n":1}}"#, "a"),
    ];
    for (value, field) in cases {
        let refusal = refusal(&required, value);
        assert_eq!(
            (refusal.reason, refusal.field.as_deref()),
            (Reason::MissingRequired, Some(field)),
            "{value}"
        );
    }
}

#[test]
fn a_field_that_pointers_pass_through_is_an_object_or_null() {
    for value in ["{}", r#"{"data":null}"#, r#"{"data":{}}"#] {
        assert_eq!(columns(&two(), &[value])[1].null_count(), 1, "{value}");
    }
    for form in ["1", "\"x\"", "[]", "[{\"n\":1}]", "true"] {
        let refusal = refusal(&two(), &format!(r#"{{"data":{form}}}"#));
        assert_eq!(
            (refusal.reason, refusal.field.as_deref()),
            (Reason::TypeMismatch, Some("/data")),
            "{form}"
        );
    }
}

#[test]
fn unknown_fields_are_rescued_as_sent() {
    let cases = [
        (r#"{"a":"x","data":{"n":1}}"#, None),
        (r#"{"b": 1.0}"#, Some(r#"{"b":1.0}"#)),
        (r#"{"b" : [ 1, 2 ] , "a":"x","c":"\u0041"}"#, Some(r#"{"b":[ 1, 2 ],"c":"\u0041"}"#)),
        (r#"{"data":{"m":{"n":null},"n":1}}"#, Some(r#"{"data":{"m":{"n":null}}}"#)),
        (r#"{"data":{"x":1},"z":2}"#, Some(r#"{"z":2,"data":{"x":1}}"#)),
        (r#"{"n":1,"\u0062":2,"":3,"b":4,"b":5}"#, Some(r#"{"n":1,"\u0062":2,"":3,"b":4,"b":5}"#)),
        (r#"{"b":"{"}"#, Some(r#"{"b":"{"}"#)),
        (r#"{"{":"{","c":{}}"#, Some(r#"{"{":"{","c":{}}"#)),
    ];
    for (value, expected) in cases {
        assert_eq!(rescued(&two(), value).as_deref(), expected, "{value}");
    }
}

#[test]
fn rescued_fields_keep_their_position_in_nested_objects() {
    let deep = schema(
        &[
            r#"{"name":"a","type":"string","from":"/x/y/z"}"#,
            r#"{"name":"b","type":"string","from":"/x/y\"q/z"}"#,
            r#"{"name":"c","type":"string","from":"/xy/z"}"#,
        ],
        "",
    );
    let value = r#"{"x":{"y":{"k":1},"y\"q":{"k":2}},"xy":{"k":3}}"#;
    assert_eq!(rescued(&deep, value).as_deref(), Some(r#"{"x":{"y":{"k":1},"y\"q":{"k":2}},"xy":{"k":3}}"#));
    assert_eq!(rescued(&deep, r#"{"xy":{"k":3}}"#).as_deref(), Some(r#"{"xy":{"k":3}}"#));
}

#[test]
fn unknown_fields_are_ignored_or_refused_where_the_schema_says_so() {
    let entry = [r#"{"name":"n","type":"int64","from":"/data/n"}"#];
    let ignoring = schema(&entry, r#","unknown_fields":"ignore""#);
    let got = columns(&ignoring, &[r#"{"b":1,"data":{"n":5,"m":2}}"#]);
    assert_eq!(got.len(), 1, "there is no _rescued");
    assert_eq!(got[0].as_primitive::<Int64Type>().value(0), 5);
    let strict = schema(&entry, r#","unknown_fields":"quarantine""#);
    assert!(decode(&strict, br#"{"data":{"n":5}}"#).is_ok());
    for (value, field) in
        [(r#"{"b":1}"#, "/b"), (r#"{"data":{"m":2}}"#, "/data/m"), (r#"{"a\/b~\u0063":1}"#, "/a~1b~0c")]
    {
        let refusal = refusal(&strict, value);
        assert_eq!(
            (refusal.reason, refusal.field.as_deref()),
            (Reason::UnknownField, Some(field)),
            "{value}"
        );
    }
}

#[test]
fn fields_may_come_in_any_order_which_may_change_from_row_to_row() {
    let names: Vec<String> = (0..6).map(|at| format!(r#"{{"name":"c{at}","type":"int64"}}"#)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let schema = schema(&names, "");
    let rows: Vec<String> = (0..720_usize)
        .map(|number| {
            // The permutation with this number, with some fields omitted and an unknown one in between.
            let mut left: Vec<usize> = (0..6).collect();
            let mut rest = number;
            let mut order: Vec<usize> =
                (1..=6).rev().map(|size| (rest % size, rest /= size).0).map(|at| left.remove(at)).collect();
            order.truncate(6 - number % 3);
            let members: Vec<String> =
                order.iter().map(|at| format!(r#""c{at}":{}"#, number * 10 + at)).collect();
            format!(r#"{{"u":0,{}}}"#, members.join(if number % 5 == 0 { r#","v":1,"# } else { " , " }))
        })
        .collect();
    let texts: Vec<&str> = rows.iter().map(String::as_str).collect();
    let columns = columns(&schema, &texts);
    for (number, text) in rows.iter().enumerate() {
        for (at, column) in columns[..6].iter().enumerate() {
            let sent = text.contains(&format!(r#""c{at}":"#));
            assert_eq!(column.is_valid(number), sent, "{text}");
            if sent {
                assert_eq!(
                    column.as_primitive::<Int64Type>().value(number),
                    (number * 10 + at) as i64,
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_key_with_escapes_names_its_column() {
    let schema =
        schema(&[r#"{"name":"amount","type":"int64"}"#, r#"{"name":"naïve \"q\"","type":"int64"}"#], "");
    let values = [
        r#"{"\u0061mount":1,"naïve \"q\"":2}"#,
        r#"{"amount":1,"na\u00efve \u0022q\"":2}"#,
        r#"{"amount":1,"naïve \"q\"":2}"#,
    ];
    let columns = columns(&schema, &values);
    for row in 0..3 {
        assert_eq!(columns[0].as_primitive::<Int64Type>().value(row), 1);
        assert_eq!(columns[1].as_primitive::<Int64Type>().value(row), 2);
    }
    assert_eq!(columns[2].null_count(), 3, "nothing was unknown");
}

#[test]
fn a_key_that_only_begins_like_a_column_is_unknown() {
    let schema = schema(&[r#"{"name":"ab","type":"int64"}"#, r#"{"name":"abc","type":"int64"}"#], "");
    assert_eq!(
        rescued(&schema, r#"{"a":1,"abcd":2,"ab ":3,"AB":4}"#).as_deref(),
        Some(r#"{"a":1,"abcd":2,"ab ":3,"AB":4}"#)
    );
}

#[test]
fn partition_values_are_text_null_or_empty() {
    let entries = [
        r#"{"name":"s","type":"string"}"#,
        r#"{"name":"i","type":"int32"}"#,
        r#"{"name":"l","type":"int64"}"#,
        r#"{"name":"b","type":"boolean"}"#,
        r#"{"name":"d","type":"date"}"#,
        r#"{"name":"other","type":"string"}"#,
    ];
    let schema = schema(&entries, r#","partition_by":["d","s","i","l","b"],"empty_partition":"keep""#);
    let some = |texts: [&str; 5]| texts.map(|text| Some(text.to_owned())).to_vec();
    let value = r#"{"s":"0\u0030\/7","i":7.0,"l":-1e3,"b":true,"d":"2024-02-29","other":"x"}"#;
    assert_eq!(partition(&schema, value), some(["2024-02-29", "00/7", "7", "-1000", "true"]));
    assert_eq!(partition(&schema, "{}"), vec![None; 5]);
    assert_eq!(
        partition(&schema, r#"{"s":"","b":false,"d":null}"#),
        [None, Some(String::new()), None, None, Some("false".into())]
    );
    let stored = columns(&schema, &[value]);
    assert_eq!(stored.len(), 2, "other and _rescued: partition columns are not repeated");
    assert_eq!(stored[0].as_string::<i32>().value(0), "x");
}

#[test]
fn partition_keys_are_equal_exactly_if_the_values_are() {
    let schema = schema(
        &[r#"{"name":"a","type":"string"}"#, r#"{"name":"b","type":"string"}"#],
        r#","partition_by":["a","b"],"empty_partition":"keep""#,
    );
    let mut judge = RowJudge::new(&schema);
    let mut key = |value: &str| decode_with(&mut judge, value.as_bytes()).unwrap().1;
    assert_eq!(key(r#"{"a":"x","b":"y"}"#), key(r#"{"b":"\u0079","u":1,"a":"x"}"#));
    let different = [
        "{}",
        r#"{"a":""}"#,
        r#"{"b":""}"#,
        r#"{"a":"","b":""}"#,
        r#"{"a":"xy"}"#,
        r#"{"a":"x","b":"y"}"#,
        r#"{"b":"xy"}"#,
        r#"{"a":"\u0001"}"#,
    ];
    let keys: std::collections::HashSet<Vec<u8>> = different.iter().map(|value| key(value)).collect();
    assert_eq!(keys.len(), different.len());
}

#[test]
fn a_bad_row_leaves_no_trace_in_the_next() {
    let mut judge = RowJudge::new(&two());
    let good = r#"{"a":"\u0078","u":1,"data":{"n":5}}"#;
    let expected = decode_with(&mut judge, good.as_bytes()).unwrap();
    for bad in [r#"{"a":1}"#, r#"{"a":"\n","v":2,"data":{"n":1}"#, "[]", r#"{"data":1}"#, "\u{0}"] {
        assert!(decode_with(&mut judge, bad.as_bytes()).is_err());
        assert_eq!(decode_with(&mut judge, good.as_bytes()).unwrap(), expected, "after {bad}");
    }
}
