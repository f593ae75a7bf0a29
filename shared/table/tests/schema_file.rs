//! Tests what a schema file may contain, and that all problems are reported together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use table::{KeyType, Rounding, Schema, UnknownFields};

fn problems(text: &str) -> Vec<String> {
    match Schema::parse(text.as_bytes()) {
        Ok(schema) => panic!("{text} is a schema: {schema:?}"),
        Err(error) => error.problems,
    }
}

fn columns(columns: &str) -> String {
    format!(r#"{{"name":"t","version":1,"columns":[{columns}]}}"#)
}

#[test]
fn the_built_in_schema_is_that_of_the_ledger() {
    let schema = Schema::gl_journal();
    assert_eq!((schema.name(), schema.version()), ("gl-journal", 1));
    assert!(schema.partition_names().eq(["period_code", "currency_code"]));
    assert_eq!(schema.unknown_fields(), UnknownFields::Rescue);
    assert_eq!(Schema::built_in("gl-journal"), Some(schema.clone()));
    assert_eq!(Schema::built_in("gl_journal"), None);
    let column = |name: &str| schema.columns().iter().find(|column| column.name == name).unwrap();
    for amount in
        ["entered_debit_amount", "entered_credit_amount", "accounted_debit_amount", "accounted_credit_amount"]
    {
        assert_eq!(column(amount).column_type.to_string(), "decimal(38,18)");
    }
    assert_eq!(column("journal_line_number").column_type.to_string(), "int32");
    assert_eq!(
        (&*column("sent_at").column_type.to_string(), column("sent_at").source.pointer().unwrap()),
        ("timestamp", "/timestamp")
    );
    for name in ["period_code", "currency_code"] {
        assert!(column(name).required && column(name).column_type.to_string() == "string");
    }
    assert!(schema.stored_columns().all(|column| column.name != "period_code"));
    assert_eq!(schema.stored_columns().count(), schema.columns().len() - 2);
}

#[test]
fn missing_members_have_defaults() {
    let schema = Schema::parse(columns(r#"{"name":"a/b~c","type":"string"}"#).as_bytes()).unwrap();
    let column = &schema.columns()[0];
    assert_eq!(column.source.pointer(), Some("/a~1b~0c"));
    assert!(!column.required && !column.options.from_string && column.options.round.is_none());
    assert_eq!((schema.unknown_fields(), schema.key()), (UnknownFields::Rescue, KeyType::String));
    assert!(schema.partition_by().is_empty());
}

#[test]
fn every_type_has_its_name() {
    let names = [
        "string",
        "int32",
        "int64",
        "float64",
        "decimal(38,18)",
        "decimal(1,0)",
        "decimal(38,38)",
        "boolean",
        "date",
        "timestamp",
        "timestamp_utc",
        "timestamp_millis",
        "timestamp_seconds",
        "timestamp_micros",
        "timestamp_nanos",
        "date_days",
        "binary",
        "json",
        "array<string>",
        "array<array<decimal(38,18)>>",
        "map<string, json>",
        "struct<a: int32>",
        "struct<a: int32, `b c`: map<string, array<struct<`<,:``>`: binary>>>, Größe: date>",
    ];
    for name in names {
        let schema =
            Schema::parse(columns(&format!(r#"{{"name":"x","type":"{name}"}}"#)).as_bytes()).unwrap();
        assert_eq!(schema.columns()[0].column_type.to_string(), name);
    }
    for name in ["", "String", "int", "timestamp(6)", "json ", "list<string>", "array <string", "array"] {
        let problems = problems(&columns(&format!(r#"{{"name":"x","type":"{name}"}}"#)));
        assert!(problems.len() == 1 && problems[0].contains("unknown type"), "{name}: {problems:?}");
    }
}

#[test]
fn what_is_wrong_with_a_types_parameters_is_explained() {
    const DECIMAL: &str = "expected decimal(p,s), for example decimal(38,18)";
    const STRUCT: &str = "expected struct<name: T, ...>, with names in backticks unless they are words";
    for (name, problem) in [
        ("decimal", DECIMAL),
        ("decimal()", DECIMAL),
        ("decimal(10)", DECIMAL),
        ("decimal(5,-1)", DECIMAL),
        ("decimal(5,2", DECIMAL),
        ("decimal(39,0)", "the precision is at most 38"),
        ("decimal(0,0)", "the precision is at least 1"),
        ("decimal(5,6)", "the scale is at most the precision"),
        ("array<decimal(39,0)>", "type \"decimal(39,0)\": the precision is at most 38"),
        ("struct<>", STRUCT),
        ("struct<a>", STRUCT),
        ("struct<a int32>", STRUCT),
        ("struct<a b: int32>", STRUCT),
        ("struct<`a: int32>", STRUCT),
        ("struct<a: int32,>", STRUCT),
        ("struct<``: int32>", "field name \"\" is empty"),
        ("struct<a: int32, b: int32, A: int32>", "field name \"A\" occurs twice (case is ignored)"),
        ("map<int32, string>", "the keys of a map are string"),
        ("map<string>", "expected map<string, T>"),
        ("map<string, int32, int32>", "expected map<string, T>"),
        ("array<int>", "unknown type \"int\": did you mean int32"),
        ("array<string>>", "unknown type \"string>\""),
        ("array<>", "unknown type \"\""),
        ("array<list<string>>", "unknown type \"list<string>\": did you mean array<string>?"),
        ("STRUCT<a:int>", "did you mean struct<a: int32>?"),
        ("varbinary", "did you mean binary?"),
    ] {
        let problems = problems(&columns(&format!(r#"{{"name":"x","type":"{name}"}}"#)));
        assert!(problems.len() == 1 && problems[0].contains(problem), "{name}: {problems:?}");
    }
}

#[test]
fn spaces_in_a_type_make_no_difference() {
    let spaced = "array< struct <a:int32,`b` : map<string,decimal(9, 2)> > >";
    let schema = Schema::parse(columns(&format!(r#"{{"name":"x","type":"{spaced}"}}"#)).as_bytes()).unwrap();
    let name = "array<struct<a: int32, b: map<string, decimal(9,2)>>>";
    assert_eq!(schema.columns()[0].column_type.to_string(), name);
}

#[test]
fn the_depth_of_types_is_limited() {
    let column = |from: usize, depth: usize| {
        let (from, opening, closing) = ("/a".repeat(from), "array<".repeat(depth), ">".repeat(depth));
        let entry = format!(r#"{{"name":"x","from":"{from}","type":"{opening}int32{closing}"}}"#);
        Schema::parse(columns(&entry).as_bytes())
    };
    assert!(column(1, 127).is_ok());
    assert!(column(64, 64).is_ok());
    for (from, depth) in [(1, 128), (65, 64), (127, 2), (1, 100_000)] {
        let error = column(from, depth).unwrap_err().to_string();
        assert!(error.contains("nested deeper than 128 levels"), "{error}");
    }
}

#[test]
fn all_problems_are_reported_together() {
    let text = r#"{
        "name": "", "version": 1,
        "columns": [
            {"name": "a", "type": "text"},
            {"name": "b", "type": "string", "from": "b"},
            {"name": "c", "type": "string", "round": "half_even"},
            {"name": "d", "type": "date", "from_string": true},
            {"name": "_e", "type": "string"},
            {"name": "f", "type": "string"},
            {"name": "F", "type": "string", "from": "/other"},
            {"name": "", "type": "string", "from": "/g"},
            {"name": "h", "type": "string", "from": "/f/inside"},
            {"name": "i", "type": "decimal(9,2)"}
        ],
        "partition_by": ["f", "f", "missing", "i"]
    }"#;
    let problems = problems(text);
    for part in [
        "name is empty",
        "column \"a\": unknown type \"text\"",
        "column \"b\": from \"b\" is not a JSON pointer",
        "column \"c\": round is not an option of string columns, only of decimal(p,s)",
        "column \"d\": from_string is not an option of date columns, only of int32, int64, float64, decimal(p,s), boolean, date_days",
        "column name \"_e\": names that start with _",
        "column name \"F\" occurs twice",
        "column name \"\"",
        "columns \"f\" and \"h\" read the same field, or one reads inside the other",
        "partition_by names \"f\" twice",
        "partition_by names \"missing\", which is not a column",
        "partition_by names \"i\": a decimal(9,2) column cannot",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:#?}");
    }
    assert_eq!(problems.len(), 12, "{problems:#?}");
}

#[test]
fn the_types_are_listed_once() {
    let text = r#"{"name":"a","type":"geometry"},{"name":"b","type":"int"},{"name":"c","type":"point"}"#;
    let problems = problems(&columns(text));
    let listing = problems.iter().filter(|problem| problem.contains("types are string, binary")).count();
    assert_eq!((problems.len(), listing), (3, 1), "{problems:?}");
    assert!(problems[1].contains("unknown type \"int\": did you mean int32"), "{problems:?}");
}

#[test]
fn every_field_inside_a_column_is_reported() {
    let text = r#"{"name":"a","type":"json"},{"name":"b","type":"string","from":"/a/b"},{"name":"c","type":"string","from":"/a/c"}"#;
    let problems = problems(&columns(text));
    for inner in ["\"b\"", "\"c\""] {
        assert!(problems.iter().any(|problem| problem.contains(inner)), "{inner}: {problems:?}");
    }
}

#[test]
fn similar_names_are_not_inside_one_another() {
    let text = r#"{"name":"a","type":"json"},{"name":"a-b","type":"json"},{"name":"ab","type":"json","from":"/a b/c"},{"name":"d","type":"json","from":"/a~1b"}"#;
    assert_eq!(Schema::parse(columns(text).as_bytes()).unwrap().columns().len(), 4);
}

#[test]
fn unknown_members_and_values_are_errors() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"name":"t","version":1}"#,
        r#"{"name":"t","version":-1,"columns":[]}"#,
        r#"{"name":"t","version":1,"columns":[],"partition":["a"]}"#,
        r#"{"name":"t","version":1,"columns":[],"unknown_fields":"keep"}"#,
        r#"{"name":"t","version":1,"columns":[],"key":"bytes"}"#,
        r#"{"name":"t","version":1,"columns":[{"name":"a","type":"string","requierd":true}]}"#,
        r#"{"name":"t","version":1,"columns":[{"name":"a","type":"decimal(9,2)","round":"up"}]}"#,
        r#"{"name":"t","version":1,"columns":[{"name":"a"}]}"#,
        r#"{"name":"t","version":1,"columns":[]} {}"#,
    ] {
        let problems = problems(text);
        assert!(problems.len() == 1 && problems[0].starts_with("not a schema file"), "{text}: {problems:?}");
    }
}

#[test]
fn a_pointer_follows_rfc_6901() {
    let from = |from: &str| {
        Schema::parse(columns(&format!(r#"{{"name":"x","type":"string","from":"{from}"}}"#)).as_bytes())
    };
    for good in ["/", "/a", "/a/b/0", "/~0~1", "//"] {
        assert!(from(good).is_ok(), "{good}");
    }
    for bad in ["", "a", "a/b", "/~", "/~2", "/a~", "#/a"] {
        assert!(from(bad).is_err(), "{bad}");
    }
    assert!(from(&"/a".repeat(127)).is_ok());
    assert!(from(&"/a".repeat(128)).is_err());
}

#[test]
fn the_length_of_names_and_the_number_of_columns_are_limited() {
    let named =
        |name: &str| Schema::parse(columns(&format!(r#"{{"name":"{name}","type":"string"}}"#)).as_bytes());
    assert!(named(&"x".repeat(100)).is_ok());
    assert!(named(&"x".repeat(101)).is_err());
    assert!(named("a\\nb").is_err());
    let many = |count: usize| {
        let all: Vec<String> =
            (0..count).map(|number| format!(r#"{{"name":"c{number}","type":"string"}}"#)).collect();
        Schema::parse(columns(&all.join(",")).as_bytes())
    };
    assert!(many(table::MAX_COLUMNS).is_ok());
    assert!(many(table::MAX_COLUMNS + 1).unwrap_err().to_string().contains("the maximum is 1000"));
    let nested = |count: usize| {
        let fields: Vec<String> = (0..count).map(|number| format!("f{number}: int32")).collect();
        let entry = format!(
            r#"{{"name":"x","type":"array<struct<{}>>"}},{{"name":"y","type":"map<string, date>"}}"#,
            fields.join(",")
        );
        Schema::parse(columns(&entry).as_bytes())
    };
    assert!(nested(table::MAX_COLUMNS - 2).is_ok());
    let error = nested(table::MAX_COLUMNS - 1).unwrap_err().to_string();
    assert!(
        error.contains("1001 columns, counting those inside nested types; the maximum is 1000"),
        "{error}"
    );
}

#[test]
fn the_canonical_text_is_a_schema_file_for_the_same_schema() {
    let rounded =
        r#"{"name":"x","type":"decimal(9,2)","round":"half_even","from_string":true,"required":true}"#;
    let times = r#"{"name":"t","type":"timestamp_utc","truncate":"micros","offset":"basic"}"#;
    let parse = |text: &str| Schema::parse(columns(text).as_bytes()).unwrap();
    let nested = r#"{"name":"n","type":"struct<`a b`:array<map<string,decimal(9,2)>>>","round":"half_even"}"#;
    for schema in [Schema::gl_journal(), parse(rounded), parse(times), parse(nested)] {
        assert_eq!(Schema::parse(schema.canonical().as_bytes()), Ok(schema));
    }
    assert_eq!(
        Schema::parse(columns(rounded).as_bytes()).unwrap().columns()[0].options.round,
        Some(Rounding::HalfEven)
    );
}
