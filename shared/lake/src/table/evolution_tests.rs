#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use serde_json::{Value, json};

const LAKE: &str = r#"{
    "name": "t", "version": 2,
    "columns": [
        {"name": "a", "type": "int32", "required": true},
        {"name": "b", "type": "string"},
        {"name": "p", "type": "string"}
    ],
    "partition_by": ["p"]
}"#;

fn schema(json: &Value) -> Arc<Schema> {
    Arc::new(Schema::parse(json.to_string().as_bytes()).unwrap())
}

fn lake() -> Value {
    serde_json::from_str(LAKE).unwrap()
}

/// Returns the lake's schema after a change, with this version.
fn changed(version: u32, change: impl FnOnce(&mut Value)) -> Arc<Schema> {
    let mut json = lake();
    json["version"] = version.into();
    change(&mut json);
    schema(&json)
}

fn table() -> TableDocument {
    TableDocument::new(&schema(&lake()))
}

fn add(json: &mut Value, column: Value) {
    json["columns"].as_array_mut().unwrap().push(column);
}

fn ids(table: &TableDocument) -> Vec<(String, u32, bool)> {
    table.fields().iter().map(|field| (field.path.join("."), field.id, field.dropped)).collect()
}

/// A change of the lake's schema: what it is, the version it has, and the change itself.
type Case = (&'static str, u32, fn(&mut Value));

#[test]
fn what_is_allowed() {
    let cases: [Case; 12] = [
        ("the same schema", 2, |_| {}),
        ("a higher version of the same", 3, |_| {}),
        ("an older version of the same", 1, |_| {}),
        ("a new nullable column", 3, |json| add(json, json!({"name": "c", "type": "date"}))),
        ("a new column with an id of its own", 3, |json| {
            add(json, json!({"name": "c", "type": "date", "id": 9}))
        }),
        ("a dropped column", 3, |json| drop(json["columns"].as_array_mut().unwrap().remove(1))),
        ("a dropped required column", 3, |json| drop(json["columns"].as_array_mut().unwrap().remove(0))),
        ("columns in another order", 2, |json| json["columns"].as_array_mut().unwrap().reverse()),
        ("a required column that becomes nullable", 3, |json| json["columns"][0]["required"] = false.into()),
        ("other options", 2, |json| json["columns"][0]["from_string"] = true.into()),
        ("another source field", 2, |json| json["columns"][1]["from"] = "/body/b".into()),
        ("another rule for unknown fields", 2, |json| json["unknown_fields"] = "ignore".into()),
    ];
    for (what, version, change) in cases {
        let fit = table().admit(&changed(version, change));
        assert!(fit.is_ok(), "{what}: {fit:?}");
        assert_eq!(matches!(fit, Ok(Fit::Newer(_))), version > 2, "{what}");
    }
}

#[test]
fn what_is_refused_and_how_both_sides_are_named() {
    let cases: [(Case, &str); 16] = [
        (
            ("another name", 3, |json| json["name"] = "u".into()),
            "name: the lake's is t, and the schema's is u",
        ),
        (
            ("no partitions", 3, |json| json["partition_by"] = json!([])),
            r#"partition_by: the lake's is ["p"], and the schema's is []"#,
        ),
        (
            ("other partitions", 3, |json| json["partition_by"] = json!(["b"])),
            r#"the lake's is ["p"], and the schema's is ["b"]"#,
        ),
        (
            ("another key", 3, |json| json["key"] = "binary".into()),
            "key: the lake's is string, and the schema's is binary",
        ),
        (
            ("a wider integer", 3, |json| json["columns"][0]["type"] = "int64".into()),
            "column \"a\": the lake's is int32, and the schema's is int64",
        ),
        (
            ("another type", 3, |json| json["columns"][1]["type"] = "date".into()),
            "column \"b\": the lake's is string, and the schema's is date",
        ),
        (
            ("another type in an older version", 1, |json| json["columns"][1]["type"] = "date".into()),
            "column \"b\": the lake's is string, and the schema's is date",
        ),
        (
            ("a nullable column that becomes required", 3, |json| {
                json["columns"][1]["required"] = true.into()
            }),
            "column \"b\": it is nullable in the lake, and required in the schema",
        ),
        (
            ("a new required column", 3, |json| {
                add(json, json!({"name": "c", "type": "date", "required": true}))
            }),
            "column \"c\": it is new, and must be nullable",
        ),
        (
            ("a new column without a new version", 2, |json| add(json, json!({"name": "c", "type": "date"}))),
            "column \"c\": version 2 of the lake does not have it: give the schema a version higher than 2",
        ),
        (
            ("an older version with another column", 1, |json| {
                add(json, json!({"name": "c", "type": "date"}))
            }),
            "column \"c\": version 2 of the lake does not have it",
        ),
        (
            ("a dropped column without a new version", 2, |json| {
                drop(json["columns"].as_array_mut().unwrap().remove(1))
            }),
            "version 2 of the lake has a column \"b\", and the schema does not",
        ),
        (
            ("a name in other case", 3, |json| json["columns"][1]["name"] = "B".into()),
            "column \"B\": the lake has \"b\", which differs only in case",
        ),
        (
            ("another id", 3, |json| json["columns"][1]["id"] = 7.into()),
            "column \"b\": its id is 2 in the lake, and 7 in the schema",
        ),
        (
            ("a used id", 3, |json| add(json, json!({"name": "c", "type": "date", "id": 2}))),
            "column \"c\": its id 2 belongs to \"b\" in the lake",
        ),
        (
            ("a renamed column", 3, |json| {
                json["columns"][1]["name"] = "bb".into();
                json["columns"][1]["id"] = 2.into();
            }),
            "column \"bb\": its id 2 belongs to \"b\" in the lake",
        ),
    ];
    for ((what, version, change), expected) in cases {
        let refused = table().admit(&changed(version, change)).expect_err(what).to_string();
        assert!(refused.contains(expected), "{what}: {refused}");
    }
}

#[test]
fn all_problems_of_the_columns_are_named_together() {
    let other = changed(3, |json| {
        json["columns"][0]["type"] = "int64".into();
        json["columns"][1]["type"] = "date".into();
    });
    assert_eq!(table().admit(&other).unwrap_err().problems.len(), 2);
}

#[test]
fn ids_follow_the_order_of_arrival_and_are_never_used_again() {
    let first = table();
    assert_eq!(ids(&first), [("a".into(), 1, false), ("b".into(), 2, false), ("p".into(), 3, false)]);
    let without_b = changed(3, |json| drop(json["columns"].as_array_mut().unwrap().remove(1)));
    let Fit::Newer(second) = first.admit(&without_b).unwrap() else { panic!("a newer version") };
    let with_b_and_c = changed(4, |json| {
        json["columns"].as_array_mut().unwrap().insert(0, json!({"name": "c", "type": "date"}))
    });
    let Fit::Newer(third) = second.admit(&with_b_and_c).unwrap() else { panic!("a newer version") };
    let expected = [("a", 1, false), ("b", 2, true), ("p", 3, false), ("c", 4, false), ("b", 5, false)];
    assert_eq!(ids(&third), expected.map(|(name, id, dropped)| (name.to_owned(), id, dropped)));
    assert_eq!(third.admit(&without_b), Ok(Fit::Covered), "the older version goes on");
    assert_eq!(TableDocument::parse(&third.to_bytes()).as_ref(), Ok(&*third));
}

#[test]
fn a_dropped_column_does_not_come_back_with_another_type() {
    let without_b = changed(3, |json| drop(json["columns"].as_array_mut().unwrap().remove(1)));
    let Fit::Newer(second) = table().admit(&without_b).unwrap() else { panic!("a newer version") };
    let other_b = changed(4, |json| json["columns"][1]["type"] = "date".into());
    let refused = second.admit(&other_b).unwrap_err().to_string();
    assert!(refused.contains("the lake's was, before it was dropped, string"), "{refused}");
}

#[test]
fn stated_ids_are_kept_and_the_others_come_after_them() {
    let stated = schema(&json!({"name": "t", "version": 1, "columns": [
        {"name": "a", "type": "int32"}, {"name": "b", "type": "int32", "id": 40}, {"name": "c", "type": "int32", "id": 2}
    ]}));
    assert_eq!(
        ids(&TableDocument::new(&stated)),
        [("c".into(), 2, false), ("b".into(), 40, false), ("a".into(), 41, false)]
    );
}

#[test]
fn a_document_that_is_none_is_refused() {
    let text = String::from_utf8(table().to_bytes()).unwrap();
    assert_eq!(TableDocument::parse(text.as_bytes()), Ok(table()));
    for (from, to, expected) in [
        ("\"format\": 1", "\"format\": 9", "unknown format 9"),
        ("\"id\": 2", "\"id\": 1", "field ids"),
        ("\"id\": 3", "\"id\": 4", "field ids"),
        ("\"last_id\"", "\"delta\": true, \"last_id\"", "delta"),
        ("\"b\"\n", "\"x\"\n", "has no id"),
        ("\"name\": \"t\",\n  \"version\"", "\"name\": \"u\",\n  \"version\"", "those of its schema"),
        ("\"int32\"", "\"int33\"", "int33"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let broken = match from {
            "\"int32\"" => text.replace(from, to),
            _ => text.replacen(from, to, 1),
        };
        let problem = TableDocument::parse(broken.as_bytes()).expect_err(to);
        assert!(problem.contains(expected), "{to}: {problem}");
    }
}
