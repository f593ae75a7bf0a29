//! What becomes of rows, and of the columns that are filters.

use crate::common::{columns, decode, partition, refusal, schema};
use crate::filter;
use arrow_array::cast::AsArray;
use table::{Reason, Schema};

#[test]
fn the_number_of_outputs_and_errors_decide_what_becomes_of_a_row() {
    let cases = [
        (".a, .b", r#"{"a":1,"b":2}"#, Reason::JqNotOne, "the filter has more than one output"),
        (".[]", r#"{"a":1,"b":2}"#, Reason::JqNotOne, "the filter has more than one output"),
        ("error(\"no device\")", "{}", Reason::JqFailed, "no device"),
        (".a.b", r#"{"a":1}"#, Reason::JqFailed, "cannot index 1 with \"b\""),
        (".a, error(\"late\")", "{}", Reason::JqFailed, "late"),
        (".a + 1", r#"{"a":"x"}"#, Reason::JqFailed, "cannot calculate \"x\" + 1"),
        (".a / 0", r#"{"a":1}"#, Reason::JqFailed, "cannot calculate 1 / 0"),
        (".a * 1000000000", r#"{"a":"x"}"#, Reason::JqFailed, "cannot calculate \"x\" * 1000000000"),
        (
            "1e300 * 1e300",
            "{}",
            Reason::JqFailed,
            "the filter's output is not JSON: inf is not a JSON number",
        ),
        (
            ".a | fromjson",
            r#"{"a":"{\"b\":NaN}"}"#,
            Reason::JqFailed,
            "\"{\\\"b\\\":NaN}\" cannot be read: it is not JSON: expected a value at byte 5",
        ),
        (".a | tonumber", r#"{"a":"0x10"}"#, Reason::JqFailed, "\"0x10\" is not a number"),
        (
            ".a | strftime(\"%Y\")",
            r#"{"a":1719563322000000000}"#,
            Reason::JqFailed,
            "cannot use 1719563322000000000 as seconds since 1970",
        ),
        ("[.a][[1]]", r#"{"a":1}"#, Reason::JqFailed, "cannot use [1] as an index"),
    ];
    for (text, record, reason, message) in cases {
        let found = refusal(&filter("json", text), record);
        assert_eq!((found.reason, found.field.as_deref()), (reason, Some("x")), "{text}: {}", found.message);
        assert_eq!(found.message, message, "{text}");
    }
}

#[test]
fn outputs_follow_the_rules_of_the_columns_type() {
    let record = r#"{"a":1.5,"s":"2024-06-28","b":{"c":[1,null,3]},"long":"LONG"}"#
        .replace("LONG", &"x".repeat(10_000));
    let refused = [
        ("int32", ".a", Reason::TypeMismatch, "1.5 is not a whole number, as required by int32"),
        ("date", ".s + \"x\"", Reason::BadDate, ""),
        (
            "array<string>",
            ".b.c",
            Reason::TypeMismatch,
            "at /0 of the filter's output: expected string, found a number",
        ),
        ("json", ".long.x", Reason::JqFailed, ""),
    ];
    for (column_type, text, reason, message) in refused {
        let found = refusal(&filter(column_type, text), &record);
        assert_eq!((found.reason, found.field.as_deref()), (reason, Some("x")), "{text}: {}", found.message);
        assert!(message.is_empty() || found.message == message, "{text}: {}", found.message);
        assert!(found.message.len() < 250, "{text}: {}", found.message.len());
    }
    for (column_type, text) in [
        ("decimal(9,3)", ".a"),
        ("float64", ".a * 2"),
        ("int32", ".a * 2"),
        ("date", ".s"),
        ("string", ".long"),
        ("array<int32>", ".b.c"),
        ("struct<c: array<int64>>", ".b"),
        ("map<string, array<int64>>", ".b"),
        ("struct<d: string>", ".b"),
    ] {
        decode(&filter(column_type, text), record.as_bytes()).unwrap();
    }
}

#[test]
fn unknown_members_are_those_that_no_pointer_reads() {
    let column = r#"{"name":"device","type":"string","jq":".body.device"}"#;
    let rescued = schema(&[column], "");
    let columns = columns(&rescued, &[r#"{"body":{"device":"d7"}}"#]);
    let text = |index: usize| columns[index].as_string::<i32>().value(0).to_owned();
    assert_eq!((text(0), text(1)), ("d7".into(), r#"{"body":{"device":"d7"}}"#.into()));
    let strict = schema(&[column], r#","unknown_fields":"quarantine""#);
    assert_eq!(refusal(&strict, r#"{"body":{}}"#).reason, Reason::UnknownField);
}

#[test]
fn a_filter_can_be_a_partition_and_a_required_column() {
    let columns = [
        r#"{"name":"device","type":"string","required":true,"jq":".d | ascii_downcase"}"#,
        r#"{"name":"day","type":"date","jq":".t[0:10]"}"#,
    ];
    let rest = r#","partition_by":["device",{"name":"month","from":"day","transform":"month"}],"unknown_fields":"ignore""#;
    let schema = schema(&columns, rest);
    let found = partition(&schema, r#"{"d":"D7","t":"2024-06-28T08:28:42"}"#);
    assert_eq!(found, [Some("d7".to_owned()), Some("2024-06".to_owned())]);
    let missing = refusal(&schema, r#"{"d":null,"t":"2024-06-28"}"#);
    assert_eq!((missing.reason, missing.field.as_deref()), (Reason::JqFailed, Some("device")));
    let none = refusal(
        &crate::common::schema(&[r#"{"name":"x","type":"string","required":true,"jq":".d"}"#], ""),
        "{}",
    );
    assert_eq!(
        (none.reason, &*none.message),
        (Reason::MissingRequired, "the filter's output is null or missing")
    );
}

#[test]
fn a_member_that_occurs_twice_is_refused_wherever_it_is() {
    let found = refusal(&filter("json", ".a"), r#"{"a":1,"b":[{"c":1,"\u0063":2}]}"#);
    assert_eq!((found.reason, found.field.as_deref()), (Reason::DuplicateField, Some("/b/0/c")));
}

#[test]
fn a_schema_with_filters_survives_its_canonical_text() {
    let schema = filter("string", ".a // \"none\"");
    let text = schema.canonical();
    assert!(text.contains(r#""jq":".a // \"none\"""#), "{text}");
    assert!(!text.contains("from\":"), "{text}");
    assert_eq!(Schema::parse(text.as_bytes()).unwrap(), schema);
}
