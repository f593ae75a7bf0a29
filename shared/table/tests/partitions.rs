//! Tests which partition a row belongs to: derived values, and values that are empty.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use chrono::{DateTime, Days, NaiveDate, TimeDelta};
use common::{columns, partition, refusal, schema};
use proptest::prelude::*;
use table::{DEFAULT_PARTITION, EmptyPartition, PartitionKey, Reason, RowJudge, Schema};

/// Returns a schema with one column `x` of this type, and one partition derived from it. `rest` are further members of the partition.
fn derived(column_type: &str, transform: &str, rest: &str) -> Schema {
    let column = format!(r#"{{"name":"x","type":"{column_type}"}}"#);
    let partition = format!(r#"{{"name":"p","from":"x","transform":"{transform}"{rest}}}"#);
    schema(&[&column], &format!(r#","partition_by":[{partition}],"empty_partition":"keep""#))
}

/// Returns the partition value of `{"x": form}`.
#[track_caller]
fn value(column_type: &str, transform: &str, form: &str) -> Option<String> {
    partition(&derived(column_type, transform, ""), &format!(r#"{{"x":{form}}}"#)).remove(0)
}

fn problems(columns: &str, partition_by: &str) -> Vec<String> {
    let text = format!(r#"{{"name":"t","version":1,"columns":[{columns}],"partition_by":[{partition_by}]}}"#);
    Schema::parse(text.as_bytes()).map(|schema| panic!("{schema:?}")).unwrap_err().problems
}

#[test]
fn times_are_in_the_year_month_day_and_hour_that_iceberg_prints() {
    let cases = [
        ("timestamp_utc", r#""2024-06-28T13:28:42.253667Z""#),
        ("timestamp_utc", r#""2024-06-28T01:28:42-12:00""#),
        ("timestamp", r#""2024-06-28T13:59:59.999999""#),
        ("timestamp_millis", "1719579600000"),
        ("timestamp_seconds", "1719579600"),
    ];
    for (column_type, form) in cases {
        let units =
            [("year", "2024"), ("month", "2024-06"), ("day", "2024-06-28"), ("hour", "2024-06-28-13")];
        for (unit, text) in units {
            assert_eq!(value(column_type, unit, form).as_deref(), Some(text), "{column_type} {form}");
        }
    }
    for (unit, text) in [("year", "2024"), ("month", "2024-06"), ("day", "2024-06-28")] {
        assert_eq!(value("date", unit, r#""2024-06-28""#).as_deref(), Some(text));
    }
}

#[test]
fn times_before_1970_and_far_away_are_in_the_unit_that_contains_them() {
    assert_eq!(value("timestamp", "hour", r#""1969-12-31T23:59:59.999999""#).unwrap(), "1969-12-31-23");
    assert_eq!(value("timestamp", "year", r#""0001-01-01T00:00:00""#).unwrap(), "0001");
    assert_eq!(value("date", "month", r#""1582-10-15""#).unwrap(), "1582-10");
    assert_eq!(value("date", "day", r#""9999-12-31""#).unwrap(), "9999-12-31");
}

#[test]
fn a_fixed_offset_moves_the_border_between_days() {
    let day = |offset: &str, form: &str| {
        let schema = derived("timestamp_utc", "day", &format!(r#","offset":"{offset}""#));
        partition(&schema, &format!(r#"{{"x":"{form}"}}"#)).remove(0).unwrap()
    };
    assert_eq!(day("+02:00", "2024-06-28T21:59:59Z"), "2024-06-28");
    assert_eq!(day("+02:00", "2024-06-28T22:00:00Z"), "2024-06-29");
    assert_eq!(day("-05:30", "2024-06-28T05:29:59Z"), "2024-06-27");
    assert_eq!(day("Z", "2024-06-28T00:00:00+02:00"), "2024-06-27");
    assert_eq!(day("-12:00", "0001-01-01T00:00:00Z"), "0000-12-31", "the year before the first");
    assert_eq!(day("+14:00", "9999-12-31T23:00:00Z"), "10000-01-01");
}

#[test]
fn buckets_are_those_of_iceberg() {
    // The hashes are those of the specification's appendix B.
    let bucket = |hash: i32| Some(((hash & i32::MAX) % 1000).to_string());
    let cases = [
        ("int32", "34", 2_017_239_379),
        ("int64", "34", 2_017_239_379),
        ("decimal(9,2)", "14.20", -500_754_589),
        ("decimal(38,2)", "14.2", -500_754_589),
        ("date", r#""2017-11-16""#, -653_330_422),
        ("timestamp", r#""2017-11-16T22:31:08""#, -2_047_944_441),
        ("timestamp_utc", r#""2017-11-16T14:31:08-08:00""#, -2_047_944_441),
        ("timestamp", r#""2017-11-16T22:31:08.000001""#, -1_207_196_810),
        ("timestamp_seconds", "1510871468.000001", -1_207_196_810),
        ("string", r#""iceberg""#, 1_210_000_089),
        ("binary", r#""AAECAw==""#, -188_683_207),
        ("date_days", "17486", -653_330_422),
        ("string", r#""ice\u0062erg""#, 1_210_000_089),
    ];
    for (column_type, form, hash) in cases {
        assert_eq!(value(column_type, "bucket[1000]", form), bucket(hash), "{column_type} {form}");
    }
    assert_eq!(
        value("string", "bucket[1]", r#""""#).unwrap(),
        "0",
        "the bucket of the empty string isn't empty"
    );
}

#[test]
fn numbers_are_truncated_downwards_and_text_after_its_first_characters() {
    // The first lines are the examples of the specification.
    let cases = [
        ("int32", "truncate[10]", "1", "0"),
        ("int64", "truncate[10]", "-1", "-10"),
        ("decimal(9,2)", "truncate[50]", "10.65", "10.50"),
        ("string", "truncate[3]", r#""iceberg""#, "ice"),
        ("int64", "truncate[2147483647]", "9223372036854775807", "9223372036854775806"),
        ("int32", "truncate[1]", "-2147483648", "-2147483648"),
        ("decimal(9,2)", "truncate[50]", "-0.01", "-0.50"),
        ("decimal(38,38)", "truncate[7]", "0", "0E-38"),
        (
            "decimal(38,0)",
            "truncate[1]",
            "-99999999999999999999999999999999999999",
            "-99999999999999999999999999999999999999",
        ),
        ("string", "truncate[3]", r#""ab""#, "ab"),
        ("string", "truncate[2]", r#""日\u672c語""#, "日本"),
        ("string", "truncate[1]", r#""\ud83d\ude00x""#, "😀"),
        ("string", "truncate[3]", r#""""#, ""),
        ("binary", "truncate[2]", r#""AAECAw==""#, "AAE="),
        ("binary", "truncate[9]", r#""AAECAw==""#, "AAECAw=="),
    ];
    for (column_type, transform, form, text) in cases {
        assert_eq!(
            value(column_type, transform, form).as_deref(),
            Some(text),
            "{column_type} {transform} {form}"
        );
    }
}

#[test]
fn a_truncated_number_that_its_type_cannot_hold_is_refused() {
    let cases = [
        ("int32", "truncate[10]", "-2147483648"),
        ("int64", "truncate[10]", "-9223372036854775808"),
        ("decimal(2,0)", "truncate[50]", "-51"),
        ("decimal(38,0)", "truncate[10]", "-99999999999999999999999999999999999999"),
    ];
    for (column_type, transform, form) in cases {
        let found = refusal(&derived(column_type, transform, ""), &format!(r#"{{"x":{form}}}"#));
        assert_eq!((found.reason, found.field.as_deref()), (Reason::OutOfRange, Some("x")), "{column_type}");
        assert!(found.message.contains(&format!("partition p, {transform} of x,")), "{}", found.message);
    }
}

#[test]
fn null_and_missing_fields_are_null_in_every_partition() {
    let cases = [
        ("string", "identity"),
        ("date", "day"),
        ("timestamp", "hour"),
        ("int32", "bucket[4]"),
        ("decimal(9,2)", "truncate[4]"),
    ];
    for (column_type, transform) in cases {
        assert_eq!(value(column_type, transform, "null"), None);
        assert_eq!(partition(&derived(column_type, transform, ""), "{}"), [None]);
    }
}

#[test]
fn the_source_of_a_derived_partition_stays_in_the_file() {
    let both = schema(
        &[r#"{"name":"x","type":"string"}"#, r#"{"name":"y","type":"string"}"#],
        r#","unknown_fields":"ignore","partition_by":["x",{"name":"x1","from":"x","transform":"truncate[1]"},{"name":"y2","from":"y","transform":"identity"}]"#,
    );
    let row = r#"{"x":"EUR","y":"a"}"#;
    assert_eq!(partition(&both, row), ["EUR", "E", "a"].map(|text| Some(text.to_owned())));
    assert_eq!(columns(&both, &[row]).len(), 1, "y: x is a partition itself");
}

#[test]
fn a_partition_can_be_derived_from_the_time_at_which_the_record_was_enqueued() {
    let schema = schema(
        &[r#"{"name":"x","type":"string"}"#],
        r#","partition_by":[{"name":"hour","from":"_enqueued_at","transform":"hour","offset":"+05:30"},{"name":"part","from":"_enqueued_at","transform":"bucket[8]"}]"#,
    );
    let mut judge = RowJudge::new(&schema);
    let mut values = |enqueued_at| -> Vec<Option<String>> {
        let row = judge.judge(None, br#"{"x":"a"}"#, enqueued_at).unwrap();
        row.partition.values().map(|value| value.map(str::to_owned)).collect()
    };
    let at = values(Some(1_719_563_322_261_000));
    assert_eq!(at[0].as_deref(), Some("2024-06-28-13"));
    assert!(at[1].as_ref().unwrap().parse::<u32>().unwrap() < 8);
    assert_eq!(values(None), [None, None]);
    for far in [i64::MIN, i64::MAX] {
        assert!(values(Some(far))[0].is_some(), "{far}");
    }
}

#[test]
fn equal_values_have_equal_keys_whatever_they_are_derived_from() {
    let schema = derived("timestamp_utc", "day", "");
    let mut judge = RowJudge::new(&schema);
    let mut key = |time: &str| {
        judge.judge(None, format!(r#"{{"x":"{time}"}}"#).as_bytes(), None).unwrap().partition.0.to_vec()
    };
    let first = key("2024-06-28T00:00:00Z");
    assert_eq!(first, key("2024-06-28T23:59:59.999999Z"));
    assert_ne!(first, key("2024-06-29T00:00:00Z"));
    assert_eq!(table::partition_path(["p"], PartitionKey(&first)).unwrap(), "p=2024-06-28");
}

fn with_policy(column: &str, partition_by: &str, policy: Option<&str>) -> Schema {
    let policy = policy.map_or(String::new(), |policy| format!(r#","empty_partition":"{policy}""#));
    schema(&[column], &format!(r#","partition_by":[{partition_by}]{policy}"#))
}

const TEXT: &str = r#"{"name":"x","type":"string"}"#;
const BINARY: &str = r#"{"name":"x","type":"binary"}"#;
const DERIVED: &str = r#"{"name":"p","from":"x","transform":"truncate[26]"}"#;

#[test]
fn an_empty_partition_value_is_refused_unless_the_schema_says_otherwise() {
    for partition_by in [r#""x""#, DERIVED] {
        for policy in [None, Some("quarantine")] {
            let schema = with_policy(TEXT, partition_by, policy);
            assert_eq!(schema.empty_partition(), Some(EmptyPartition::Quarantine));
            for text in ["", DEFAULT_PARTITION] {
                let found = refusal(&schema, &format!(r#"{{"x":"{text}"}}"#));
                let expected = (Reason::EmptyPartitionValue, Some("x"));
                assert_eq!((found.reason, found.field.as_deref()), expected, "{}", found.message);
            }
            assert_eq!(partition(&schema, "{}"), [None], "null is not empty");
            assert_eq!(partition(&schema, r#"{"x":" "}"#), [Some(" ".into())]);
        }
    }
    assert_eq!(
        refusal(&with_policy(BINARY, DERIVED, None), r#"{"x":""}"#).reason,
        Reason::EmptyPartitionValue
    );
    let long = format!(r#"{{"x":"{DEFAULT_PARTITION}, and more"}}"#);
    assert_eq!(refusal(&with_policy(TEXT, DERIVED, None), &long).reason, Reason::EmptyPartitionValue);
    assert!(partition(&with_policy(TEXT, r#""x""#, None), &long)[0].is_some());
}

#[test]
fn an_empty_partition_value_can_be_kept_or_made_null() {
    for text in ["", DEFAULT_PARTITION] {
        let value = format!(r#"{{"x":"{text}"}}"#);
        for partition_by in [r#""x""#, DERIVED] {
            assert_eq!(
                partition(&with_policy(TEXT, partition_by, Some("keep")), &value),
                [Some(text.into())]
            );
            assert_eq!(partition(&with_policy(TEXT, partition_by, Some("null")), &value), [None]);
        }
        let required = r#"{"name":"x","type":"string","required":true}"#;
        let found = refusal(&with_policy(required, r#""x""#, Some("null")), &value);
        assert_eq!((found.reason, found.field.as_deref()), (Reason::MissingRequired, Some("x")));
        // The column keeps its value, so it isn't null.
        assert_eq!(partition(&with_policy(required, DERIVED, Some("null")), &value), [None]);
    }
}

#[test]
fn a_schema_that_is_not_affected_has_the_same_canonical_text_as_before() {
    let canonical = |column: &str, rest: &str| schema(&[column], rest).canonical();
    let date = r#"{"name":"x","type":"date"}"#;
    let plain = r#"{"name":"t","version":1,"columns":[{"name":"x","type":"date","from":"/x","required":false,"from_string":false}],"partition_by":["x"],"unknown_fields":"rescue","key":"string"}"#;
    assert_eq!(canonical(date, r#","partition_by":["x"]"#), plain);
    assert_eq!(canonical(date, r#","partition_by":["x"],"empty_partition":"keep""#), plain);
    let same = r#","partition_by":[{"name":"x","from":"x","transform":"identity"}]"#;
    assert_eq!(canonical(date, same), plain, "another way to write the column itself");
    assert!(!canonical(TEXT, "").contains("empty_partition"), "nothing is partitioned");
    // The default decides which rows get in, so it is part of what identifies a run.
    assert!(canonical(TEXT, r#","partition_by":["x"]"#).contains(r#""empty_partition":"quarantine""#));
    for policy in ["keep", "null", "quarantine"] {
        let former = with_policy(TEXT, r#""x""#, Some(policy)).former_canonical().unwrap();
        assert_eq!(former, plain.replace("date", "string"));
    }
    assert_eq!(with_policy(date, r#""x""#, None).former_canonical(), None);
}

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

/// Returns the texts of a number of microseconds since 1970 as year, month, day and hour, by chrono.
fn known(micros: i64) -> [String; 4] {
    let time = DateTime::from_timestamp_micros(micros).unwrap();
    ["%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d-%H"].map(|format| time.format(format).to_string())
}

/// Returns the only partition value of a judge's schema for `{"x": form}`.
fn judged(judge: &mut RowJudge, form: &str) -> Option<String> {
    let value = format!(r#"{{"x":{form}}}"#);
    judge.judge(None, value.as_bytes(), None).unwrap().partition.values().next().unwrap().map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn units_of_time_agree_with_chrono(
        micros in -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
        offset in -1439..=1439_i64,
    ) {
        let time = DateTime::from_timestamp_micros(micros).unwrap();
        let sign = if offset < 0 { '-' } else { '+' };
        let rest = format!(r#","offset":"{sign}{:02}:{:02}""#, offset.abs() / 60, offset.abs() % 60);
        let shifted = micros + offset * 60_000_000;
        // chrono writes a sign outside of the years 0 to 9999.
        let shifted_text = (-62_167_219_200_000_000..=253_402_300_799_999_999).contains(&shifted).then(|| known(shifted));
        for (at, unit) in ["year", "month", "day", "hour"].into_iter().enumerate() {
            let form = format!("\"{}\"", time.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
            let utc = judged(&mut RowJudge::new(&derived("timestamp_utc", unit, "")), &form);
            prop_assert_eq!(utc.as_ref(), Some(&known(micros)[at]));
            let there = judged(&mut RowJudge::new(&derived("timestamp_utc", unit, &rest)), &form);
            if let Some(texts) = &shifted_text {
                prop_assert_eq!(there.as_ref(), Some(&texts[at]), "{}", rest);
            }
        }
    }

    #[test]
    fn a_day_is_the_same_day_as_a_date_and_as_a_time(days in 0..3_652_058_u64) {
        let date = NaiveDate::from_ymd_opt(1, 1, 1).unwrap().checked_add_days(Days::new(days)).unwrap();
        let last = date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::microseconds(86_399_999_999);
        for unit in ["year", "month", "day"] {
            let as_date = judged(&mut RowJudge::new(&derived("date", unit, "")), &format!("\"{date}\""));
            let form = format!("\"{}\"", last.format("%Y-%m-%dT%H:%M:%S%.6f"));
            prop_assert_eq!(as_date, judged(&mut RowJudge::new(&derived("timestamp", unit, "")), &form));
        }
    }

    #[test]
    fn a_truncated_integer_is_the_multiple_below(value: i64, width in 1..=i32::MAX as u32) {
        let schema = derived("int64", &format!("truncate[{width}]"), "");
        let below = i128::from(value).div_euclid(width.into()) * i128::from(width);
        match RowJudge::new(&schema).judge(None, format!(r#"{{"x":{value}}}"#).as_bytes(), None) {
            Ok(row) => prop_assert_eq!(row.partition.values().next().unwrap(), Some(&*below.to_string())),
            Err(refusal) => {
                prop_assert_eq!(refusal.reason, Reason::OutOfRange);
                prop_assert!(below < i64::MIN.into());
            }
        }
    }

    #[test]
    fn a_truncated_text_is_its_first_characters(text in any::<String>(), width in 1..12_usize) {
        let schema = derived("string", &format!("truncate[{width}]"), "");
        let first: String = text.chars().take(width).collect();
        let form = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(judged(&mut RowJudge::new(&schema), &form), Some(first));
    }

    #[test]
    fn a_bucket_depends_on_the_value_and_not_on_how_it_is_written(value in any::<i32>(), buckets in 1..=i32::MAX as u32) {
        let bucket = |column_type: &str, form: &str| {
            let schema = derived(column_type, &format!("bucket[{buckets}]"), "");
            judged(&mut RowJudge::new(&schema), form).unwrap().parse::<u32>().unwrap()
        };
        let plain = bucket("int32", &value.to_string());
        prop_assert!(plain < buckets);
        prop_assert_eq!(plain, bucket("int64", &format!("{value}.0")), "a widened column keeps its buckets");
        let decimal = bucket("decimal(12,2)", &value.to_string());
        prop_assert_eq!(decimal, bucket("decimal(38,2)", &format!("{value}.00")));
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
