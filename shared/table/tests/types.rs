//! Tests each column type: what it accepts, what it refuses and why, and what Arrow holds.

mod common;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use common::{columns, of_type, partition, refuses, schema};
use table::{Reason, Schema};

/// Returns the values that the forms of `x` become.
fn accepted<T: ArrowPrimitiveType>(schema: &Schema, forms: &[&str]) -> Vec<Option<T::Native>> {
    let values: Vec<String> = forms.iter().map(|form| format!(r#"{{"x": {form}}}"#)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    columns(schema, &values)[0].as_primitive::<T>().iter().collect()
}

fn texts(schema: &Schema, forms: &[&str]) -> Vec<Option<String>> {
    let values: Vec<String> = forms.iter().map(|form| format!(r#"{{"x": {form}}}"#)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    columns(schema, &values)[0].as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

const NOT_NUMBERS: [&str; 5] = [r#""42""#, r#""""#, "true", "[1]", r#"{"a":1}"#];

#[test]
fn strings_are_unchanged() {
    let string = of_type("string");
    let forms = [r#""""#, r#"" a ""#, r#""\u00e9\n\ud83d\ude00""#, r#""00042""#, "null"];
    let expected = [Some(""), Some(" a "), Some("é\n😀"), Some("00042"), None];
    assert_eq!(texts(&string, &forms), expected.map(|text| text.map(str::to_owned)));
    refuses(&string, Reason::TypeMismatch, &["42", "5.7", "true", "[]", "{}"]);
}

#[test]
fn an_int32_accepts_whole_numbers_in_range() {
    let int32 = of_type("int32");
    let forms = ["0", "-0", "2147483647", "-2147483648", "5.0", "50e-1", "2.5e1", "null"];
    let expected = [Some(0), Some(0), Some(i32::MAX), Some(i32::MIN), Some(5), Some(5), Some(25), None];
    assert_eq!(accepted::<Int32Type>(&int32, &forms), expected);
    refuses(
        &int32,
        Reason::OutOfRange,
        &["2147483648", "-2147483649", "1e10", "1e400", "99999999999999999999"],
    );
    refuses(&int32, Reason::TypeMismatch, &["5.7", "1e-1", "0.0000001"]);
    refuses(&int32, Reason::TypeMismatch, &NOT_NUMBERS);
}

#[test]
fn an_int64_accepts_whole_numbers_in_range() {
    let int64 = of_type("int64");
    let forms = [
        "9223372036854775807",
        "-9223372036854775808",
        "9007199254740993",
        "1e18",
        "9223372036854775807.000",
    ];
    let expected = [i64::MAX, i64::MIN, 9_007_199_254_740_993, 10_i64.pow(18), i64::MAX];
    assert_eq!(accepted::<Int64Type>(&int64, &forms), expected.map(Some));
    refuses(&int64, Reason::OutOfRange, &["9223372036854775808", "-9223372036854775809", "1e19"]);
    refuses(&int64, Reason::TypeMismatch, &["5.7", "1e-400"]);
    refuses(&int64, Reason::TypeMismatch, &NOT_NUMBERS);
}

#[test]
fn a_float64_is_the_nearest_and_finite() {
    let float64 = of_type("float64");
    let got = accepted::<Float64Type>(&float64, &["0.1", "1", "-1.5e300", "5e-324", "0e999", "null"]);
    assert_eq!(got, [Some(0.1), Some(1.0), Some(-1.5e300), Some(5e-324), Some(0.0), None]);
    refuses(&float64, Reason::OutOfRange, &["1e309", "-1e309", "1e-400", "1e99999999999999999999"]);
    refuses(&float64, Reason::TypeMismatch, &NOT_NUMBERS);
}

#[test]
fn a_decimal_keeps_the_digits_as_sent() {
    let decimal = of_type("decimal(38,18)");
    let forms = [
        "8043.517930780035",
        "-0.000000000000000001",
        "1e3",
        "1.50E-1",
        "0.10",
        "null",
        "99999999999999999999.999999999999999999",
    ];
    let expected = [
        Some(8_043_517_930_780_035_000_000),
        Some(-1),
        Some(10_i128.pow(21)),
        Some(150_000_000_000_000_000),
        Some(100_000_000_000_000_000),
        None,
        Some(10_i128.pow(38) - 1),
    ];
    assert_eq!(accepted::<Decimal128Type>(&decimal, &forms), expected);
    refuses(
        &decimal,
        Reason::PrecisionLost,
        &["0.0000000000000000001", "1e-19", "1.1234567890123456789", "1e-99999999999"],
    );
    refuses(&decimal, Reason::OutOfRange, &["100000000000000000000", "1e20", "-1e99999999999"]);
    refuses(&decimal, Reason::TypeMismatch, &NOT_NUMBERS);
}

#[test]
fn a_decimal_rounds_only_if_the_schema_says_so() {
    let rounded = schema(&[r#"{"name":"x","type":"decimal(5,2)","round":"half_even"}"#], "");
    let got =
        accepted::<Decimal128Type>(&rounded, &["1.005", "1.015", "1.0051", "-1.015", "999.994", "1e-99999"]);
    assert_eq!(got, [100, 102, 101, -102, 99999, 0].map(Some));
    refuses(&rounded, Reason::OutOfRange, &["999.995", "1000"]);
    refuses(&of_type("decimal(5,2)"), Reason::PrecisionLost, &["1.005", "999.994"]);
}

#[test]
fn a_boolean_is_true_or_false() {
    let boolean = of_type("boolean");
    let column = &columns(&boolean, &[r#"{"x":true}"#, r#"{"x":false}"#, r#"{"x":null}"#, "{}"])[0];
    assert_eq!(column.as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false), None, None]);
    refuses(&boolean, Reason::TypeMismatch, &["0", "1", r#""true""#, "[]"]);
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    let date = of_type("date");
    let forms = [
        r#""1970-01-01""#,
        r#""2024-02-29""#,
        r#""0001-01-01""#,
        r#""9999-12-31""#,
        r#""2024\u002d02-29""#,
        "null",
    ];
    let expected = [Some(0), Some(19_782), Some(-719_162), Some(2_932_896), Some(19_782), None];
    assert_eq!(accepted::<Date32Type>(&date, &forms), expected);
    let bad = [
        r#""2024-02-30""#,
        r#""2023-02-29""#,
        r#""24-02-01""#,
        r#""2024-2-1""#,
        r#""2024-02-01T00:00:00""#,
        r#""""#,
        r#""0000-01-01""#,
        r#""１９７０-01-01""#,
    ];
    refuses(&date, Reason::BadDate, &bad);
    refuses(&date, Reason::TypeMismatch, &["20240201", "true", "[]", "{}"]);
}

#[test]
fn a_timestamp_has_no_zone_and_six_digits() {
    let timestamp = of_type("timestamp");
    let forms = [
        r#""2024-06-28T08:28:42.253667""#,
        r#""2024-06-28 08:28:42""#,
        r#""1969-12-31T23:59:59.999999""#,
        "null",
    ];
    let expected = [Some(1_719_563_322_253_667), Some(1_719_563_322_000_000), Some(-1), None];
    assert_eq!(accepted::<TimestampMicrosecondType>(&timestamp, &forms), expected);
    let bad = [
        r#""2024-02-30T00:00:00""#,
        r#""2024-06-28T08:28:42Z""#,
        r#""2024-06-28T08:28:42+01:00""#,
        r#""2024-06-28T08:28:42.1234567""#,
        r#""2024-06-28""#,
        r#""""#,
    ];
    refuses(&timestamp, Reason::BadTimestamp, &bad);
    refuses(&timestamp, Reason::TypeMismatch, &["1719563322", "true", "[]", "{}"]);
}

#[test]
fn a_timestamp_utc_needs_its_offset() {
    let timestamp = of_type("timestamp_utc");
    let forms = [
        r#""2024-06-28T08:28:42Z""#,
        r#""2024-06-28T10:28:42.000001+02:00""#,
        r#""2024-06-27T23:58:42-08:30""#,
    ];
    let expected = [1_719_563_322_000_000, 1_719_563_322_000_001, 1_719_563_322_000_000];
    assert_eq!(accepted::<TimestampMicrosecondType>(&timestamp, &forms), expected.map(Some));
    refuses(
        &timestamp,
        Reason::BadTimestamp,
        &[r#""2024-06-28T08:28:42""#, r#""2024-06-28T08:28:42+2""#, r#""9999-12-31T23:59:59-01:00""#],
    );
    refuses(&timestamp, Reason::TypeMismatch, &["1719563322"]);
}

#[test]
fn epoch_numbers_become_microseconds() {
    let millis = of_type("timestamp_millis");
    let got = accepted::<TimestampMicrosecondType>(
        &millis,
        &["1719563324779", "-1", "0.001", "1.5e3", "253402300799999.999"],
    );
    assert_eq!(got, [1_719_563_324_779_000, -1000, 1, 1_500_000, 253_402_300_799_999_999].map(Some));
    refuses(&millis, Reason::BadTimestamp, &["0.0001"]);
    refuses(&millis, Reason::OutOfRange, &["253402300800000", "-62135596800001", "1e30"]);
    refuses(&millis, Reason::TypeMismatch, &[r#""1719563324779""#, r#""2024-06-28T08:28:42Z""#]);
    let seconds = of_type("timestamp_seconds");
    let got = accepted::<TimestampMicrosecondType>(&seconds, &["1719563324.779001", "-62135596800"]);
    assert_eq!(got, [1_719_563_324_779_001, -62_135_596_800_000_000].map(Some));
    refuses(&seconds, Reason::BadTimestamp, &["0.0000001"]);
    refuses(&seconds, Reason::OutOfRange, &["253402300800"]);
}

#[test]
fn finer_epoch_numbers_are_stored_in_microseconds() {
    let micros = of_type("timestamp_micros");
    let got = accepted::<TimestampMicrosecondType>(&micros, &["1719563324779001", "-1", "1.5e3", "2.0"]);
    assert_eq!(got, [1_719_563_324_779_001, -1, 1500, 2].map(Some));
    refuses(&micros, Reason::BadTimestamp, &["0.5", "1719563324779001.1"]);
    refuses(&micros, Reason::OutOfRange, &["253402300800000000", "-62135596800000001", "1e30"]);
    let nanos = of_type("timestamp_nanos");
    let forms =
        ["1719563324779001000", "-1000", "253402300799999999000", "-62135596800000000000", "1e3", "0"];
    let got = accepted::<TimestampMicrosecondType>(&nanos, &forms);
    let expected = [1_719_563_324_779_001, -1, 253_402_300_799_999_999, -62_135_596_800_000_000, 1, 0];
    assert_eq!(got, expected.map(Some));
    refuses(&nanos, Reason::BadTimestamp, &["1719563324779001002", "1", "-999", "1000.5"]);
    refuses(&nanos, Reason::OutOfRange, &["253402300800000000000", "-62135596800000001000", "1e30"]);
    refuses(&nanos, Reason::TypeMismatch, &[r#""1000""#, "true", "[]"]);
}

#[test]
fn times_are_truncated_only_if_the_schema_says_so() {
    let cut = |column_type: &str| {
        schema(&[&format!(r#"{{"name":"x","type":"{column_type}","truncate":"micros"}}"#)], "")
    };
    for (column_type, form, expected) in [
        ("timestamp", r#""2024-06-28T08:28:42.2536679""#, 1_719_563_322_253_667),
        ("timestamp_utc", r#""2024-06-28T08:28:42.253667999Z""#, 1_719_563_322_253_667),
        ("timestamp_seconds", "1.0000019", 1_000_001),
        ("timestamp_millis", "1.0019", 1001),
        ("timestamp_micros", "-1.5", -2),
        ("timestamp_nanos", "-1", -1),
    ] {
        assert_eq!(accepted::<TimestampMicrosecondType>(&cut(column_type), &[form]), [Some(expected)]);
        refuses(&of_type(column_type), Reason::BadTimestamp, &[form]);
    }
}

#[test]
fn a_date_of_days_is_a_whole_number_of_days() {
    let days = of_type("date_days");
    let got = accepted::<Date32Type>(&days, &["0", "19782", "-719162", "2932896", "1e1", "null"]);
    assert_eq!(got, [Some(0), Some(19_782), Some(-719_162), Some(2_932_896), Some(10), None]);
    refuses(&days, Reason::OutOfRange, &["2932897", "-719163", "1e30"]);
    refuses(&days, Reason::TypeMismatch, &["0.5", r#""2024-01-01""#, r#""19782""#]);
    let partitioned = schema(&[r#"{"name":"x","type":"date_days"}"#], r#","partition_by":["x"]"#);
    assert_eq!(partition(&partitioned, r#"{"x":19782}"#), [Some("2024-02-29".to_owned())]);
}

#[test]
fn binary_is_standard_base64_with_padding() {
    let binary = of_type("binary");
    let values: Vec<String> = [r#""""#, r#""AA==""#, r#""\u0041A\/\/+w==""#, r#""+/8=""#, "null"]
        .map(|form| format!(r#"{{"x": {form}}}"#))
        .into();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let column = &columns(&binary, &values)[0];
    let expected: [Option<&[u8]>; 5] =
        [Some(b""), Some(&[0]), Some(&[0, 15, 255, 251]), Some(&[251, 255]), None];
    assert_eq!(column.as_binary::<i32>().iter().collect::<Vec<_>>(), expected);
    let bad = [
        r#""AA""#,
        r#""AA=""#,
        r#""AA===""#,
        r#""AB==""#,
        r#"" AA==""#,
        r#""AA==\n""#,
        r#""-_8=""#,
        r#""=""#,
        r#""é""#,
    ];
    refuses(&binary, Reason::BadBase64, &bad);
    refuses(&binary, Reason::TypeMismatch, &["1", "true", "[0]", "{}"]);
}

#[test]
fn json_is_kept_as_the_text_sent() {
    let json = of_type("json");
    let forms = [r#"{"b": 1.0, "a":[ ]}"#, "1e5", r#""\u0041""#, "true", "null", r#"{"a":1,"a":2}"#];
    let expected = [Some(forms[0]), Some(forms[1]), Some(forms[2]), Some(forms[3]), None, Some(forms[5])];
    assert_eq!(texts(&json, &forms), expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn quoted_numbers_and_booleans_are_accepted_if_the_schema_says_so() {
    let relaxed = |column_type: &str| {
        schema(&[&format!(r#"{{"name":"x","type":"{column_type}","from_string":true}}"#)], "")
    };
    assert_eq!(
        accepted::<Int32Type>(&relaxed("int32"), &[r#""42""#, "42", r#""4\u0032""#]),
        [42, 42, 42].map(Some)
    );
    assert_eq!(
        accepted::<Decimal128Type>(&relaxed("decimal(9,2)"), &[r#""1.50""#, r#""-1e2""#]),
        [150, -10_000].map(Some)
    );
    assert_eq!(accepted::<TimestampMicrosecondType>(&relaxed("timestamp_millis"), &[r#""5""#]), [Some(5000)]);
    let booleans = columns(&relaxed("boolean"), &[r#"{"x":"true"}"#, r#"{"x":"false"}"#, r#"{"x":true}"#]);
    assert_eq!(booleans[0].as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false), Some(true)]);
    refuses(&relaxed("boolean"), Reason::TypeMismatch, &[r#""TRUE""#, r#""1""#, r#""""#, "1"]);
    refuses(
        &relaxed("int32"),
        Reason::TypeMismatch,
        &[
            r#""""#,
            r#"" 42""#,
            r#""42 ""#,
            r#""+42""#,
            r#""042""#,
            r#""0x2a""#,
            r#""NaN""#,
            r#""5.7""#,
            "true",
        ],
    );
    refuses(&relaxed("int32"), Reason::OutOfRange, &[r#""2147483648""#]);
    refuses(&relaxed("decimal(9,2)"), Reason::PrecisionLost, &[r#""1.505""#]);
}

#[test]
fn values_and_nulls_of_every_type_reach_arrow() {
    const FORMS: [(&str, &str); 16] = [
        ("string", r#""text""#),
        ("binary", r#""AAH/""#),
        ("int32", "1"),
        ("int64", "2"),
        ("float64", "3.5"),
        ("decimal(38,18)", "4.25"),
        ("boolean", "true"),
        ("date", r#""2024-01-01""#),
        ("date_days", "19723"),
        ("timestamp", r#""2024-01-01T00:00:00""#),
        ("timestamp_utc", r#""2024-01-01T00:00:00Z""#),
        ("timestamp_seconds", "5"),
        ("timestamp_millis", "6"),
        ("timestamp_micros", "7"),
        ("timestamp_nanos", "8000"),
        ("json", "[7]"),
    ];
    const TYPES: usize = FORMS.len();
    let entries: Vec<String> = FORMS
        .iter()
        .enumerate()
        .map(|(at, (name, _))| format!(r#"{{"name":"c{at}","type":"{name}"}}"#))
        .collect();
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    let schema = schema(&entries, "");
    let row = |nulls: u32| {
        let form = |at: usize| if nulls >> at & 1 == 1 { "null" } else { FORMS[at].1 };
        let members: Vec<String> = (0..TYPES).map(|at| format!(r#""c{at}": {}"#, form(at))).collect();
        format!("{{{}}}", members.join(", "))
    };
    let rows: Vec<String> = (0..1 << TYPES).map(row).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let columns = columns(&schema, &rows);
    assert_eq!(columns.len(), TYPES + 1);
    for (at, column) in columns[..TYPES].iter().enumerate() {
        assert_eq!(column.data_type(), &table::ColumnBuilders::fields(&schema)[at].data_type().clone());
        for nulls in 0..1_usize << TYPES {
            assert_eq!(column.is_null(nulls), nulls >> at & 1 == 1, "column {at}, row {nulls}");
        }
        let same = column.slice(0, 1);
        let other = column.slice(if at == 0 { 2 } else { 1 }, 1);
        assert_eq!(&same, &other, "a value does not depend on its neighbors");
    }
    assert_eq!(columns[TYPES].null_count(), rows.len());
    assert_eq!(columns[5].as_primitive::<Decimal128Type>().value(0), 4_250_000_000_000_000_000);
    assert_eq!(columns[15].as_string::<i32>().value(0), "[7]");
}
