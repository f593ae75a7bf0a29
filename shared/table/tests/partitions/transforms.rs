//! The values of derived partitions.

use crate::common::{columns, partition, refusal, schema};
use crate::derived_column::{derived, value};
use table::{PartitionKey, Reason, RowJudge};

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
