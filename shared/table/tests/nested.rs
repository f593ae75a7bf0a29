//! Tests the nested types: what they accept, what they refuse and where, what is rescued, and what Arrow holds.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use common::{columns, decode, of_type, refusal, refuses, schema};
use table::{ColumnBuilders, Reason, Schema};

const ITEMS: &str =
    "array<struct<sku: string, qty: int32, tags: array<string>, more: map<string, struct<n: int64>>>>";

fn items() -> Schema {
    of_type(ITEMS)
}

/// Returns the column `x` of rows with these forms.
fn column(schema: &Schema, forms: &[&str]) -> ArrayRef {
    let values: Vec<String> = forms.iter().map(|form| format!(r#"{{"x": {form}}}"#)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    columns(schema, &values).swap_remove(0)
}

/// Returns what `_rescued` holds for each value.
fn rescued(schema: &Schema, values: &[&str]) -> Vec<Option<String>> {
    let columns = columns(schema, values);
    columns.last().unwrap().as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

/// Checks that each `{"x": form}` is refused for the reason at the field.
#[track_caller]
fn refuses_at(schema: &Schema, reason: Reason, cases: &[(&str, &str)]) {
    for (form, field) in cases {
        let found = refusal(schema, &format!(r#"{{"x": {form}}}"#));
        assert_eq!(
            (found.reason, found.field.as_deref()),
            (reason, Some(*field)),
            "{form}: {}",
            found.message
        );
    }
}

#[test]
fn an_array_keeps_its_elements_and_their_order() {
    let array = column(&of_type("array<int32>"), &["[3, null, 1]", "[]", "null", "[ -7 ]"]);
    let array = array.as_list::<i32>();
    let of = |row: usize| array.value(row).as_primitive::<Int32Type>().iter().collect::<Vec<_>>();
    assert_eq!((of(0), of(1), of(3)), (vec![Some(3), None, Some(1)], vec![], vec![Some(-7)]));
    assert_eq!((0..4).map(|row| array.is_null(row)).collect::<Vec<_>>(), [false, false, true, false]);
}

#[test]
fn a_struct_takes_its_members_in_any_order() {
    let forms = [
        r#"{"a": 1, "b": "x"}"#,
        r#"{"b": "y", "a": 2}"#,
        r#"{"\u0062": "\u00e9"}"#,
        r#"{"a": null}"#,
        "{}",
        "null",
    ];
    let array = column(&of_type("struct<a: int32, b: string>"), &forms);
    let array = array.as_struct();
    let a: Vec<_> = array.column(0).as_primitive::<Int32Type>().iter().collect();
    let b: Vec<_> = array.column(1).as_string::<i32>().iter().collect();
    assert_eq!(a, [Some(1), Some(2), None, None, None, None]);
    assert_eq!(b, [Some("x"), Some("y"), Some("é"), None, None, None]);
    assert_eq!(array.nulls().unwrap().iter().collect::<Vec<_>>(), [true, true, true, true, true, false]);
}

#[test]
fn a_map_keeps_its_entries_and_their_order() {
    let forms = [r#"{"b": 1, "": null, "a\n": 2}"#, "{}", "null", r#"{"b": 3}"#];
    let map = column(&of_type("map<string, int64>"), &forms);
    let map = map.as_map();
    let of = |row: usize| {
        let entries = map.value(row);
        let keys = entries.column(0).as_string::<i32>().iter().map(|key| key.unwrap().to_owned());
        keys.zip(entries.column(1).as_primitive::<Int64Type>().iter()).collect::<Vec<_>>()
    };
    assert_eq!(of(0), [("b".into(), Some(1)), (String::new(), None), ("a\n".into(), Some(2))]);
    assert_eq!((of(1), of(3)), (vec![], vec![("b".to_owned(), Some(3))]));
    assert!(map.is_null(2) && !map.is_null(1));
}

#[test]
fn values_inside_are_as_strict_as_outside_and_have_their_pointer() {
    let schema = items();
    refuses(&schema, Reason::TypeMismatch, &["1", r#""[]""#, "{}", "true"]);
    refuses_at(
        &schema,
        Reason::TypeMismatch,
        &[
            (r#"[{}, {}, {}, {"qty": 1.5}]"#, "/x/3/qty"),
            (r#"[{"qty": "1"}]"#, "/x/0/qty"),
            (r#"[null, 5]"#, "/x/1"),
            (r#"[[]]"#, "/x/0"),
            (r#"[{"tags": {}}]"#, "/x/0/tags"),
            (r#"[{"tags": ["a", 1]}]"#, "/x/0/tags/1"),
            (r#"[{"more": []}]"#, "/x/0/more"),
            (r#"[{"more": {"a/b~\n": {"n": "x"}}}]"#, "/x/0/more/a~1b~0\n/n"),
        ],
    );
    refuses_at(&schema, Reason::OutOfRange, &[(r#"[{"qty": 2147483648}]"#, "/x/0/qty")]);
    let nested = schema_from("struct<y: array<timestamp>>", "/data/x");
    let found = refusal(&nested, r#"{"data": {"x": {"y": ["2024-02-30T00:00:00"]}}}"#);
    assert_eq!((found.reason, found.field.as_deref()), (Reason::BadTimestamp, Some("/data/x/y/0")));
}

fn schema_from(column_type: &str, from: &str) -> Schema {
    schema(&[&format!(r#"{{"name":"x","type":"{column_type}","from":"{from}"}}"#)], "")
}

#[test]
fn members_and_keys_may_occur_only_once() {
    let structure = of_type("struct<a: int32, b: struct<a: int32>>");
    assert!(decode(&structure, br#"{"x": {"a": 1, "b": {"a": 1}}}"#).is_ok());
    refuses_at(
        &structure,
        Reason::DuplicateField,
        &[
            (r#"{"a": 1, "a": 1}"#, "/x/a"),
            (r#"{"a": null, "\u0061": 1}"#, "/x/a"),
            (r#"{"b": {"a": 1, "a": null}}"#, "/x/b/a"),
        ],
    );
    let map = of_type("map<string, map<string, json>>");
    assert!(decode(&map, br#"{"x": {"a": {"a": 1}, "b": {"a": {"a": 1, "a": 2}}}}"#).is_ok());
    refuses_at(
        &map,
        Reason::DuplicateField,
        &[
            (r#"{"a": null, "b": null, "a": {}}"#, "/x/a"),
            (r#"{"k": {"é": 1, "\u00e9": 2}}"#, "/x/k/é"),
            (r#"{"": null, "": null}"#, "/x/"),
        ],
    );
}

#[test]
fn text_that_is_not_json_is_reported_as_such_whatever_comes_before() {
    for form in
        [r#"[1, "a"}"#, r#"[{"a": 1}, {"qty": "x"}, {"qty": 01}]"#, r#"[5, "\ud800"]"#, "[1,]", "[", "[{"]
    {
        let found = refusal(&items(), &format!(r#"{{"x": {form}}}"#));
        assert_eq!((found.reason, found.field), (Reason::ValueNotJson, None), "{form}: {}", found.message);
    }
    // The value goes on after the refused one.
    let found = refusal(&items(), r#"{"x": [1, 2, 3], "y": 07}"#);
    assert_eq!(found.reason, Reason::ValueNotJson);
}

#[test]
fn options_apply_to_every_scalar_inside_that_has_them() {
    let relaxed = schema(
        &[
            r#"{"name":"x","type":"struct<a: array<decimal(5,2)>, b: map<string, boolean>, c: string, t: timestamp>",
             "round":"half_even","from_string":true,"truncate":"micros"}"#,
        ],
        "",
    );
    let form = r#"{"a": ["1.005", 1.015, "7"], "b": {"k": "true"}, "c": "1.005", "t": "2024-06-28T08:28:42.1234567"}"#;
    let array = column(&relaxed, &[form]);
    let array = array.as_struct();
    let amounts = array.column(0).as_list::<i32>().value(0);
    assert_eq!(amounts.as_primitive::<Decimal128Type>().values(), &[100, 102, 700]);
    assert_eq!(array.column(2).as_string::<i32>().value(0), "1.005");
    refuses_at(
        &relaxed,
        Reason::TypeMismatch,
        &[(r#"{"c": 5}"#, "/x/c"), (r#"{"b": {"k": "yes"}}"#, "/x/b/k")],
    );
    refuses_at(&of_type("array<decimal(5,2)>"), Reason::PrecisionLost, &[("[1.005]", "/x/0")]);
}

#[test]
fn unknown_members_are_rescued_at_their_pointer() {
    let schema = items();
    let values = [
        r#"{"x": [{"sku": "a"}, {"new": 1, "qty": 2, "other": [ ]}], "y": 3}"#,
        r#"{"x": [{"more": {"k/1": {"n": 1, "q": null}, "\"": {"w": {"n": 1}}}, "z": 1}, {"more": {"": {"v": "é"}}}]}"#,
        r#"{"x": [{"tags": [], "n": 1, "n": 2}]}"#,
        r#"{"x": [{}, null]}"#,
        r#"{"x": null}"#,
    ];
    let expected = [
        Some(r#"{"y":3,"x":{"1":{"new":1,"other":[ ]}}}"#),
        Some(
            r#"{"x":{"0":{"more":{"k/1":{"q":null},"\"":{"w":{"n": 1}}},"z":1},"1":{"more":{"":{"v":"é"}}}}}"#,
        ),
        Some(r#"{"x":{"0":{"n":1,"n":2}}}"#),
        None,
        None,
    ];
    assert_eq!(rescued(&schema, &values), expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn unknown_members_of_several_columns_are_rescued_together() {
    let schema = schema(
        &[
            r#"{"name":"a","type":"struct<k: int32>","from":"/o/a"}"#,
            r#"{"name":"b","type":"struct<k: int32>","from":"/o/p/b~1c"}"#,
            r#"{"name":"c","type":"struct<k: int32>"}"#,
        ],
        "",
    );
    let values = [
        r#"{"c": {"u": 1}, "o": {"p": {"b/c": {"u": 2}}, "a": {"u": 3, "k": 1}, "v": 4}}"#,
        r#"{"c": {"k": 1}, "o": {"p": {"b/c": {"k": 2}}, "a": {}}}"#,
        r#"{"o": {"p": {"w": 5}}}"#,
    ];
    let expected = [
        Some(r#"{"o":{"v":4,"a":{"u":3},"p":{"b/c":{"u":2}}},"c":{"u":1}}"#),
        None,
        Some(r#"{"o":{"p":{"w":5}}}"#),
    ];
    assert_eq!(rescued(&schema, &values), expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn unknown_members_are_dropped_or_refused_if_the_schema_says_so() {
    let column = [&*format!(r#"{{"name":"x","type":"{ITEMS}"}}"#)];
    let value = r#"[{"sku": "a", "new": 1}, {"more": {"k": {"n/m": [1]}}}]"#;
    let ignore = schema(&column, r#","unknown_fields":"ignore""#);
    assert_eq!(columns(&ignore, &[&format!(r#"{{"x": {value}}}"#)]).len(), 1);
    let quarantine = schema(&column, r#","unknown_fields":"quarantine""#);
    refuses_at(
        &quarantine,
        Reason::UnknownField,
        &[(value, "/x/0/new"), (r#"[{"more": {"k": {"n/m": [1]}}}]"#, "/x/0/more/k/n~1m")],
    );
}

#[test]
fn a_refused_row_leaves_no_trace_in_the_next() {
    let schema = items();
    let good =
        r#"{"x": [{"sku": "a\n", "tags": ["\u00e9", "b"], "more": {"k": {"n": 1}}}, null, {"qty": 2}]}"#;
    let mut judge = table::RowJudge::new(&schema);
    let expected = common::decode_with(&mut judge, good.as_bytes()).unwrap();
    for bad in [
        r#"{"x": [{"sku": "a", "u": 1, "tags": ["a\n", 1]}]}"#,
        r#"{"x": [{"more": {"k": {"n": 1}, "k": null}}]}"#,
        r#"{"x": [{"more": {"k": {"n": 1}, "l": {"n": "\n"}}}]}"#,
        r#"{"x": [{"sku": "a", "sku"#,
        r#"{"x": [{"u": 1}]}"#,
    ] {
        let _ = common::decode_with(&mut judge, bad.as_bytes());
        assert_eq!(common::decode_with(&mut judge, good.as_bytes()).unwrap(), expected, "{bad}");
    }
}

#[test]
fn a_pointer_passes_through_an_array_by_index() {
    let schema = schema(
        &[
            r#"{"name":"first","type":"string","from":"/items/0/sku"}"#,
            r#"{"name":"third","type":"int32","from":"/items/2/qty"}"#,
            r#"{"name":"matrix","type":"int32","from":"/m/1/0"}"#,
        ],
        "",
    );
    let values = [
        r#"{"items": [{"sku": "a", "qty": 1}, {"sku": "b"}, {"qty": 3}, 4], "m": [[1], [2, 3]]}"#,
        r#"{"items": [{"sku": "a"}], "m": []}"#,
        r#"{"items": [null, null, {"qty": 3}], "m": null}"#,
        // The pointers also match objects.
        r#"{"items": {"2": {"qty": 3}, "0": {"sku": "a"}, "1": 5}, "m": {"1": {"0": 7}}}"#,
    ];
    let columns = columns(&schema, &values);
    let first: Vec<_> = columns[0].as_string::<i32>().iter().collect();
    let third: Vec<_> = columns[1].as_primitive::<Int32Type>().iter().collect();
    let matrix: Vec<_> = columns[2].as_primitive::<Int32Type>().iter().collect();
    assert_eq!(first, [Some("a"), Some("a"), None, Some("a")]);
    assert_eq!(third, [Some(3), None, Some(3), Some(3)]);
    assert_eq!(matrix, [Some(2), None, None, Some(7)]);
    let rescued: Vec<_> = columns[3].as_string::<i32>().iter().collect();
    let all = r#"{"items":{"1":{"sku": "b"},"3":4,"0":{"qty":1}},"m":{"0":[1],"1":{"1":3}}}"#;
    let second = r#"{"items":{"1":null}}"#;
    assert_eq!(rescued, [Some(all), None, Some(second), Some(r#"{"items":{"1":5}}"#)]);
}

#[test]
fn only_an_index_matches_an_element() {
    // `01`, `-` and a name are keys of objects, never elements.
    for step in ["01", "-", "+1", "a", "00", "1e0", "99999999999999999999"] {
        let schema = schema_from("string", &format!("/a/{step}"));
        assert!(decode(&schema, format!(r#"{{"a": {{"{step}": "x"}}}}"#).as_bytes()).is_ok(), "{step}");
        let found = refusal(&schema, r#"{"a": ["x", "y"]}"#);
        assert_eq!((found.reason, found.field.as_deref()), (Reason::TypeMismatch, Some("/a")), "{step}");
    }
    let mixed = schema(
        &[r#"{"name":"x","type":"string","from":"/a/0"}"#, r#"{"name":"y","type":"string","from":"/a/b"}"#],
        "",
    );
    assert_eq!(refusal(&mixed, r#"{"a": ["x"]}"#).reason, Reason::TypeMismatch);
    let strict =
        schema(&[r#"{"name":"x","type":"string","from":"/a/0"}"#], r#","unknown_fields":"quarantine""#);
    let found = refusal(&strict, r#"{"a": ["x", "y"]}"#);
    assert_eq!((found.reason, found.field.as_deref()), (Reason::UnknownField, Some("/a/1")));
}

#[test]
fn a_row_whose_missing_values_would_fill_memory_is_refused() {
    let fields: Vec<String> = (0..900).map(|field| format!("f{field}: int64")).collect();
    let wide = of_type(&format!("array<struct<{}>>", fields.join(", ")));
    let empty = |count: usize| format!(r#"{{"x": [{}]}}"#, vec!["{}"; count].join(","));
    assert!(decode(&wide, empty(1000).as_bytes()).is_ok());
    let found = refusal(&wide, &empty(1_000_000));
    assert_eq!((found.reason, found.field.as_deref()), (Reason::RowTooLarge, Some("x")));
    // An array without elements has levels in every column.
    let wide = of_type(&format!("array<array<struct<{}>>>", fields.join(", ")));
    let found = refusal(&wide, &format!(r#"{{"x": [{}]}}"#, vec!["[]"; 1_000_000].join(",")));
    assert_eq!(found.reason, Reason::RowTooLarge);
    let first = schema_from("int32", "/x/0");
    let found = refusal(&first, &format!(r#"{{"x": [{}]}}"#, vec!["1"; 2_000_000].join(",")));
    assert_eq!(found.reason, Reason::RowTooLarge);
}

#[test]
fn a_million_elements_fit() {
    for (column_type, element) in
        [("int64", "7"), ("float64", "7"), ("timestamp_millis", "7"), ("string", r#""""#)]
    {
        let schema = of_type(&format!("array<{column_type}>"));
        let form = format!("[{}]", vec![element; 1_000_000].join(","));
        let array = column(&schema, &[&form, "[]"]);
        assert_eq!(array.as_list::<i32>().value_length(0), 1_000_000, "{column_type}");
    }
    let map = of_type("map<string, int32>");
    let entries: Vec<String> = (0..400_000).map(|key| format!("\"{key}\":1")).collect();
    let array = column(&map, &[&format!("{{{}}}", entries.join(","))]);
    assert_eq!(array.as_map().value_length(0), 400_000);
    let twice = format!(r#"{{"x": {{{},"399999":2}}}}"#, entries.join(","));
    assert_eq!(refusal(&map, &twice).field.as_deref(), Some("/x/399999"));
}

#[test]
fn columns_are_full_when_missing_values_take_too_much_memory() {
    let fields: Vec<String> = (0..900).map(|field| format!("f{field}: int64")).collect();
    let wide = of_type(&format!("array<struct<{}>>", fields.join(", ")));
    let row = decode(&wide, format!(r#"{{"x": [{}]}}"#, vec!["{}"; 100].join(",")).as_bytes()).unwrap();
    let mut builders = ColumnBuilders::new(&wide);
    let mut rows = 0;
    while !builders.are_full() {
        builders.append(&row);
        rows += 1;
    }
    assert!((10..40).contains(&rows), "{rows}");
    let bytes: usize = builders.finish().iter().map(|column| column.get_array_memory_size()).sum();
    assert!(bytes < 64 << 20, "{bytes}");
    assert!(!builders.are_full());
}

#[test]
fn types_are_nested_as_deep_as_json() {
    let nested = |depth: usize| "array<".repeat(depth) + "int32" + &">".repeat(depth);
    let deep = of_type(&nested(127));
    let form = "[".repeat(127) + "7" + &"]".repeat(127);
    let mut array = column(&deep, &[&form, "[]", "null", "[null]"]);
    for _ in 0..127 {
        assert_eq!(array.as_list::<i32>().value_length(0), 1);
        array = std::sync::Arc::clone(array.as_list::<i32>().values());
    }
    assert_eq!(array.as_primitive::<Int32Type>().value(0), 7);
    let found = refusal(&deep, &format!(r#"{{"x": [{form}]}}"#));
    assert_eq!(found.reason, Reason::NestingTooDeep);
    let objects = of_type(&("struct<a: ".repeat(127) + "int32" + &">".repeat(127)));
    let form = r#"{"a":"#.repeat(126) + r#"{"a":1,"u":2}"# + &"}".repeat(126);
    assert_eq!(
        rescued(&objects, &[&format!(r#"{{"x": {form}}}"#)])[0]
            .as_deref()
            .unwrap()
            .matches("{\"a\":")
            .count(),
        126
    );
}

#[test]
fn the_arrow_types_have_the_names_of_the_parquet_specification() {
    let fields = ColumnBuilders::fields(&of_type("map<string, array<struct<`a b`: binary>>>"));
    let DataType::Map(entries, false) = fields[0].data_type() else { panic!("{fields:?}") };
    let DataType::Struct(key_value) = entries.data_type() else { panic!("{fields:?}") };
    assert_eq!(
        (&**entries.name(), &**key_value[0].name(), &**key_value[1].name()),
        ("key_value", "key", "value")
    );
    assert!(!key_value[0].is_nullable() && key_value[1].is_nullable());
    let DataType::List(element) = key_value[1].data_type() else { panic!("{fields:?}") };
    assert_eq!(element.name(), "element");
    let DataType::Struct(inner) = element.data_type() else { panic!("{fields:?}") };
    assert_eq!(inner[0].name(), "a b");
}
