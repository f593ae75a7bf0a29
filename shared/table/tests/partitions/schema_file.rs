//! Partitions in schema files.

use crate::common::schema;
use crate::derived_column::{TEXT, derived, problems};
use table::Schema;

#[test]
fn the_canonical_text_of_derived_partitions_is_a_schema_file_for_the_same_schema() {
    let schema = schema(
        &[TEXT, r#"{"name":"at","type":"timestamp_utc"}"#],
        r#","empty_partition":"null","partition_by":[
            {"transform":"day","name":"day","from":"at","offset":"+02:00"},
            {"name":"hour","from":"_enqueued_at","transform":"hour","offset":"Z"},
            "x",{"name":"b","from":"x","transform":"bucket[16]"}]"#,
    );
    let partition_by = r#""partition_by":[{"name":"day","from":"at","transform":"day","offset":"+02:00"},{"name":"hour","from":"_enqueued_at","transform":"hour"},"x",{"name":"b","from":"x","transform":"bucket[16]"}]"#;
    assert!(schema.canonical().contains(partition_by), "{}", schema.canonical());
    assert_eq!(Schema::parse(schema.canonical().as_bytes()), Ok(schema));
}

/// Returns the transforms that take values of a type.
fn transforms_of(column_type: &str) -> &'static [&'static str] {
    match column_type {
        "string" | "int32" | "int64" => &["identity", "bucket[4]", "truncate[4]"],
        "decimal(9,2)" | "binary" => &["bucket[4]", "truncate[4]"],
        "boolean" => &["identity"],
        "date" | "date_days" => &["identity", "year", "month", "day", "bucket[4]"],
        name if name.starts_with("timestamp") => &["year", "month", "day", "hour", "bucket[4]"],
        _ => &[],
    }
}

#[test]
fn a_transform_takes_only_types_that_suit_it() {
    let names = table::ColumnType::REFERENCE.iter().map(|reference| reference.name.replace("p,s", "9,2"));
    // A nested type has many names. These are as they are written in messages.
    let nested = ["array<int32>", "struct<a: string>", "map<string, date>"].map(str::to_owned);
    for column_type in names.filter(|name| !name.contains('<')).chain(nested) {
        for transform in ["identity", "year", "month", "day", "hour", "bucket[4]", "truncate[4]"] {
            if transforms_of(&column_type).contains(&transform) {
                derived(&column_type, transform, "");
                continue;
            }
            let column = format!(r#"{{"name":"x","type":"{column_type}"}}"#);
            let problems =
                problems(&column, &format!(r#"{{"name":"p","from":"x","transform":"{transform}"}}"#));
            let expected = format!("which is {column_type}");
            assert!(problems.len() == 1 && problems[0].ends_with(&expected), "{transform}: {problems:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_partition_is_explained() {
    let two = r#"{"name":"x","type":"string"},{"name":"At","type":"timestamp_utc"},{"name":"d","type":"date"},{"name":"local","type":"timestamp"}"#;
    let entry = |name: &str, from: &str, rest: &str| format!(r#"{{"name":"{name}","from":"{from}",{rest}}}"#);
    let day = r#""transform":"day""#;
    for (partition_by, problem) in [
        (entry("at", "At", day), "partition \"at\": a column has this name"),
        (
            entry("At", "At", day),
            "partition \"At\": the column that it is derived from has this name; day needs another",
        ),
        (entry("_day", "At", day), "names that start with _ are reserved"),
        (entry("", "At", day), "a name has 1 to 100 bytes"),
        (entry("day", "at", day), "\"at\" is neither a column nor _enqueued_at"),
        (entry("day", "_offset", day), "\"_offset\" is neither a column nor _enqueued_at"),
        (entry("day", "x", day), "day takes dates and timestamps, not \"x\", which is string"),
        (entry("hour", "d", r#""transform":"hour""#), "hour takes timestamps, not \"d\", which is date"),
        (
            entry("now", "_enqueued_at", r#""transform":"identity""#),
            "identity takes strings, integers, booleans and dates",
        ),
        (entry("day", "At", r#""transform":"days""#), "did you mean day?"),
        (entry("day", "At", r#""transform":"day","offset":"Europe/Berlin""#), "whose rules change"),
        (
            entry("day", "d", r#""transform":"day","offset":"+02:00""#),
            "an offset has no effect on \"d\", which is date",
        ),
        (
            entry("day", "local", r#""transform":"day","offset":"+02:00""#),
            "an offset has no effect on \"local\"",
        ),
        (entry("b", "x", r#""transform":"bucket[4]","offset":"+02:00""#), "bucket[4] has no offset"),
        (r#""At""#.into(), "a timestamp_utc column cannot be a partition column; derive a partition from it"),
        (r#""_enqueued_at""#.into(), "it is only in the files; derive a partition from it"),
        (r#""x", "x""#.into(), "partition_by names \"x\" twice"),
        (
            format!("{},{}", entry("day", "At", day), entry("DAY", "d", day)),
            "partition_by names \"DAY\" twice",
        ),
        (
            format!("{},{}", entry("a", "At", day), entry("b", "At", day)),
            "partitions \"a\" and \"b\" have the same values",
        ),
    ] {
        let problems = problems(two, &partition_by);
        assert!(problems.len() == 1 && problems[0].contains(problem), "{problem}: {problems:?}");
    }
    let unknown_type = r#"{"name":"x","type":"text"}"#;
    for partition_by in [r#""x""#.to_owned(), entry("p", "x", day)] {
        assert_eq!(problems(unknown_type, &partition_by).len(), 1, "the column's problem is the only one");
    }
    let several = problems(two, &entry("_x", "none", r#""transform":"week""#));
    assert_eq!(several.len(), 3, "all problems are reported: {several:?}");
    let many = problems(two, &vec![r#""x""#; 1001].join(","));
    assert!(many[0].contains("1001 entries in partition_by; the maximum is 1000"), "{:?}", many[0]);
}

#[test]
fn an_entry_of_another_form_is_not_a_schema_file() {
    for (entry, problem) in [
        ("7", "the name of a column, or an object"),
        (r#"{"name":"p","from":"x"}"#, "missing field `transform`"),
        (r#"{"name":"p","from":"x","transform":"day","zone":"CET"}"#, "unknown field `zone`"),
        (r#"{"name":"p","from":"x","transform":7}"#, "expected a string"),
    ] {
        let problems = problems(TEXT, entry);
        assert!(problems.len() == 1 && problems[0].contains(problem), "{problems:?}");
    }
}

#[test]
fn a_reader_can_declare_every_partition_with_a_type_that_represents_its_values() {
    let columns = r#"{"name": "s", "type": "string", "required": true}, {"name": "i", "type": "int32"},
        {"name": "d", "type": "decimal(9,2)"}, {"name": "b", "type": "binary"}, {"name": "t", "type": "timestamp", "required": true}"#;
    let partition_by = r#""s", {"name": "i1", "from": "i", "transform": "truncate[10]"},
        {"name": "d1", "from": "d", "transform": "truncate[10]"}, {"name": "b1", "from": "b", "transform": "truncate[2]"},
        {"name": "y", "from": "t", "transform": "year"}, {"name": "day", "from": "t", "transform": "day"},
        {"name": "h", "from": "_enqueued_at", "transform": "hour"}, {"name": "n", "from": "s", "transform": "bucket[4]"}"#;
    let fields = |policy: &str| {
        let text = format!(
            r#"{{"name": "t", "version": 1, "columns": [{columns}], "partition_by": [{partition_by}], "empty_partition": "{policy}"}}"#
        );
        Schema::parse(text.as_bytes()).unwrap().partition_columns()
    };
    let shown: Vec<String> = fields("keep")
        .iter()
        .map(|field| format!("{} {} {}", field.name(), field.data_type(), field.is_nullable()))
        .collect();
    assert_eq!(
        shown,
        [
            "s Utf8 false",
            "i1 Int32 true",
            "d1 Decimal128(9, 2) true",
            "b1 Utf8 true",
            "y Utf8 false",
            "day Date32 false",
            "h Utf8 true",
            "n Int32 false",
        ]
    );
    assert!(fields("null")[0].is_nullable());
}
