//! Checks exactness against independent implementations: big integers for decimals, chrono for the calendar, serde_json for JSON.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use base64_simd::STANDARD;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use common::{decode, decode_with, of_type, schema};
use num_bigint::BigInt;
use proptest::prelude::*;
use table::{ColumnBuilders, Reason, RowJudge, Schema};

/// Returns what `{"x": form}` becomes in a schema of one column.
fn take(schema: &Schema, form: &str) -> Result<ArrayRef, Reason> {
    let row = decode(schema, format!(r#"{{"x":{form}}}"#).as_bytes()).map_err(|refusal| refusal.reason)?;
    let mut builders = ColumnBuilders::new(schema);
    builders.append(&row);
    Ok(builders.finish().swap_remove(0))
}

fn pow10(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// Generates a number as its text, and as mantissa and exponent of ten.
fn number() -> impl Strategy<Value = (String, BigInt, i64)> {
    let digits =
        prop_oneof![3 => "[0-9]{0,6}", 2 => "[0-9]{15,25}", 1 => "[0-9]{30,45}", 1 => "0{1,10}[1-9]0{1,30}"];
    let exponent = prop::option::of((-60..60_i64, prop::sample::select(vec!["e", "E", "e+"])));
    (any::<bool>(), "0|[1-9][0-9]{0,9}|[1-9][0-9]{17,21}|[1-9][0-9]{34,40}", digits, exponent).prop_map(
        |(negative, whole, fraction, exponent)| {
            let mut text = format!("{}{whole}", if negative { "-" } else { "" });
            if !fraction.is_empty() {
                text = text + "." + &fraction;
            }
            let mantissa: BigInt =
                format!("{}{whole}{fraction}", if negative { "-" } else { "" }).parse().unwrap();
            let mut power = -(fraction.len() as i64);
            if let Some((exponent, letter)) = exponent {
                let letter = if exponent < 0 { letter.trim_end_matches('+') } else { letter };
                text = format!("{text}{letter}{exponent}");
                power += exponent;
            }
            (text, mantissa, power)
        },
    )
}

/// Returns the exact value times 10^scale, as quotient, remainder and divisor of a division by a power of ten.
fn scaled(mantissa: &BigInt, power: i64, scale: u8) -> (BigInt, BigInt, BigInt) {
    let shift = power + i64::from(scale);
    if shift >= 0 {
        return (mantissa * pow10(shift as u32), BigInt::ZERO, BigInt::from(1));
    }
    let divisor = pow10(-shift as u32);
    (mantissa / &divisor, mantissa % &divisor, divisor)
}

fn magnitude(value: &BigInt) -> BigInt {
    if *value < BigInt::ZERO { -value } else { value.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_decimal_is_exact_or_refused((text, mantissa, power) in number(), precision in 1..=38_u8, scale in 0..=38_u8) {
        let scale = scale.min(precision);
        let schema = of_type(&format!("decimal({precision},{scale})"));
        let (quotient, remainder, _) = scaled(&mantissa, power, scale);
        let fits = magnitude(&quotient) < pow10(u32::from(precision));
        let expected = match (fits, remainder == BigInt::ZERO) {
            (true, true) => Ok(quotient),
            (false, _) => Err(Reason::OutOfRange),
            (true, false) => Err(Reason::PrecisionLost),
        };
        let got = take(&schema, &text).map(|column| BigInt::from(column.as_primitive::<Decimal128Type>().value(0)));
        prop_assert_eq!(got, expected, "{}", text);
    }

    #[test]
    fn a_rounded_decimal_is_the_nearest_with_ties_to_even(
        (text, mantissa, power) in number(),
        precision in 1..=38_u8,
        scale in 0..=38_u8,
    ) {
        let scale = scale.min(precision);
        let entry = format!(r#"{{"name":"x","type":"decimal({precision},{scale})","round":"half_even"}}"#);
        let (quotient, remainder, divisor) = scaled(&mantissa, power, scale);
        let (size, twice) = (magnitude(&quotient), magnitude(&remainder) * 2);
        let up = twice > divisor || twice == divisor && &size % 2 == BigInt::from(1);
        let size = size + u8::from(up);
        let value = if mantissa < BigInt::ZERO { -&size } else { size.clone() };
        let expected = if size < pow10(u32::from(precision)) { Ok(value) } else { Err(Reason::OutOfRange) };
        let got = take(&schema(&[&entry], ""), &text).map(|column| BigInt::from(column.as_primitive::<Decimal128Type>().value(0)));
        prop_assert_eq!(got, expected, "{}", text);
    }

    #[test]
    fn an_integer_is_exact_or_refused((text, mantissa, power) in number()) {
        let (quotient, remainder, _) = scaled(&mantissa, power, 0);
        let got = take(&of_type("int64"), &text).map(|column| column.as_primitive::<Int64Type>().value(0));
        match (i64::try_from(quotient), remainder == BigInt::ZERO) {
            (Ok(value), true) => prop_assert_eq!(got, Ok(value), "{}", text),
            (Err(_), true) => prop_assert_eq!(got, Err(Reason::OutOfRange), "{}", text),
            (Ok(_), false) => prop_assert_eq!(got, Err(Reason::TypeMismatch), "{}", text),
            (Err(_), false) => prop_assert!(got.is_err(), "{}", text),
        }
    }

    #[test]
    fn a_float_is_the_nearest((text, mantissa, _) in number()) {
        let nearest: f64 = text.parse().unwrap();
        let got = take(&of_type("float64"), &text).map(|column| column.as_primitive::<Float64Type>().value(0));
        let lost = !nearest.is_finite() || nearest == 0.0 && mantissa != BigInt::ZERO;
        prop_assert_eq!(got, if lost { Err(Reason::OutOfRange) } else { Ok(nearest) }, "{}", text);
    }

    #[test]
    fn dates_agree_with_chrono(year in 0..=9999_u32, month in 0..=13_u32, day in 0..=32_u32) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let known = NaiveDate::from_ymd_opt(year as i32, month, day).filter(|_| year > 0);
        let got = take(&of_type("date"), &format!("\"{text}\"")).map(|column| column.as_primitive::<Date32Type>().value(0));
        let epoch = NaiveDate::default();
        let expected = known.map(|date| date.signed_duration_since(epoch).num_days() as i32).ok_or(Reason::BadDate);
        prop_assert_eq!(got, expected, "{}", text);
    }

    #[test]
    fn timestamps_agree_with_chrono(
        micros in -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
        digits in 0..=9_usize,
        offset in -1439..=1439_i64,
        space: bool,
    ) {
        let time = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
        let fraction = format!("{:09}", time.and_utc().timestamp_subsec_nanos());
        let whole = time.format("%Y-%m-%dT%H:%M:%S").to_string();
        let whole = if space { whole.replace('T', " ") } else { whole };
        let text = if digits == 0 { whole } else { format!("{whole}.{}", &fraction[..digits]) };
        let exact: NaiveDateTime = text.replace(' ', "T").parse().unwrap();
        let exact = exact.and_utc().timestamp_micros();
        let value = |column: ArrayRef| column.as_primitive::<TimestampMicrosecondType>().value(0);
        let got = take(&of_type("timestamp"), &format!("\"{text}\"")).map(value);
        prop_assert_eq!(got, Ok(exact), "{}", text);

        let sign = if offset < 0 { '-' } else { '+' };
        let zoned = format!("{text}{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
        let utc = exact - offset * 60_000_000;
        let known = (-62_135_596_800_000_000..=253_402_300_799_999_999).contains(&utc);
        let got = take(&of_type("timestamp_utc"), &format!("\"{zoned}\"")).map(value);
        prop_assert_eq!(got, if known { Ok(utc) } else { Err(Reason::BadTimestamp) }, "{}", zoned);
        prop_assert_eq!(take(&of_type("timestamp"), &format!("\"{zoned}\"")).map(value), Err(Reason::BadTimestamp));
    }

    #[test]
    fn every_epoch_unit_agrees_with_the_exact_quotient(
        micros in -62_135_596_800_000_000..=253_402_300_799_999_999_i128,
        below in 0..1000_i128,
        zeros in 0..3_u32,
    ) {
        let nanos = micros * 1000 + below;
        for (column_type, digits) in
            [("timestamp_nanos", 0), ("timestamp_micros", 3), ("timestamp_millis", 6), ("timestamp_seconds", 9)]
        {
            // The same instant in this unit, with some zeros at the end.
            let unit = 10_i128.pow(digits);
            let sign = if nanos < 0 { "-" } else { "" };
            let (whole, fraction) = (nanos.abs() / unit, nanos.abs() % unit);
            let zeros = "0".repeat(zeros as usize);
            let text = match digits {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{fraction:0width$}{zeros}", width = digits as usize),
            };
            let value = |column: ArrayRef| i128::from(column.as_primitive::<TimestampMicrosecondType>().value(0));
            let expected = if below == 0 { Ok(micros) } else { Err(Reason::BadTimestamp) };
            prop_assert_eq!(take(&of_type(column_type), &text).map(value), expected, "{}", text);
            let cut = schema(&[&format!(r#"{{"name":"x","type":"{column_type}","truncate":"micros"}}"#)], "");
            prop_assert_eq!(take(&cut, &text).map(value), Ok(micros), "{}", text);
        }
    }

    #[test]
    fn days_agree_with_chrono(days in -800_000..3_000_000_i32) {
        let date = NaiveDate::default() + chrono::TimeDelta::days(i64::from(days));
        let known = (1..=9999).contains(&chrono::Datelike::year(&date));
        let got = take(&of_type("date_days"), &days.to_string()).map(|column| column.as_primitive::<Date32Type>().value(0));
        prop_assert_eq!(got, if known { Ok(days) } else { Err(Reason::OutOfRange) });
        if known {
            let text = date.format("\"%Y-%m-%d\"").to_string();
            let same = take(&of_type("date"), &text).map(|column| column.as_primitive::<Date32Type>().value(0));
            prop_assert_eq!(same, Ok(days));
        }
    }

    #[test]
    fn bytes_survive_base64(bytes: Vec<u8>, at in any::<prop::sample::Index>(), with in "[A-Za-z0-9+/=_ -]") {
        let text = STANDARD.encode_to_string(&bytes);
        let value = |column: ArrayRef| column.as_binary::<i32>().value(0).to_vec();
        let got = take(&of_type("binary"), &format!("\"{text}\"")).map(value);
        prop_assert_eq!(got, Ok(bytes), "{}", text);
        prop_assume!(!text.is_empty());
        // A changed text is refused, or is the base64 of other bytes.
        let at = at.index(text.len());
        let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
        match take(&of_type("binary"), &format!("\"{changed}\"")).map(value) {
            Ok(bytes) => prop_assert_eq!(STANDARD.encode_to_string(&bytes), changed),
            Err(reason) => prop_assert_eq!(reason, Reason::BadBase64),
        }
    }

    #[test]
    fn a_changed_timestamp_is_refused_or_read_exactly(at in any::<prop::sample::Index>(), with in "[0-9TZ :.+-]") {
        let text = "2024-06-28T08:28:42.253667";
        let at = at.index(text.len());
        let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
        let got = take(&of_type("timestamp"), &format!("\"{changed}\""));
        match changed.replace(' ', "T").parse::<NaiveDateTime>() {
            Ok(time) if changed.len() == text.len() && got.is_ok() => {
                let micros = got.unwrap().as_primitive::<TimestampMicrosecondType>().value(0);
                prop_assert_eq!(micros, time.and_utc().timestamp_micros());
            }
            // chrono is more lenient in places (signs, a second of 60), but never stricter.
            Ok(_) => {}
            Err(_) => prop_assert_eq!(got.map(|_| ()), Err(Reason::BadTimestamp), "{}", changed),
        }
    }

    #[test]
    fn any_text_and_any_unknown_field_are_kept(
        text in any::<String>(),
        name in any::<String>(),
        unknown in any::<String>(),
        before: bool,
    ) {
        prop_assume!(name != "x" && name != "$serde_json::private::Number");
        let (known, extra) = (
            format!("\"x\": {}", serde_json::to_string(&text).unwrap()),
            format!("{}: {}", serde_json::to_string(&name).unwrap(), serde_json::to_string(&unknown).unwrap()),
        );
        let value = if before { format!("{{{extra}, {known}}}") } else { format!("{{{known},{extra}}}") };
        let schema = of_type("string");
        let columns = common::columns(&schema, &[&value]);
        prop_assert_eq!(columns[0].as_string::<i32>().value(0), &text);
        let rescued: serde_json::Value = serde_json::from_str(columns[1].as_string::<i32>().value(0)).unwrap();
        prop_assert_eq!(rescued, serde_json::json!({ name: unknown }));
    }

    #[test]
    fn a_changed_journal_line_is_accepted_only_if_it_is_json(at in any::<prop::sample::Index>(), byte: u8, insert: bool) {
        let schema = Schema::gl_journal();
        let mut value = JOURNAL.as_bytes().to_vec();
        let at = at.index(value.len());
        if insert { value.insert(at, byte) } else { value[at] = byte };
        let mut judge = RowJudge::new(&schema);
        // Not as a `Value`, whose numbers have a range: 1e999 is JSON.
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&value).is_ok();
        match decode_with(&mut judge, &value) {
            Ok((row, _)) => {
                prop_assert!(is_json);
                let mut builders = ColumnBuilders::new(&schema);
                prop_assert!(builders.append(&row).is_empty());
                prop_assert!(builders.finish().iter().all(|column| column.len() == 1));
            }
            Err(refusal) if refusal.reason == Reason::ValueNotJson => prop_assert!(!is_json, "{}", refusal),
            Err(refusal) if refusal.reason == Reason::ValueNotUtf8 => prop_assert!(str::from_utf8(&value).is_err()),
            Err(_) => prop_assert!(is_json),
        }
        prop_assert!(decode_with(&mut judge, JOURNAL.as_bytes()).is_ok(), "the judge works after any refusal");
    }
}

const JOURNAL: &str = r#"{"uuid": "e7c8b394", "timestamp": "2024-06-28T08:28:42.253667", "data": {"period_code": "202406", "period_date": "2024-06-30T00:00:00", "currency_code": "USD", "journal_line_number": 1, "entered_debit_amount": 9231.641263640015, "entered_credit_amount": 0, "journal_line_description": "dabl\u00e4"}}"#;
